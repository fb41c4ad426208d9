//! [`Pipe`]: one direction of the network: bytes that travel, in order, for some time.

use std::{collections::VecDeque, task::Waker, time::Duration};

use bytes::Bytes;
use tokio::time::Instant;

use crate::random::Random;

/// How one direction of a connection behaves.
#[derive(Debug, Clone)]
pub(crate) struct Weather {
    /// How many bytes may be under way.
    pub(crate) capacity: usize,
    /// How many bytes are taken or given at once, at most.
    pub(crate) piece: usize,
    /// How many milliseconds bytes travel, and how many more they may.
    pub(crate) latency: (u64, u64),
    /// From when to when nothing arrives, from the connection's beginning on.
    pub(crate) stalls: Vec<(Duration, Duration)>,
}

impl Weather {
    /// No fault at all.
    pub(crate) fn clear() -> Weather {
        Weather { capacity: 64 * 1024, piece: usize::MAX, latency: (0, 1), stalls: Vec::new() }
    }
}

/// One direction.
#[derive(Debug)]
pub(crate) struct Pipe {
    weather: Weather,
    random: Random,
    begun: Instant,
    travelling: VecDeque<(Instant, Bytes)>,
    held: usize,
    /// How many bytes were taken in all.
    pub(crate) taken: u64,
    /// How many bytes were given in all.
    pub(crate) given: u64,
    /// When the writer last gave something, or could not for want of room.
    pub(crate) last_taken: Instant,
    pub(crate) reader: Option<Waker>,
    pub(crate) writer: Option<Waker>,
    /// The writer has gone: what travels arrives, then nothing more.
    pub(crate) ended: bool,
}

/// What a reader finds.
pub(crate) enum Found {
    Bytes(Bytes),
    /// Something arrives then.
    Later(Instant),
    Nothing,
    End,
}

impl Pipe {
    pub(crate) fn new(weather: Weather, random: Random) -> Pipe {
        let begun = Instant::now();
        Pipe {
            weather,
            random,
            begun,
            travelling: VecDeque::new(),
            held: 0,
            taken: 0,
            given: 0,
            last_taken: begun,
            reader: None,
            writer: None,
            ended: false,
        }
    }

    /// Takes some of the bytes, none when it is full.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> usize {
        self.last_taken = Instant::now();
        let room = self.weather.capacity.saturating_sub(self.held);
        let count = bytes.len().min(room).min(self.piece());
        if count == 0 {
            return 0;
        }
        let arrival = self.arrival();
        self.travelling.push_back((arrival, Bytes::copy_from_slice(&bytes[..count])));
        self.held += count;
        self.taken += count as u64;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        count
    }

    /// Gives what has arrived, up to `most` bytes of it.
    pub(crate) fn give(&mut self, most: usize) -> Found {
        let piece = self.piece();
        let Some((arrival, bytes)) = self.travelling.front_mut() else {
            return if self.ended { Found::End } else { Found::Nothing };
        };
        if *arrival > Instant::now() {
            return Found::Later(*arrival);
        }
        let count = bytes.len().min(most).min(piece);
        let given = bytes.split_to(count);
        if bytes.is_empty() {
            self.travelling.pop_front();
        }
        self.held -= given.len();
        self.given += given.len() as u64;
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
        Found::Bytes(given)
    }

    /// Whether there is something for the reader.
    pub(crate) fn has_arrived(&self) -> bool {
        self.travelling.front().is_some_and(|(arrival, _)| *arrival <= Instant::now())
    }

    pub(crate) fn is_full(&self) -> bool {
        self.held >= self.weather.capacity
    }

    pub(crate) fn wake_both(&mut self) {
        self.reader.take().into_iter().chain(self.writer.take()).for_each(Waker::wake);
    }

    fn piece(&mut self) -> usize {
        match self.weather.piece {
            usize::MAX => usize::MAX,
            most => self.random.within(1..most as u64 + 1) as usize,
        }
    }

    /// When bytes that leave now arrive: never before those that left earlier.
    fn arrival(&mut self) -> Instant {
        let (least, jitter) = self.weather.latency;
        let travel = Duration::from_millis(least + self.random.within(0..jitter + 1));
        let mut arrival = Instant::now() + travel;
        for (from, to) in &self.weather.stalls {
            if (self.begun + *from..self.begun + *to).contains(&arrival) {
                arrival = self.begun + *to;
            }
        }
        self.travelling.back().map_or(arrival, |(before, _)| arrival.max(*before))
    }
}
