//! [`Wire`]: a logged-in connection, with one channel, and the frames of a message.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Buf, Bytes, BytesMut};
use kinoko_amqp_client::{
    ConnectOptions, Fields, Login,
    codec::{
        BasicConsume, BasicQos, ChannelOpen, ConnectionOpen, ConnectionStartOk, ConnectionTuneOk,
        ExchangeDeclare, Frame, Method, PROTOCOL_HEADER, QueueBind, QueueDeclare, Secret,
        write_method,
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::Notify,
};

use crate::Failure;

const FRAME_MAX: u32 = 131_072;
const CHANNEL: u8 = 1;

/// The writing end. A task of its own writes what has come together.
#[derive(Clone)]
pub(super) struct Wire {
    buffer: Arc<Mutex<Vec<u8>>>,
    more: Arc<Notify>,
}

/// The reading end.
pub(super) struct Incoming {
    socket: OwnedReadHalf,
    inbox: BytesMut,
}

/// A queue to consume, and the exchange it hangs on.
pub(super) struct Queue<'a> {
    pub(super) exchange: &'a str,
    pub(super) name: &'a str,
    pub(super) routing_key: &'a str,
    pub(super) expires: bool,
    pub(super) no_ack: bool,
}

/// A message that came, as far as it is of interest.
pub(super) struct Message {
    pub(super) tag: u64,
    pub(super) correlation_id: Bytes,
    pub(super) reply_to: Bytes,
    pub(super) body: Bytes,
}

impl Wire {
    /// Connects and consumes a queue.
    pub(super) async fn open(uri: &str, queue: Queue<'_>) -> Result<(Wire, Incoming), Failure> {
        let options = ConnectOptions::from_uri(uri)?;
        let Login::Plain { user, password } = &options.config.login else {
            return Err("only a name and a password will do".into());
        };
        let socket = TcpStream::connect(&options.addresses[0]).await?;
        socket.set_nodelay(true)?;
        let (reading, mut writing) = socket.into_split();
        let mut incoming = Incoming { socket: reading, inbox: BytesMut::with_capacity(65_536) };
        writing.write_all(&PROTOCOL_HEADER).await?;
        incoming.method("connection.start").await?;
        let properties = Fields::new();
        let response = format!("\0{user}\0{password}");
        let start_ok = ConnectionStartOk {
            client_properties: properties.as_table(),
            mechanism: "PLAIN".into(),
            response: Secret(response.as_bytes()),
            locale: "en_US".into(),
        };
        say(&mut writing, 0, &[start_ok.into()]).await?;
        incoming.method("connection.tune").await?;
        let tune_ok = ConnectionTuneOk { channel_max: 1, frame_max: FRAME_MAX, heartbeat: 0 };
        let vhost = &options.config.virtual_host;
        let open = ConnectionOpen { virtual_host: vhost.into(), ..Default::default() };
        say(&mut writing, 0, &[tune_ok.into(), open.into()]).await?;
        incoming.method("connection.open-ok").await?;
        set_up(&mut writing, queue).await?;
        incoming.method("basic.consume-ok").await?;
        let wire = Wire { buffer: Arc::default(), more: Arc::default() };
        tokio::spawn(wire.clone().write(writing));
        Ok((wire, incoming))
    }

    /// Adds frames to what is to be written.
    pub(super) fn add(&self, frames: impl FnOnce(&mut Vec<u8>)) {
        let mut buffer = self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
        let was_empty = buffer.is_empty();
        frames(&mut buffer);
        drop(buffer);
        if was_empty {
            self.more.notify_one();
        }
    }

    async fn write(self, mut socket: OwnedWriteHalf) -> Result<(), std::io::Error> {
        let mut writing = Vec::new();
        loop {
            self.more.notified().await;
            // The tasks that are ready now have something to add.
            tokio::task::yield_now().await;
            {
                let mut buffer = self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
                std::mem::swap(&mut *buffer, &mut writing);
            }
            socket.write_all(&writing).await?;
            writing.clear();
        }
    }
}

impl Incoming {
    /// Hands on every message that is there, once there is one.
    pub(super) async fn messages(&mut self, mut each: impl FnMut(Message)) -> Result<(), Failure> {
        self.more().await?;
        while let Some([method, header, body]) = content(&self.inbox) {
            let bytes = self.inbox.split_to(method + header + body).freeze();
            each(read(
                &bytes[7..method - 1],
                &bytes.slice(method + 7..method + header - 1),
                bytes.slice(method + header + 7..method + header + body - 1),
            ));
        }
        Ok(())
    }

    async fn more(&mut self) -> Result<(), Failure> {
        self.inbox.reserve(65_536);
        match self.socket.read_buf(&mut self.inbox).await? {
            0 => Err("the broker closed the connection".into()),
            _ => Ok(()),
        }
    }

