//! Chapter "Deadlines and cancellation".

// ANCHOR: deadlines
use std::time::Duration;

use kinoko::prelude::*;

/// What the service needs.
#[derive(Dependencies)]
pub struct Reports {
    call: CallContext,
    archive: ArchiveClient,
}

/// Writes reports.
#[service(name = "reports")]
impl Reports {
    /// A quick one when there is no time for a good one.
    #[rpc]
    async fn write(&mut self, year: u32) -> Result<String, Fault> {
        let left = self.call.remaining().unwrap_or(Duration::MAX);
        if left < Duration::from_secs(2) {
            return Ok(format!("{year}: no time"));
        }
        // Whoever called us has this long to wait, so `archive` has no longer.
        let archive = self.archive.with_timeout(Duration::from_secs(10));
        archive.find(year).await
    }
}
// ANCHOR_END: deadlines

/// What the service needs.
#[derive(Dependencies)]
pub struct Archive {
    found: Shared<tokio::sync::Semaphore>,
}

/// Keeps old reports, and is slow to find them.
#[service(name = "archive")]
impl Archive {
    /// Takes five seconds.
    #[rpc]
    async fn find(&mut self, year: u32) -> String {
        tokio::time::sleep(Duration::from_secs(5)).await;
        self.found.add_permits(1);
        format!("{year}: all was well")
    }
}
