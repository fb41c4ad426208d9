//! The `timer` entrypoint: a method called again and again. Complete in this file.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use serde::Deserialize;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::{BindContext, Bound, BoxFuture, Call, Entrypoint, Error, ErrorKind, Worker};

/// Runs `#[timer]` methods.
///
/// Ticks are on a grid from the start of the service on. A tick that comes while the call of the one
/// before still runs waits for its end; of several that come meanwhile only one does (Nameko makes
/// up for all of them). Every instance of a service has its own clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct Timers;

impl Timers {
    /// The kind's name.
    pub const KIND: &'static str = "timer";
}

/// What the attribute on a method said.
#[derive(Deserialize)]
struct Options {
    every: String,
    /// Whether the first tick is at once and not after the first interval.
    #[serde(default)]
    eager: bool,
}

impl Entrypoint for Timers {
    fn kind(&self) -> &'static str {
        Timers::KIND
    }

    fn check(&self, workers: &[Worker]) -> Result<(), Error> {
        workers.iter().try_for_each(|it| read(it).map(drop))
    }

    fn bind<'a>(
        &'a self,
        workers: Vec<Worker>,
        cx: BindContext,
    ) -> BoxFuture<'a, Result<Bound, Error>> {
        Box::pin(async move {
            let mut clocks = Vec::new();
            for worker in workers {
                let (every, eager) = read(&worker)?;
                clocks.push(tick(worker, every, eager, cx.clone()));
            }
            Ok(Box::pin(async move { drop(join_all(clocks).await) }) as Bound)
        })
    }
}

/// How often, and whether at once.
fn read(worker: &Worker) -> Result<(Duration, bool), Error> {
    let declaration = |text: String| {
        let place = format!("timer {}.{}", worker.service(), worker.method().name);
        Error::new(ErrorKind::Declaration, text).at(place)
    };
    let options: Options =
        worker.method().entrypoint.read().map_err(|err| declaration(err.to_string()))?;
    Ok((duration(&options.every).map_err(declaration)?, options.eager))
}

async fn tick(worker: Worker, every: Duration, eager: bool, cx: BindContext) {
    let first = if eager { Instant::now() } else { Instant::now() + every };
    let mut clock = interval_at(first, every);
    clock.set_missed_tick_behavior(MissedTickBehavior::Skip);
    while cx.stopping.run_until_cancelled(clock.tick()).await.is_some() {
        let call = Call::new(worker.context(), Bytes::new());
        let (worker, stopping) = (worker.clone(), cx.stopping.clone());
        // What went wrong is logged by the worker; the clock goes on.
        let _ = cx.calls.spawn(async move { worker.run_unless(&stopping, call).await }).await;
    }
}

/// Reads `500ms`, `30s`, `5m`, `1h` or `1d`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no interval: write it as 500ms, 30s, 5m, 1h or 1d");
    let digits = text.find(|it: char| !it.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit.trim() {
        "ms" => return if number == 0 { Err(wrong()) } else { Ok(Duration::from_millis(number)) },
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    match number.checked_mul(seconds) {
        Some(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::duration;

    #[test]
    fn intervals_have_a_number_and_a_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(duration("1d"), Ok(Duration::from_secs(86_400)));
        for wrong in ["", "30", "s", "0s", "-1s", "1 week", "99999999999999999999s"] {
            assert!(duration(wrong).unwrap_err().contains("is no interval"), "{wrong}");
        }
    }
}
