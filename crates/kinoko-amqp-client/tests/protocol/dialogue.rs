//! [`Dialogue`]: a connection, a clock, and what both sides said.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use kinoko_amqp_client::{
    Config, Error, Properties, Publish,
    codec::*,
    protocol::{ChannelId, Connection, ConsumerId, Output},
};

use crate::short;

/// The largest frame of both sides.
pub(crate) const FRAME_MAX: u32 = 4096;

/// How the broker's bytes arrive.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Arrival {
    Whole,
    /// Byte by byte.
    Split,
}

/// A connection and who plays the broker.
pub(crate) struct Dialogue {
    pub(crate) connection: Connection<u32, u32>,
    pub(crate) now: Instant,
    inbox: BytesMut,
    arrival: Arrival,
    /// The channels in confirm mode.
    confirming: Vec<ChannelId>,
}

/// Runs a script with a connection that is open, both ways bytes may arrive.
pub(crate) fn open(script: impl Fn(&mut Dialogue)) {
    open_with(config(), script);
}

/// The same with other settings.
pub(crate) fn open_with(config: Config, script: impl Fn(&mut Dialogue)) {
    fresh(config, |it| {
        it.log_in();
        script(it);
    });
}

/// The same, and channel 1 is open.
pub(crate) fn channel(script: impl Fn(&mut Dialogue, ChannelId)) {
    channel_with(config(), script);
}

/// The same with other settings.
pub(crate) fn channel_with(config: Config, script: impl Fn(&mut Dialogue, ChannelId)) {
    open_with(config, |it| {
        let channel = it.channel();
        script(it, channel);
    });
}

/// Runs a script with a connection that was just made.
pub(crate) fn fresh(config: Config, script: impl Fn(&mut Dialogue)) {
    for arrival in [Arrival::Whole, Arrival::Split] {
        let now = Instant::now();
        let connection = Connection::new(config.clone(), now).unwrap();
        script(&mut Dialogue {
            connection,
            now,
            inbox: BytesMut::new(),
            arrival,
            confirming: Vec::new(),
        });
    }
}

/// Settings without heartbeats, which would be everywhere, and with acknowledgements as they come.
pub(crate) fn config() -> Config {
    Config {
        heartbeat: Duration::ZERO,
        frame_max: FRAME_MAX,
        ack_delay: Duration::ZERO,
        ..Config::default()
    }
}

pub(crate) fn start(mechanisms: &[u8]) -> ConnectionStart<'_> {
    ConnectionStart { version_minor: 9, mechanisms: Long(mechanisms), ..Default::default() }
}

pub(crate) fn tune(heartbeat: u16) -> ConnectionTune {
    ConnectionTune { channel_max: 3, frame_max: FRAME_MAX, heartbeat }
}

