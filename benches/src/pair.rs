//! Two sides compared: Kinoko and what one would write by hand, in turns, round after round.

use std::time::Duration;

use crate::{
    Failure,
    options::Plan,
    order::{Answer, Load, Order, Sample},
    peer::Peer,
    role::{PREFETCH, Role},
};

/// How often a round is tried. A run takes half an hour, and not each client that is measured can be relied on.
const ATTEMPTS: u32 = 3;

/// The names of the two sides.
pub(crate) const SIDES: [&str; 2] = ["Kinoko", "by hand"];

/// One thing that is measured on both sides.
pub(crate) struct Cell {
    pub(crate) name: String,
    pub(crate) durable: bool,
    /// How many bytes the one argument of a call has, where that can be chosen.
    pub(crate) size: usize,
    pub(crate) in_flight: usize,
    /// How many calls are made between two looks at the clock.
    pub(crate) batch: u32,
    /// What came of each turn, by side.
    pub(crate) turns: Vec<[Figures; 2]>,
}

impl Cell {
    pub(crate) fn new(name: impl Into<String>, in_flight: usize) -> Cell {
        Cell { name: name.into(), durable: false, size: 4, in_flight, batch: 1, turns: Vec::new() }
    }

    /// The median of a figure on one side.
    pub(crate) fn median(&self, side: usize, figure: impl Fn(&Figures) -> f64) -> f64 {
        median(self.turns.iter().map(|it| figure(&it[side])).collect())
    }

    /// What Kinoko has of a figure for each one of the other side's.
    pub(crate) fn ratio(&self, figure: impl Fn(&Figures) -> f64) -> Ratio {
        let ratios = self.turns.iter().map(|[ours, theirs]| figure(ours) / figure(theirs));
        let ratios: Vec<f64> = ratios.collect();
        Ratio {
            lower: quantile(ratios.clone(), 0.25),
            upper: quantile(ratios.clone(), 0.75),
            median: median(ratios),
        }
    }

    fn load(&self, plan: &Plan) -> Load {
        let Cell { durable, size, in_flight, batch, .. } = *self;
        Load { durable, size, in_flight, batch, warm_up: plan.warm_up, window: plan.window }
    }
}

/// What one side did in one turn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    /// Calls in a second.
    pub(crate) rate: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// Processor time of the side's processes for one call, in microseconds.
    pub(crate) own_us: f64,
}

/// Of the turns' ratios.
pub(crate) struct Ratio {
    pub(crate) median: f64,
    /// A quarter of them is below this.
    pub(crate) lower: f64,
    /// A quarter of them is above this.
    pub(crate) upper: f64,
}

/// Which processes a side consists of.
#[derive(Clone, Copy)]
pub(crate) struct Side {
    pub(crate) load: Role,
    pub(crate) serving: Option<Role>,
    /// Whether what counts is what arrived at the serving process.
    pub(crate) counts_arrivals: bool,
    /// Whether what makes the load is part of what is compared.
    pub(crate) owns_load: bool,
    /// Of the serving process, where it has one.
    pub(crate) prefetch: u16,
}

impl Side {
    /// A side of which both processes are compared, by what comes back.
    pub(crate) fn of(load: Role, serving: Role) -> Side {
        Side {
            load,
            serving: Some(serving),
            counts_arrivals: false,
            owns_load: true,
            prefetch: PREFETCH,
        }
    }
}

/// Measures every cell on both sides, as often as planned, and tells on standard error what goes on.
pub(crate) async fn compare(
    title: &str,
    sides: [Side; 2],
    addresses: [&str; 2],
    mut cells: Vec<Cell>,
    plan: &Plan,
) -> Result<Vec<Cell>, Failure> {
    for number in 0..plan.rounds {
        let mut left = ATTEMPTS;
        let figures = loop {
            left -= 1;
            match round(title, sides, addresses, &cells, number, plan).await {
                Err(error) if left > 0 => {
                    eprintln!("{title}, round {}: {error}; once more", number + 1);
                }
                figures => break figures?,
            }
        };
        cells.iter_mut().zip(figures).for_each(|(cell, it)| cell.turns.extend(it));
    }
    Ok(cells)
}

/// Measures every cell on both sides, which are started for it and then take turns: what else the
/// machine does for some seconds then hits both.
async fn round(
    title: &str,
    sides: [Side; 2],
    addresses: [&str; 2],
    cells: &[Cell],
    number: usize,
    plan: &Plan,
) -> Result<Vec<Vec<[Figures; 2]>>, Failure> {
    let mut pair = [
        Running::start(sides[0], addresses[0]).await?,
        Running::start(sides[1], addresses[1]).await?,
    ];
    let mut all = Vec::new();
    for cell in cells {
        let mut turns = Vec::new();
        for turn in number..number + plan.turns {
            let mut figures = [None; 2];
            // Who goes first changes, lest it be an advantage.
            for side in [turn % 2, (turn + 1) % 2] {
                figures[side] = Some(pair[side].measure(cell.load(plan)).await?);
            }
            if let [Some(ours), Some(theirs)] = figures {
                turns.push([ours, theirs]);
            }
        }
        let rate = |side: usize| median(turns.iter().map(|it| it[side].rate).collect());
        eprintln!(
            "{title}, {}, round {} of {}: {:.0}/s and {:.0}/s",
            cell.name,
            number + 1,
            plan.rounds,
            rate(0),
            rate(1),
        );
        all.push(turns);
    }
    for side in pair {
        side.end().await?;
    }
    Ok(all)
}

