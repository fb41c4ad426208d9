//! Chapter "Timers and tasks".

// ANCHOR: timers
use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use kinoko::prelude::*;

/// What the service needs.
#[derive(Dependencies)]
pub struct Weather {
    tasks: Tasks,
    readings: Shared<AtomicU64>,
}

/// Looks at the weather.
#[service(name = "weather")]
impl Weather {
    /// At once when the service starts, then every ten minutes. A tick waits for the one before it.
    #[timer(every = "10m", eager = true)]
    async fn look(&mut self) -> Result<(), Fault> {
        self.readings.fetch_add(1, Relaxed);
        Ok(())
    }

    /// Answers at once and goes on looking for a while. When the service stops, so does the task.
    #[rpc]
    async fn watch(&mut self, times: u64) {
        let readings = self.readings.clone();
        self.tasks.spawn("watch", async move {
            for _ in 0..times {
                tokio::time::sleep(Duration::from_secs(1)).await;
                readings.fetch_add(1, Relaxed);
            }
            Ok::<_, Fault>(())
        });
    }

    /// A plain `fn` runs on a thread where it may block: to read files, or to compute for long.
    #[rpc]
    fn count(&mut self) -> u64 {
        self.readings.load(Relaxed)
    }
}
// ANCHOR_END: timers
