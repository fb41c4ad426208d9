//! Making calls: as many tasks as calls are to be in flight, each making one after the other.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::{
    Failure,
    order::{Answer, Load, Order, Orders, Sample, say},
    proc,
};

/// What a call is to be like.
#[derive(Clone, Copy)]
pub(crate) struct Ask {
    pub(crate) durable: bool,
    /// How many bytes its one argument has, where that can be chosen.
    pub(crate) size: usize,
}

/// Makes calls as told, until the measurement is over.
pub(crate) async fn run<F, Fut>(mut orders: Orders, call: F) -> Result<(), Failure>
where
    F: Fn(Ask) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = Result<(), Failure>> + Send + 'static,
{
    while let Some(order) = orders.next().await? {
        match order {
            Order::Load(load) => {
                let measuring = || say(&Answer::Measuring);
                say(&Answer::Sample(drive(load, measuring, &call).await?))?;
            }
            Order::Once => {
                call(Ask { durable: false, size: 4 }).await?;
                say(&Answer::Done)?;
            }
            Order::Count => return Err("a peer that makes load was told to count".into()),
        }
    }
    Ok(())
}

/// Makes calls for the length of a load; `measuring` is called once it is warm.
pub(crate) async fn drive<F, Fut>(
    load: Load,
    measuring: impl FnOnce() -> Result<(), Failure>,
    call: &F,
) -> Result<Sample, Failure>
where
    F: Fn(Ask) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let begin = Instant::now() + load.warm_up;
    let end = begin + load.window;
    let callers: Vec<_> =
        (0..load.in_flight).map(|_| tokio::spawn(caller(load, begin, end, call.clone()))).collect();
    sleep_until(begin).await;
    measuring()?;
    let (started, before) = (Instant::now(), proc::cpu("self")?);
    sleep_until(end).await;
    let (seconds, cpu) = (started.elapsed().as_secs_f64(), proc::cpu("self")? - before);
    let (mut took, mut all_calls) = (Vec::new(), 0);
    for caller in callers {
        let (mine, all) = caller.await??;
        took.extend(mine);
        all_calls += all;
    }
    took.sort_unstable();
    let at = |share: f64| {
        let index = (took.len() as f64 * share) as usize;
        took.get(index).map_or(0.0, |it| it.as_secs_f64() * 1e6)
    };
    Ok(Sample {
        calls: took.len() as u64 * u64::from(load.batch),
        all_calls,
        seconds,
        p50_us: at(0.5),
        p99_us: at(0.99),
        cpu_us: cpu.as_secs_f64() * 1e6,
    })
}

/// Makes one call after the other. What each in the window took, and how many there were in all.
async fn caller<F, Fut>(
    load: Load,
    begin: Instant,
    end: Instant,
    call: F,
) -> Result<(Vec<Duration>, u64), Failure>
where
    F: Fn(Ask) -> Fut,
    Fut: Future<Output = Result<(), Failure>>,
{
    let (mut took, mut all_calls) = (Vec::new(), 0);
    let mut now = Instant::now();
    while now < end {
        for _ in 0..load.batch {
            call(Ask { durable: load.durable, size: load.size }).await?;
        }
        all_calls += u64::from(load.batch);
        let then = Instant::now();
        if begin <= now && then <= end {
            took.push((then - now) / load.batch);
        }
        now = then;
    }
    Ok((took, all_calls))
}