/// The processes of one side, at work.
struct Running {
    side: Side,
    load: Peer,
    serving: Option<Peer>,
    /// How much arrived at the serving process before this load.
    arrived: u64,
}

impl Running {
    async fn start(side: Side, address: &str) -> Result<Running, Failure> {
        let mut address = address.to_owned();
        let mut serving = None;
        if let Some(role) = side.serving {
            let mut peer = Peer::start(role, &address, side.prefetch)?;
            let listens = peer.ready().await?;
            if !listens.is_empty() {
                address = listens;
            }
            serving = Some(peer);
        }
        let mut load = Peer::start(side.load, &address, side.prefetch)?;
        load.ready().await?;
        Ok(Running { side, load, serving, arrived: 0 })
    }

    async fn measure(&mut self, load: Load) -> Result<Figures, Failure> {
        self.load.tell(&Order::Load(load)).await?;
        match self.load.answer().await? {
            Answer::Measuring => {}
            other => return Err(self.load.out_of_turn(&other)),
        }
        let before = self.look().await?;
        let sample = match self.load.answer().await? {
            Answer::Sample(sample) => sample,
            other => return Err(self.load.out_of_turn(&other)),
        };
        let after = self.look().await?;
        let calls = if self.side.counts_arrivals {
            self.all_arrive(sample.all_calls).await?;
            (after.arrived - before.arrived) as f64
        } else {
            sample.calls as f64
        };
        let mut own_us = (after.cpu - before.cpu).as_secs_f64() * 1e6;
        if self.side.owns_load {
            own_us += sample.cpu_us;
        }
        let Sample { seconds, p50_us, p99_us, .. } = sample;
        Ok(Figures { rate: calls / seconds, p50_us, p99_us, own_us: own_us / calls.max(1.0) })
    }

    /// The serving process at this moment.
    async fn look(&mut self) -> Result<Look, Failure> {
        let Some(serving) = &mut self.serving else { return Ok(Look::default()) };
        let arrived = if self.side.counts_arrivals { serving.count().await? } else { 0 };
        Ok(Look { cpu: serving.cpu()?, arrived })
    }

    /// Waits until what was sent has arrived, so that the next load finds nothing of this one.
    async fn all_arrive(&mut self, sent: u64) -> Result<(), Failure> {
        let Some(serving) = &mut self.serving else { return Ok(()) };
        let expected = self.arrived + sent;
        for _ in 0..DRAIN_LOOKS {
            self.arrived = serving.count().await?;
            if self.arrived >= expected {
                return Ok(());
            }
            tokio::time::sleep(DRAIN_LOOK).await;
        }
        Err(format!("{expected} were sent and {} arrived", self.arrived).into())
    }

    async fn end(self) -> Result<(), Failure> {
        self.load.end().await?;
        match self.serving {
            Some(serving) => serving.end().await,
            None => Ok(()),
        }
    }
}

const DRAIN_LOOK: Duration = Duration::from_millis(20);
const DRAIN_LOOKS: usize = 1500;

#[derive(Default)]
struct Look {
    cpu: Duration,
    arrived: u64,
}

/// The one in the middle.
pub(crate) fn median(figures: Vec<f64>) -> f64 {
    quantile(figures, 0.5)
}

/// What that share of them is below.
fn quantile(mut figures: Vec<f64>, share: f64) -> f64 {
    figures.sort_by(f64::total_cmp);
    let Some(last) = figures.len().checked_sub(1) else { return f64::NAN };
    // Between two of them, it is as far from each as the share is.
    let at = share * last as f64;
    let (below, above) = (figures[at.floor() as usize], figures[at.ceil() as usize]);
    below + (above - below) * at.fract()
}

#[cfg(test)]
mod tests {
    use super::{Cell, Figures, median};

    #[test]
    fn what_counts_is_the_median_of_the_turns_ratios() {
        let figures = |rate| Figures { rate, p50_us: 0.0, p99_us: 0.0, own_us: 0.0 };
        let mut cell = Cell::new("x", 1);
        // A machine that gets slower leaves the ratios alone.
        for (ours, theirs) in [(90.0, 100.0), (50.0, 50.0), (22.0, 20.0)] {
            cell.turns.push([figures(ours), figures(theirs)]);
        }
        let ratio = cell.ratio(|it| it.rate);
        let rounded = [ratio.lower, ratio.median, ratio.upper].map(|it| (it * 100.0).round());
        assert_eq!(rounded, [95.0, 100.0, 105.0]);
        assert_eq!(cell.median(1, |it| it.rate), 50.0);
        assert_eq!(median(vec![4.0, 1.0, 3.0, 2.0]), 2.5);
    }
}
