//! Tells when the runtime does not get around to its tasks, because something blocks its threads.
//!
//! Heartbeats are such a task: a runtime that stalls for two of them loses its connections, and the
//! log of a lost connection does not say why.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// Looks until `closing` whether it is woken in time, and counts when it is not.
pub(crate) async fn watch(heartbeat: Duration, stalls: Arc<AtomicU64>, closing: CancellationToken) {
    if heartbeat.is_zero() {
        return;
    }
    loop {
        let due = Instant::now() + heartbeat / 2;
        if closing.run_until_cancelled(sleep_until(due)).await.is_none() {
            return;
        }
        let late = due.elapsed();
        if late >= heartbeat {
            stalls.fetch_add(1, Ordering::Relaxed);
            let seconds = late.as_secs_f32();
            tracing::error!(
                seconds,
                "nothing ran for that long, and so no heartbeat was sent: something blocks in async \
                 code; make a method that blocks a plain `fn`, or use `spawn_blocking`"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, atomic::Ordering},
        time::Duration,
    };

    use tokio::time::sleep;
    use tokio_util::sync::CancellationToken;

    use super::watch;

    #[tokio::test]
    async fn who_blocks_the_runtime_is_told_of() {
        let (stalls, closing) = (Arc::default(), CancellationToken::new());
        let heartbeat = Duration::from_millis(200);
        let watching = tokio::spawn(watch(heartbeat, Arc::clone(&stalls), closing.clone()));
        sleep(heartbeat / 4).await;
        block(heartbeat * 2);
        sleep(heartbeat / 4).await;
        closing.cancel();
        watching.await.unwrap();
        assert!(stalls.load(Ordering::Relaxed) >= 1);
    }

    #[expect(clippy::disallowed_methods, reason = "blocking is what is tested")]
    fn block(time: Duration) {
        std::thread::sleep(time);
    }
}
