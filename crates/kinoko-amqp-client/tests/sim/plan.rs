//! [`Plan`]: what a connection is to be and what befalls it, drawn from the seed.

use std::time::Duration;

use kinoko_amqp_client::{Config, Limits};

use crate::{
    broker::Terms,
    network::{Cut, Faults},
    pipe::Weather,
    random::Random,
};

/// One connection's lot.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) config: Config,
    pub(crate) terms: Terms,
    pub(crate) faults: Faults,
    /// What happens at the broker, and when.
    pub(crate) events: Vec<(Duration, Event)>,
    /// How long nothing is done on it at first.
    pub(crate) idle: Duration,
    pub(crate) publishers: u32,
    pub(crate) consumers: u32,
    pub(crate) troublemakers: u32,
    pub(crate) racers: u32,
    pub(crate) end: End,
}

/// What happens at the broker.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Event {
    Alarm(bool),
    ForceClose,
    DeleteQueue(&'static str),
    Cut(Cut),
    /// It dies; and whether that resets the connection, or what travels still arrives.
    Die(bool),
    /// Whether the broker wants messages on a channel.
    Flow(u16, bool),
}

/// How the application lets go of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Close,
    Abort,
    Drop,
}

impl Plan {
    /// A connection with faults.
    pub(crate) fn draw(random: &mut Random) -> Plan {
        let faults = faults(random);
        let mut config = config(random);
        let silent = matches!(faults.cut, Some((Cut::Silence, ..)));
        let events = events(random);
        if silent || events.iter().any(|(_, it)| matches!(it, Event::Cut(Cut::Silence))) {
            // Without heartbeats nobody would ever know.
            config.heartbeat = config.heartbeat.max(Duration::from_secs(1));
        }
        let terms = Terms {
            heartbeat: random.one_of(&[0, 1, 3, 10]),
            frame_max: random.one_of(&[0, 4096, 10_000, 131_072]),
            channel_max: random.one_of(&[0, 8, 20]),
            admits: !random.chance(2),
            unconfirmed: config.limits.unconfirmed,
            receive: config.limits.receive,
        };
        Plan {
            config,
            terms,
            faults,
            events,
            idle: random.one_of(&[Duration::ZERO, Duration::ZERO, Duration::from_secs(7)]),
            publishers: random.within(0..4) as u32,
            consumers: random.within(0..4) as u32,
            troublemakers: random.within(0..3) as u32,
            racers: random.within(0..2) as u32,
            end: random.one_of(&[End::Close, End::Close, End::Abort, End::Drop]),
        }
    }

    /// One without.
    pub(crate) fn calm() -> Plan {
        let config = Config::default();
        let (unconfirmed, receive) = (config.limits.unconfirmed, config.limits.receive);
        Plan {
            config,
            terms: Terms {
                heartbeat: 10,
                frame_max: 131_072,
                channel_max: 0,
                admits: true,
                unconfirmed,
                receive,
            },
            faults: Faults::none(),
            events: Vec::new(),
            idle: Duration::ZERO,
            publishers: 0,
            consumers: 0,
            troublemakers: 0,
            racers: 0,
            end: End::Close,
        }
    }
}

fn config(random: &mut Random) -> Config {
    let seconds = |random: &mut Random, from: &[u64]| Duration::from_secs(random.one_of(from));
    Config {
        heartbeat: seconds(random, &[0, 1, 2, 5]),
        frame_max: random.one_of(&[4096, 9000, 131_072]),
        channel_max: random.one_of(&[0, 4, 12]),
        handshake_timeout: seconds(random, &[2, 5, 10]),
        answer_timeout: seconds(random, &[1, 3, 10]),
        close_timeout: seconds(random, &[1, 2]),
        limits: Limits {
            buffered: random.one_of(&[1, 500, 5000, 1 << 20]),
            unconfirmed: random.one_of(&[1, 3, 20, 65_536]),
            send: 40_000,
            receive: random.one_of(&[1000, 1 << 20, 1 << 20]),
            undelivered: random.one_of(&[1000, 1000, 8000, 1 << 20]),
        },
        ack_delay: Duration::from_millis(random.one_of(&[0, 2, 2, 300])),
        ..Config::default()
    }
}

fn faults(random: &mut Random) -> Faults {
    let weather = [weather(random), weather(random)];
    let cut = random.chance(35).then(|| {
        let how = random.one_of(&[Cut::Reset, Cut::End, Cut::Silence]);
        let most = random.one_of(&[400, 3000, 20_000]);
        (how, random.one_of(&[0, 1]), random.within(0..most))
    });
    Faults { weather, cut }
}

fn weather(random: &mut Random) -> Weather {
    let mut stalls = Vec::new();
    if random.chance(25) {
        let from = random.millis(0..6000);
        let most = random.one_of(&[300, 3000, 30_000]);
        stalls.push((from, from + random.millis(10..most)));
    }
    Weather {
        capacity: random.one_of(&[200, 3000, 64 * 1024]),
        piece: random.one_of(&[usize::MAX, usize::MAX, 1500, 200, 17]),
        latency: (random.one_of(&[0, 1, 20]), random.one_of(&[0, 2, 50])),
        stalls,
    }
}

fn events(random: &mut Random) -> Vec<(Duration, Event)> {
    let mut events = Vec::new();
    let mut at = |random: &mut Random, percent, begin, end: Option<Event>| {
        if random.chance(percent) {
            let from = random.millis(0..4000);
            events.push((from, begin));
            events.extend(end.map(|end| (from + random.millis(1..9000), end)));
        }
    };
    let channel = random.within(1..5) as u16;
    at(random, 15, Event::Alarm(true), Some(Event::Alarm(false)));
    at(random, 8, Event::Flow(channel, false), Some(Event::Flow(channel, true)));
    at(random, 8, Event::ForceClose, None);
    let queue = random.one_of(&crate::topology::QUEUES);
    at(random, 10, Event::DeleteQueue(queue), None);
    let cut = random.one_of(&[Cut::Reset, Cut::End, Cut::Silence]);
    at(random, 15, Event::Cut(cut), None);
    let resets = random.chance(50);
    at(random, 20, Event::Die(resets), None);
    events.sort_by_key(|(at, _)| *at);
    events
}
