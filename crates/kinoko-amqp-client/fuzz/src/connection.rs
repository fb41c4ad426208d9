//! A connection between an owner and a broker that both do as the input says.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use kinoko_amqp_client::{
    Config, Limits, Properties, Publish, Settle,
    codec::*,
    protocol::{Answer, ChannelId, Connection, ConsumerId, Event, Output},
};

use super::{broker, input::Input, ledger::Ledger};

/// Runs the input to its end, then loses the socket.
pub fn check(bytes: &[u8]) {
    let mut world = World::new();
    let mut input = Input::new(bytes);
    while !input.is_empty() && world.connection.closed().is_none() {
        world.step(&mut input);
        world.look();
    }
    world.connection.lost("the input ended");
    world.look();
    world.ledger.settled();
    world.bounded(bytes.len());
}

/// The connection, and what is around it.
struct World {
    connection: Connection<u32, u32>,
    now: Instant,
    inbox: BytesMut,
    ledger: Ledger,
    channels: Vec<ChannelId>,
    consumers: Vec<(ChannelId, ConsumerId)>,
    /// What can be settled, or could be once.
    delivered: Vec<(ChannelId, u64)>,
    output: usize,
    steps: usize,
}

impl World {
    /// One that is logged in, with a consumer and a publish without an outcome.
    fn new() -> World {
        let config = Config {
            frame_max: 4096,
            limits: Limits { receive: 300, unconfirmed: 16, ..Limits::default() },
            ..Config::default()
        };
        let now = Instant::now();
        let mut world = World {
            connection: Connection::new(config, now).expect("the settings are right"),
            now,
            inbox: BytesMut::new(),
            ledger: Ledger::default(),
            channels: Vec::new(),
            consumers: Vec::new(),
            delivered: Vec::new(),
            output: 0,
            steps: 0,
        };
        world.receive(&broker::welcome());
        world.open();
        let mut answers = Vec::new();
        broker::put(&mut answers, 1, ChannelOpenOk::default());
        world.receive(&answers);
        let mut nothing = Input::new(&[]);
        world.consume(&mut nothing);
        world.publish(&mut Input::new(&[0, 1, 1]));
        let mut answers = Vec::new();
        broker::put(&mut answers, 1, BasicConsumeOk { consumer_tag: "k0".into() });
        broker::put(&mut answers, 1, ConfirmSelectOk {});
        world.receive(&answers);
        world.look();
        assert!(world.connection.closed().is_none());
        world
    }

    fn step(&mut self, input: &mut Input<'_>) {
        self.steps += 1;
        let mut bytes = Vec::new();
        match input.u8() % 24 {
            0..=4 => broker::method(&mut bytes, input),
            5..=7 => broker::content(&mut bytes, input),
            8 => broker::envelope(&mut bytes, input),
            9 => bytes.extend_from_slice(input.bytes()),
            10 => self.open(),
            11 => self.close_channel(input),
            12 | 13 => self.publish(input),
            14 => self.request(input),
            15 => self.consume(input),
            16 => self.cancel(input),
            17 => self.get(input),
            18 | 19 => self.settle(input),
            20 => self.update_secret(),
            21 => self.pass(Duration::from_millis(u64::from(input.u8()) * 50)),
            22 => self.connection.set_reading(input.bit(), self.now),
            _ if input.u8() == 0 => self.connection.close(self.now),
            _ => self.take(),
        }
        if !bytes.is_empty() {
            self.receive(&bytes);
        }
    }

    fn receive(&mut self, bytes: &[u8]) {
        self.inbox.extend_from_slice(bytes);
        self.connection.receive(&mut self.inbox, self.now);
        assert!(self.connection.room_wanted(&self.inbox) <= 4096);
    }

    /// Looks at what happened.
    fn look(&mut self) {
        while let Some(event) = self.connection.poll_event() {
            self.ledger.event(&event);
            match event {
                Event::Delivered(it) if it.settles => self.delivered.push((it.channel, it.tag)),
                Event::Answered(_, Ok(Answer::Got(Some(it)))) if it.settles => {
                    // Which channel it was does not matter: a wrong one is refused, or is settled there.
                    self.delivered.extend(self.channels.last().map(|channel| (*channel, it.tag)));
                }
                _ => {}
            }
        }
    }

    fn take(&mut self) {
        let mut output = Output::default();
        self.connection.take_output(&mut output, self.now);
        let bytes = output.into_bytes();
        self.output += bytes.len();
        if bytes.starts_with(&PROTOCOL_HEADER) {
            return frames(&bytes[PROTOCOL_HEADER.len()..]);
        }
        frames(&bytes);
    }