impl Dialogue {
    /// The broker sends a method.
    pub(crate) fn broker<'a>(&mut self, channel: u16, method: impl Into<Method<'a>>) {
        let mut bytes = Vec::new();
        write_method(&mut bytes, channel, &method.into(), FRAME_MAX).unwrap();
        self.raw(&bytes);
    }

    /// The broker sends a method, a header and a body in one frame, or none when it is empty.
    pub(crate) fn content<'a>(
        &mut self,
        channel: u16,
        method: impl Into<Method<'a>>,
        properties: Properties<'_>,
        body: &[u8],
    ) {
        let mut bytes = Vec::new();
        write_method(&mut bytes, channel, &method.into(), FRAME_MAX).unwrap();
        write_header(&mut bytes, channel, &properties, body.len() as u64, FRAME_MAX).unwrap();
        if !body.is_empty() {
            bytes.extend_from_slice(&frame(3, channel, body));
        }
        self.raw(&bytes);
    }

    /// The broker delivers a message whose body is its tag.
    pub(crate) fn deliver(&mut self, consumer_tag: &str, delivery_tag: u64) {
        let consumer_tag = consumer_tag.into();
        let deliver = BasicDeliver { consumer_tag, delivery_tag, ..Default::default() };
        let body = delivery_tag.to_string();
        self.content(1, deliver, Properties::default(), body.as_bytes());
    }

    /// Bytes arrive.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        let step = if self.arrival == Arrival::Whole { bytes.len().max(1) } else { 1 };
        for part in bytes.chunks(step) {
            self.inbox.extend_from_slice(part);
            self.connection.receive(&mut self.inbox, self.now);
        }
    }

    /// Time passes at once; what was to be done is done then.
    pub(crate) fn pass(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
        self.connection.tick(self.now);
    }

    /// When it wants to be called again, in milliseconds from now.
    pub(crate) fn next(&self) -> Option<u128> {
        let deadline = self.connection.deadline()?;
        Some(deadline.saturating_duration_since(self.now).as_millis())
    }

    /// That the client sent these frames since, which begin with `>`, and then told these events.
    #[track_caller]
    pub(crate) fn says(&mut self, expected: &[&str]) {
        assert_eq!(self.said(), expected, "{:?}", self.connection.closed());
    }

    /// What the client sent since, and told.
    pub(crate) fn said(&mut self) -> Vec<String> {
        let mut lines = short::sent(&self.sent());
        while let Some(event) = self.connection.poll_event() {
            lines.push(short::event(&event));
        }
        lines
    }

    /// The bytes the client sent since.
    pub(crate) fn sent(&mut self) -> Vec<u8> {
        let mut output = Output::default();
        self.connection.take_output(&mut output, self.now);
        output.into_bytes()
    }

    pub(crate) fn log_in(&mut self) {
        self.broker(0, start(b"PLAIN AMQPLAIN"));
        // What the client wants suits this broker.
        self.broker(0, ConnectionTune { channel_max: 3, frame_max: 0, heartbeat: 0 });
        self.broker(0, ConnectionOpenOk::default());
        assert!(self.said().contains(&"opened".to_owned()), "{:?}", self.connection.closed());
    }

    /// Opens a channel.
    pub(crate) fn channel(&mut self) -> ChannelId {
        let channel = self.connection.open_channel(0, self.now).unwrap();
        self.broker(channel.number, ChannelOpenOk::default());
        self.said();
        channel
    }

    /// Begins to consume under that tag.
    pub(crate) fn consumer(&mut self, channel: ChannelId, tag: &str, no_ack: bool) -> ConsumerId {
        let consumer_tag = tag.into();
        let consume = BasicConsume { consumer_tag, no_ack, ..Default::default() };
        let consumer = self.connection.consume(channel, &consume, 0, self.now).unwrap();
        self.broker(channel.number, BasicConsumeOk { consumer_tag });
        self.said();
        consumer
    }

    /// Sends a request.
    #[track_caller]
    pub(crate) fn ask<'a>(
        &mut self,
        channel: ChannelId,
        method: impl Into<Method<'a>>,
        token: u32,
    ) {
        let asked = self.connection.request(channel, &method.into(), token, self.now);
        assert_eq!(asked, Ok(()));
    }

    /// Publishes a mandatory message that is asked about, with its token as the body.
    #[track_caller]
    pub(crate) fn publish(&mut self, channel: ChannelId, token: u32) {
        let published = self.try_publish(channel, token);
        assert_eq!(published, Ok(()));
    }

    pub(crate) fn try_publish(&mut self, channel: ChannelId, token: u32) -> Result<(), Error> {
        let body = Bytes::from(token.to_string());
        let publish = Publish { mandatory: true, body, ..Publish::default() };
        self.send(channel, &publish, Some(token)).map_err(|(err, back)| {
            assert_eq!(back, Some(token));
            err
        })
    }

    /// Publishes, and has the broker say that it confirms from now on where it was asked to.
    pub(crate) fn send(
        &mut self,
        channel: ChannelId,
        publish: &Publish<'_>,
        token: Option<u32>,
    ) -> Result<(), (Error, Option<u32>)> {
        self.connection.publish(channel, publish, token, || self.now)?;
        if token.is_some() && !self.confirming.contains(&channel) {
            self.confirming.push(channel);
            self.broker(channel.number, ConfirmSelectOk {});
        }
        Ok(())
    }
}

/// A frame of any type with any payload.
pub(crate) fn frame(kind: u8, channel: u16, payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&[kind], &channel.to_be_bytes()[..], &size, payload, &[0xce]].concat()
}
