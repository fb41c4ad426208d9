//! Keeps a connection: makes a new one whenever the last is lost, for as long as it takes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    AmqpOptions,
    link::{Link, LinkError},
};

/// The connection that is there now, if one is.
pub(crate) type CurrentLink = watch::Receiver<Option<Arc<Link>>>;

const SHORTEST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// A connection that lasted this long was a good one: the next is tried for at once.
const LASTED: Duration = Duration::from_secs(15);

/// Numbers all links of the process, so that none is mistaken for another.
static EPOCHS: AtomicU64 = AtomicU64::new(1);

/// Waits until there is a connection; `None` once there will be none any more.
pub(crate) async fn wait_for_link(current: &mut CurrentLink) -> Option<Arc<Link>> {
    current.wait_for(Option::is_some).await.ok()?.clone()
}

/// Connects, and from then on keeps connected until `closing`.
///
/// # Errors
/// When the first attempt fails: a mistake in the settings should not look like a slow start.
pub(crate) async fn connect(
    role: &'static str,
    options: Arc<AmqpOptions>,
    closing: CancellationToken,
) -> Result<CurrentLink, LinkError> {
    let first = attempt(role, &options).await?;
    let (tell, current) = watch::channel(Some(Arc::clone(&first)));
    tokio::spawn(async move {
        tokio::select! {
            () = keep(role, &options, first, &tell) => {}
            () = closing.cancelled() => {}
        }
        tell.send_replace(None);
    });
    Ok(current)
}

async fn keep(
    role: &'static str,
    options: &AmqpOptions,
    mut link: Arc<Link>,
    tell: &watch::Sender<Option<Arc<Link>>>,
) {
    let mut failures = 0;
    loop {
        let since = Instant::now();
        let reason = link.lost().await;
        tell.send_replace(None);
        tracing::warn!(role, epoch = link.epoch, %reason, "lost the connection to RabbitMQ");
        // Whoever still uses it finds it lost; nothing here keeps it.
        drop(link);
        if since.elapsed() > LASTED {
            failures = 0;
        }
        link = loop {
            if failures > 0 {
                sleep(wait(failures)).await;
            }
            failures += 1;
            match attempt(role, options).await {
                Ok(link) => break link,
                Err(err) if err.is_permanent() => tracing::error!(role, %err, "cannot connect"),
                Err(err) => tracing::warn!(role, %err, "cannot connect"),
            }
        };
        tracing::info!(role, epoch = link.epoch, "connected to RabbitMQ again");
        tell.send_replace(Some(Arc::clone(&link)));
    }
}

/// Tries every endpoint once, all under one deadline, each with an equal part of it.
async fn attempt(role: &str, options: &AmqpOptions) -> Result<Arc<Link>, LinkError> {
    let count = u32::try_from(options.endpoints.len()).unwrap_or(u32::MAX).max(1);
    let share = options.connect_deadline / count;
    let mut failure = LinkError::settings("there is no endpoint to connect to");
    for endpoint in &options.endpoints {
        let epoch = EPOCHS.fetch_add(1, Ordering::Relaxed);
        let deadline = Instant::now() + share;
        match Link::open(endpoint, options, role, epoch, deadline).await {
            Ok(link) => return Ok(link),
            Err(err) => {
                let text = format!("cannot connect to {endpoint}: {}", err.text);
                failure = LinkError { kind: err.kind, text };
            }
        }
    }
    Err(failure)
}

/// Anything up to twice the last wait's limit, so that a broker that comes back is not met by all
/// its clients at once.
fn wait(failures: u32) -> Duration {
    let limit = SHORTEST_WAIT.saturating_mul(1 << failures.min(8)).min(LONGEST_WAIT);
    let random = (Uuid::new_v4().as_u128() >> 96) as f64 / f64::from(u32::MAX);
    limit.mul_f64(random)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LONGEST_WAIT, wait};

    #[test]
    fn waits_grow_to_a_limit_and_differ() {
        assert!((0..100).all(|_| wait(1) <= Duration::from_millis(200)));
        assert!((0..100).all(|_| wait(1000) <= LONGEST_WAIT));
        assert!((0..100).any(|_| wait(1000) > Duration::from_secs(5)));
        assert_ne!(wait(8), wait(8));
    }
}
