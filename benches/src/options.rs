//! [`Options`]: what can be asked for on the command line, and what it comes to.

use std::{path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

/// What to measure, how long, and where to write it.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// One turn in a round for each cell instead of three.
    #[arg(long)]
    quick: bool,
    /// Only this part; may be given several times.
    #[arg(long, value_enum, value_name = "PART")]
    only: Vec<Part>,
    /// How often both sides of each pair are measured.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// Rewrites the tables between their markers in this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Only counts instructions, and fails when they rose by more than 3% over what is committed.
    #[arg(long, conflicts_with = "out")]
    pub(crate) check: bool,
}

/// A part of the benchmarks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Calls through RabbitMQ.
    Rpc,
    /// Calls through RabbitMQ, against Nameko's.
    Nameko,
    /// Events through RabbitMQ.
    Events,
    /// Starting, and being idle.
    Start,
    /// The AMQP client alone, against lapin and the least there can be.
    Clients,
    /// Calls within one process.
    InProcess,
    /// Requests to the `http` entrypoint.
    Http,
    /// The commands that explain a system, over one of 200 services.
    Tools,
    /// Instructions of one call within one process.
    Instructions,
    /// Instructions of one publish and of one delivery in the AMQP client.
    ClientInstructions,
}

impl Part {
    /// Whether it goes through RabbitMQ.
    pub(crate) fn needs_a_broker(self) -> bool {
        matches!(self, Part::Rpc | Part::Nameko | Part::Events | Part::Start | Part::Clients)
    }
}

/// How long to measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) rounds: usize,
    /// How often the sides take turns within a round.
    pub(crate) turns: usize,
    pub(crate) warm_up: Duration,
    pub(crate) window: Duration,
}

impl Options {
    /// The parts that are asked for, in order.
    pub(crate) fn parts(&self) -> Vec<Part> {
        if self.check {
            return vec![Part::Instructions, Part::ClientInstructions];
        }
        let wanted = |it: &Part| self.only.is_empty() || self.only.contains(it);
        Part::value_variants().iter().copied().filter(wanted).collect()
    }

    /// Whether nothing is left out.
    pub(crate) fn is_complete(&self) -> bool {
        self.only.is_empty() && !self.check
    }

    pub(crate) fn plan(&self) -> Plan {
        Plan {
            rounds: self.rounds.into(),
            turns: if self.quick { 1 } else { 3 },
            warm_up: Duration::from_millis(300),
            window: Duration::from_secs(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::Part;
    use crate::Line;

    #[track_caller]
    fn check(line: &str, parts: &[Part]) {
        let line = Line::try_parse_from(["benches"].into_iter().chain(line.split_whitespace()));
        assert_eq!(line.unwrap().options.parts(), parts);
    }

    #[test]
    fn parts_are_chosen() {
        check("--only http --only rpc", &[Part::Rpc, Part::Http]);
        check("--only in-process", &[Part::InProcess]);
        check("--check", &[Part::Instructions, Part::ClientInstructions]);
        check("--quick --rounds 7", clap::ValueEnum::value_variants());
    }
}
