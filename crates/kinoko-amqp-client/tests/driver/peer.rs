//! [`Peer`]: the broker's end of a stream in memory, which says what a test has it say.

use bytes::BytesMut;
use kinoko_amqp_client::{
    Channel, Config, Connection, Consume, Consumer, Fields, Properties,
    codec::{
        BasicConsumeOk, BasicDeliver, ChannelOpenOk, ConnectionOpenOk, ConnectionStart,
        ConnectionTune, Frame, FrameType, Method, PROTOCOL_HEADER, write_header, write_method,
    },
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

pub(crate) const FRAME_MAX: u32 = 4096;

/// The broker's end of a stream.
pub(crate) struct Peer {
    pub(crate) stream: DuplexStream,
    pub(crate) inbox: BytesMut,
}

impl Peer {
    pub(crate) async fn say<'m>(&mut self, method: impl Into<Method<'m>>) {
        self.say_on(0, method).await;
    }

    pub(crate) async fn say_on<'m>(&mut self, channel: u16, method: impl Into<Method<'m>>) {
        let mut bytes = Vec::new();
        write_method(&mut bytes, channel, &method.into(), FRAME_MAX).unwrap();
        self.stream.write_all(&bytes).await.unwrap();
    }

    /// Reads until a method of that name comes.
    pub(crate) async fn hears(&mut self, name: &str) {
        loop {
            while let Some(frame) = Frame::first(&self.inbox, FRAME_MAX).unwrap() {
                let found = frame.kind == FrameType::Method
                    && Method::read(frame.payload).unwrap().name() == name;
                let size = frame.size();
                let _ = self.inbox.split_to(size);
                if found {
                    return;
                }
            }
            assert_ne!(self.stream.read_buf(&mut self.inbox).await.unwrap(), 0);
        }
    }

    pub(crate) async fn lets_in(&mut self) {
        let mut header = PROTOCOL_HEADER;
        self.stream.read_exact(&mut header).await.unwrap();
        let properties = Fields::new();
        self.say(ConnectionStart {
            version_major: 0,
            version_minor: 9,
            server_properties: properties.as_table(),
            mechanisms: b"PLAIN"[..].into(),
            locales: b"en_US"[..].into(),
        })
        .await;
        self.hears("connection.start-ok").await;
        self.say(ConnectionTune { channel_max: 0, frame_max: FRAME_MAX, heartbeat: 10 }).await;
        self.hears("connection.open").await;
        self.say(ConnectionOpenOk::default()).await;
    }

    pub(crate) async fn opens_a_channel(&mut self) {
        self.hears("channel.open").await;
        self.say_on(1, ChannelOpenOk::default()).await;
    }

    pub(crate) async fn writes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }
}

/// An empty message for a consumer.
pub(crate) fn delivery(consumer_tag: &str, delivery_tag: u64) -> Vec<u8> {
    let consumer_tag = consumer_tag.into();
    let deliver = BasicDeliver { consumer_tag, delivery_tag, ..BasicDeliver::default() };
    let mut bytes = Vec::new();
    write_method(&mut bytes, 1, &deliver.into(), FRAME_MAX).unwrap();
    write_header(&mut bytes, 1, &Properties::default(), 0, FRAME_MAX).unwrap();
    bytes
}

/// A connection with one channel.
pub(crate) async fn channel(config: Config) -> (Channel, Peer) {
    let (ours, stream) = tokio::io::duplex(64 * 1024);
    let mut peer = Peer { stream, inbox: BytesMut::new() };
    let (connection, ()) = tokio::join!(Connection::over(ours, config), peer.lets_in());
    let connection = connection.unwrap();
    let (channel, ()) = tokio::join!(connection.open_channel(), peer.opens_a_channel());
    (channel.unwrap(), peer)
}

/// A consumer that acknowledges nothing.
pub(crate) async fn consumer(channel: &Channel, peer: &mut Peer, tag: &str) -> Consumer {
    let consume = Consume { queue: "q", tag, no_ack: true, ..Consume::default() };
    let answers = async {
        peer.hears("basic.consume").await;
        peer.say_on(1, BasicConsumeOk { consumer_tag: tag.into() }).await;
    };
    let (consumer, ()) = tokio::join!(channel.consume(&consume), answers);
    consumer.unwrap()
}