    /// Reads until a method has come, and past it.
    async fn method(&mut self, name: &str) -> Result<(), Failure> {
        loop {
            while let Some(frame) = Frame::first(&self.inbox, FRAME_MAX)? {
                let (size, found) = (frame.size(), Method::read(frame.payload)?.name());
                self.inbox.advance(size);
                if found == name {
                    return Ok(());
                }
            }
            self.more().await?;
        }
    }
}

async fn set_up(writing: &mut OwnedWriteHalf, queue: Queue<'_>) -> Result<(), Failure> {
    let Queue { exchange, name, routing_key, expires, no_ack } = queue;
    let mut arguments = Fields::new();
    if expires {
        arguments.insert("x-expires", 300_000);
    }
    let (exchange, queue, durable) = (exchange.into(), name.into(), true);
    let methods = [
        ChannelOpen::default().into(),
        ExchangeDeclare { exchange, kind: "topic".into(), durable, ..Default::default() }.into(),
        QueueDeclare { queue, durable, arguments: arguments.as_table(), ..Default::default() }
            .into(),
        QueueBind { queue, exchange, routing_key: routing_key.into(), ..Default::default() }.into(),
        BasicQos { prefetch_count: 256, ..Default::default() }.into(),
        BasicConsume { queue, no_ack, ..Default::default() }.into(),
    ];
    say(writing, CHANNEL.into(), &methods).await
}

async fn say(to: &mut OwnedWriteHalf, channel: u16, methods: &[Method<'_>]) -> Result<(), Failure> {
    let mut out = Vec::new();
    for method in methods {
        write_method(&mut out, channel, method, FRAME_MAX)?;
    }
    Ok(to.write_all(&out).await?)
}

/// The sizes of the three frames of a message, if all are there.
fn content(bytes: &[u8]) -> Option<[usize; 3]> {
    let size = |at: usize| Some(length(bytes.get(at + 3..)?)? + 8);
    let method = size(0)?;
    let header = size(method)?;
    let body = size(method + header)?;
    (bytes.len() >= method + header + body).then_some([method, header, body])
}

/// The length that stands in front of something long.
fn length(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk().map(|it| u32::from_be_bytes(*it) as usize)
}

fn read(method: &[u8], header: &Bytes, body: Bytes) -> Message {
    let behind_tag = 5 + usize::from(method[4]);
    let tag = method[behind_tag..].first_chunk().map_or(0, |it| u64::from_be_bytes(*it));
    let has = |bit: u16| header[12 + usize::from(bit < 8)] & 1 << (bit % 8) != 0;
    let mut at = 14;
    let mut short = |bit: u16, skip: usize| {
        if !has(bit) {
            return Bytes::new();
        }
        at += skip;
        let length = usize::from(header[at]);
        at += 1 + length;
        header.slice(at - length..at)
    };
    let kind = short(15, 0).len();
    let encoding = short(14, 0).len();
    // Headers, delivery mode and priority are always there.
    let headers = 14 + kind + 1 + encoding + 1;
    let skip = 4 + length(&header[headers..]).unwrap_or(0) + 2;
    Message { tag, correlation_id: short(10, skip), reply_to: short(9, 0), body }
}

/// Adds one frame.
pub(super) fn frame(out: &mut Vec<u8>, kind: u8, payload: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[kind, 0, CHANNEL, 0, 0, 0, 0]);
    payload(out);
    let size = (out.len() - start - 7) as u32;
    out[start + 3..start + 7].copy_from_slice(&size.to_be_bytes());
    out.push(0xce);
}

/// Adds a short string.
pub(super) fn short(out: &mut Vec<u8>, text: &[u8]) {
    out.push(text.len() as u8);
    out.extend_from_slice(text);
}

/// Adds a message: its frames, with the properties behind their flags.
pub(super) fn publish(
    out: &mut Vec<u8>,
    (exchange, routing_key, mandatory): (&str, &[u8], bool),
    properties: impl FnOnce(&mut Vec<u8>),
    body: &[u8],
) {
    frame(out, 1, |out| {
        out.extend_from_slice(&[0, 60, 0, 40, 0, 0]);
        short(out, exchange.as_bytes());
        short(out, routing_key);
        out.push(mandatory.into());
    });
    frame(out, 2, |out| {
        out.extend_from_slice(&[0, 60, 0, 0]);
        out.extend_from_slice(&(body.len() as u64).to_be_bytes());
        properties(out);
    });
    for part in body.chunks(FRAME_MAX as usize - 8) {
        frame(out, 3, |out| out.extend_from_slice(part));
    }
}