    /// What is sent is in proportion to what was asked and what came.
    fn bounded(&mut self, input: usize) {
        self.take();
        let most = 1024 + 1024 * self.steps + 64 * input;
        assert!(self.output <= most, "{} bytes for {} steps", self.output, self.steps);
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        self.connection.tick(self.now);
        let late = self.connection.deadline().is_some_and(|it| it <= self.now);
        assert!(!late, "what was to be done was not done");
    }

    fn open(&mut self) {
        let token = self.ledger.request();
        match self.connection.open_channel(token, self.now) {
            Ok(channel) => self.channels.push(channel),
            Err((_, token)) => self.ledger.request_back(token),
        }
    }

    fn channel(&self, input: &mut Input<'_>) -> ChannelId {
        let index = usize::from(input.u8()) % self.channels.len();
        self.channels[self.channels.len() - 1 - index]
    }

    fn close_channel(&mut self, input: &mut Input<'_>) {
        let channel = self.channel(input);
        let waiter = input.bit().then(|| self.ledger.request());
        self.connection.close_channel(channel, waiter, self.now);
    }

    fn publish(&mut self, input: &mut Input<'_>) {
        let channel = self.channel(input);
        let flags = input.u8();
        let token = (flags & 1 == 1).then(|| self.ledger.publish());
        let name = input.name();
        let publish = Publish {
            routing_key: name.into(),
            mandatory: flags & 2 == 2,
            properties: Properties {
                message_id: (flags & 4 == 4).then_some(name.into()),
                ..Properties::default()
            },
            body: Bytes::copy_from_slice(input.bytes()),
            ..Publish::default()
        };
        let before = self.connection.buffered();
        if let Err((_, token)) = self.connection.publish(channel, &publish, token, || self.now) {
            assert_eq!(self.connection.buffered(), before, "what was refused left bytes");
            token.into_iter().for_each(|it| self.ledger.publish_back(it));
        }
    }

    fn request(&mut self, input: &mut Input<'_>) {
        let channel = self.channel(input);
        let method: Method<'_> = match input.u8() % 5 {
            0 => QueueDeclare::default().into(),
            1 => BasicQos::default().into(),
            2 => BasicRecover { requeue: true }.into(),
            3 => QueuePurge::default().into(),
            _ => QueueDelete::default().into(),
        };
        let token = self.ledger.request();
        let asked = self.connection.request(channel, &method, token, self.now);
        asked.unwrap_or_else(|(_, token)| self.ledger.request_back(token));
    }

    fn consume(&mut self, input: &mut Input<'_>) {
        let (channel, tag, no_ack) = (self.channel(input), input.name(), input.bit());
        let consume = BasicConsume { consumer_tag: tag.into(), no_ack, ..Default::default() };
        let token = self.ledger.request();
        match self.connection.consume(channel, &consume, token, self.now) {
            Ok(consumer) => self.consumers.push((channel, consumer)),
            Err((_, token)) => self.ledger.request_back(token),
        }
    }

    fn cancel(&mut self, input: &mut Input<'_>) {
        let index = usize::from(input.u8()) % self.consumers.len();
        let (channel, consumer) = self.consumers[index];
        let waiter = input.bit().then(|| self.ledger.request());
        self.connection.cancel(channel, consumer, waiter, self.now);
    }

    fn get(&mut self, input: &mut Input<'_>) {
        let (channel, no_ack) = (self.channel(input), input.bit());
        let token = self.ledger.request();
        let get = BasicGet { no_ack, ..BasicGet::default() };
        let asked = self.connection.get(channel, get, token, self.now);
        asked.unwrap_or_else(|(_, token)| self.ledger.request_back(token));
    }

    fn settle(&mut self, input: &mut Input<'_>) {
        let how = [Settle::Ack, Settle::Reject, Settle::Requeue][usize::from(input.u8() % 3)];
        let count = self.delivered.len();
        let (channel, tag) = match count {
            0 => (self.channel(input), input.tag()),
            _ => self.delivered[usize::from(input.u8()) % count],
        };
        let before = self.connection.buffered();
        if self.connection.settle(channel, tag, input.bit(), how).is_err() {
            assert_eq!(self.connection.buffered(), before, "what was refused left bytes");
        }
    }

    fn update_secret(&mut self) {
        let token = self.ledger.request();
        let asked = self.connection.update_secret("secret", "renewed", token, self.now);
        asked.unwrap_or_else(|(_, token)| self.ledger.request_back(token));
    }
}

/// That what is sent are frames, and what is in them can be read.
fn frames(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let frame = Frame::first(bytes, 4096).expect("a frame").expect("a whole one");
        match frame.kind {
            FrameType::Method => drop(Method::read(frame.payload).expect("a method")),
            FrameType::Header => {
                let header = ContentHeader::read(frame.payload).expect("a header");
                assert_eq!(header.problem, None);
            }
            _ => {}
        }
        bytes = &bytes[frame.size()..];
    }
}
