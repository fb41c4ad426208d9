//! What the measuring process and its peers say to each other: a JSON text a line, orders on the
//! peer's standard input and answers on its standard output.
//!
//! A peer ends when its standard input does, so none outlives the measurement.

use std::{io::Write, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

use crate::Failure;

/// What a peer is told to do.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Make calls for a while: answered by [`Answer::Measuring`], then [`Answer::Sample`].
    Load(Load),
    /// Make one call: answered by [`Answer::Done`].
    Once,
    /// Say how much arrived: answered by [`Answer::Count`].
    Count,
}

/// How to make calls.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Load {
    /// Whether the calls ask for the guarantees of Nameko.
    pub(crate) durable: bool,
    /// How many bytes the one argument of a call has, where that can be chosen.
    pub(crate) size: usize,
    pub(crate) in_flight: usize,
    /// How many calls are made between two looks at the clock.
    pub(crate) batch: u32,
    pub(crate) warm_up: Duration,
    pub(crate) window: Duration,
}

/// What a peer says.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// It is connected, and listens at this address if it is one that listens.
    Ready(Option<String>),
    /// The warm-up is over.
    Measuring,
    Sample(Sample),
    Done,
    Count(u64),
}

/// What calls took.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// Within the window.
    pub(crate) calls: u64,
    /// The warm-up and what ended after the window included.
    pub(crate) all_calls: u64,
    /// The window, in seconds.
    pub(crate) seconds: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// What this process used of the processor in the window, in microseconds.
    pub(crate) cpu_us: f64,
}

/// The orders of a peer.
pub(crate) struct Orders(Lines<BufReader<Stdin>>);

impl Orders {
    /// Says that the peer is ready to take orders.
    pub(crate) fn ready(address: Option<String>) -> Result<Orders, Failure> {
        say(&Answer::Ready(address))?;
        Ok(Orders(BufReader::new(tokio::io::stdin()).lines()))
    }

    /// The next; none when the measurement is over.
    pub(crate) async fn next(&mut self) -> Result<Option<Order>, Failure> {
        match self.0.next_line().await? {
            Some(line) => Ok(Some(serde_json::from_str(&line)?)),
            None => Ok(None),
        }
    }

    /// For a peer that only serves: says how much arrived when asked, until the measurement is over.
    pub(crate) async fn serve(mut self, arrived: impl Fn() -> u64) -> Result<(), Failure> {
        while let Some(order) = self.next().await? {
            match order {
                Order::Count => say(&Answer::Count(arrived()))?,
                other => return Err(format!("a peer that serves was told {other:?}").into()),
            }
        }
        Ok(())
    }
}

/// Says something to the measuring process.
pub(crate) fn say(answer: &Answer) -> Result<(), Failure> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    let mut out = std::io::stdout().lock();
    out.write_all(&line)?;
    Ok(out.flush()?)
}
