//! In the protocol alone: bytes in, events and bytes out.

use std::time::Instant;

use bytes::BytesMut;
use kinoko_amqp_client::{
    Config, Outcome, Settle,
    codec::BasicConsume,
    protocol::{ChannelId, Connection, Event, Output},
};

use super::{
    publish,
    script::{self, Template},
};
use crate::Failure;

/// A connection whose time stands still, with one open channel.
struct Alone {
    connection: Connection<u64, ()>,
    channel: ChannelId,
    now: Instant,
    inbox: BytesMut,
    output: Output,
}

/// Publishes so many messages, always `in_flight` of them before they are confirmed together.
pub(crate) fn publishes(count: u64, in_flight: u64) -> Result<(), Failure> {
    let mut it = Alone::open()?;
    let (message, mut confirm) = (publish(), Template::confirm()?);
    for round in 0..count / in_flight {
        let first = round * in_flight + 1;
        for number in first..first + in_flight {
            let done = it.connection.publish(it.channel, &message, Some(number), || it.now);
            done.map_err(|(err, _)| err)?;
        }
        if round == 0 {
            it.arrives(&script::confirms_selected()?);
        }
        it.writes();
        it.arrives(confirm.up_to(first + in_flight - 1));
        for number in first..first + in_flight {
            match it.connection.poll_event() {
                Some(Event::Resolved(found, Outcome::Confirmed)) if found == number => {}
                other => return Err(format!("publish {number}: {other:?}").into()),
            }
        }
    }
    Ok(())
}

/// Is delivered so many messages, `in_flight` at once, and acknowledges each.
pub(crate) fn deliveries(count: u64, in_flight: u64) -> Result<(), Failure> {
    let mut it = Alone::open()?;
    let consume =
        BasicConsume { queue: "orders".into(), consumer_tag: "c".into(), ..Default::default() };
    it.connection.consume(it.channel, &consume, (), it.now).map_err(|(err, ())| err)?;
    it.arrives(&script::consumes("c")?);
    while it.connection.poll_event().is_some() {}
    let mut deliver = Template::deliveries("c", usize::try_from(in_flight)?)?;
    for round in 0..count / in_flight {
        let first = round * in_flight + 1;
        it.arrives(deliver.up_to(first + in_flight - 1));
        for number in first..first + in_flight {
            match it.connection.poll_event() {
                Some(Event::Delivered(found)) if found.tag == number => {
                    it.connection.settle(it.channel, found.tag, false, Settle::Ack)?;
                }
                other => return Err(format!("delivery {number}: {other:?}").into()),
            }
        }
        it.writes();
    }
    Ok(())
}

impl Alone {
    fn open() -> Result<Alone, Failure> {
        let now = Instant::now();
        let mut connection = Connection::new(Config::default(), now)?;
        let mut inbox = BytesMut::from(&*script::login()?);
        connection.receive(&mut inbox, now);
        let channel = connection.open_channel((), now).map_err(|(err, ())| err)?;
        inbox.extend_from_slice(&script::channel_opened()?);
        connection.receive(&mut inbox, now);
        while connection.poll_event().is_some() {}
        let mut it = Alone { connection, channel, now, inbox, output: Output::default() };
        it.writes();
        Ok(it)
    }

    fn arrives(&mut self, bytes: &[u8]) {
        self.inbox.extend_from_slice(bytes);
        self.connection.receive(&mut self.inbox, self.now);
    }

    /// Takes what is to be written as written.
    fn writes(&mut self) {
        self.connection.take_output(&mut self.output, self.now);
        self.output.advance(self.output.len());
    }
}
