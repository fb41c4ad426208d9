//! [`Raw`]: a client that sends whatever bytes it is told to.

use bytes::BytesMut;
use kinoko_amqp_client::{
    ConnectOptions, Fields, Login,
    codec::{
        BasicPublish, ChannelOpen, ConfirmSelect, ConnectionOpen, ConnectionStartOk,
        ConnectionTuneOk, Frame, FrameType, Method, PROTOCOL_HEADER, Secret, write_method,
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::case::soon;

/// A connection with one channel, in confirm mode.
pub(crate) struct Raw {
    stream: TcpStream,
    inbox: BytesMut,
    frame_max: u32,
}

impl Raw {
    pub(crate) async fn login(options: &ConnectOptions) -> Raw {
        let (host, port) = &options.addresses[0];
        let stream = TcpStream::connect((&**host, *port)).await.expect("the port is open");
        let frame_max = options.config.frame_max;
        let mut raw = Raw { stream, inbox: BytesMut::new(), frame_max };
        let Login::Plain { user, password } = &options.config.login else { panic!("by PLAIN") };
        let response = format!("\0{user}\0{password}");
        raw.write(&PROTOCOL_HEADER).await;
        raw.until("connection.start").await;
        raw.method(
            0,
            ConnectionStartOk {
                client_properties: Fields::new().as_table(),
                mechanism: "PLAIN".into(),
                response: Secret(response.as_bytes()),
                locale: "en_US".into(),
            },
        )
        .await;
        raw.until("connection.tune").await;
        let tune = ConnectionTuneOk { channel_max: 1, frame_max: raw.frame_max, heartbeat: 0 };
        raw.method(0, tune).await;
        let virtual_host = (&options.config.virtual_host).into();
        raw.method(0, ConnectionOpen { virtual_host, ..ConnectionOpen::default() }).await;
        raw.until("connection.open-ok").await;
        raw.method(1, ChannelOpen::default()).await;
        raw.until("channel.open-ok").await;
        raw.method(1, ConfirmSelect { no_wait: false }).await;
        raw.until("confirm.select-ok").await;
        raw
    }

    /// Publishes to a queue with these bytes as headers, and waits until the broker has it.
    pub(crate) async fn publish(&mut self, queue: &str, headers: &[u8], body: &[u8]) {
        let publish = BasicPublish { routing_key: queue.into(), ..BasicPublish::default() };
        self.method(1, publish).await;
        let mut header = Vec::from([0, 60, 0, 0]);
        header.extend_from_slice(&(body.len() as u64).to_be_bytes());
        header.extend_from_slice(&(1_u16 << 13).to_be_bytes());
        header.extend_from_slice(&(headers.len() as u32).to_be_bytes());
        header.extend_from_slice(headers);
        self.frame(2, &header).await;
        self.frame(3, body).await;
        self.until("basic.ack").await;
    }

    async fn method<'m>(&mut self, channel: u16, method: impl Into<Method<'m>>) {
        let mut bytes = Vec::new();
        write_method(&mut bytes, channel, &method.into(), self.frame_max).expect("it is short");
        self.write(&bytes).await;
    }

    /// Sends a frame of the channel.
    async fn frame(&mut self, kind: u8, payload: &[u8]) {
        let mut bytes = vec![kind, 0, 1];
        bytes.extend_from_slice(&(payload.len() as u32).to_be_bytes());
        bytes.extend_from_slice(payload);
        bytes.push(0xce);
        self.write(&bytes).await;
    }

    /// Reads until a method of that name has come.
    async fn until(&mut self, name: &str) {
        loop {
            if let Some(frame) = Frame::first(&self.inbox, self.frame_max).expect("it is a frame") {
                let (size, shown) = (frame.size(), frame.to_string());
                let found = match frame.kind {
                    FrameType::Method => {
                        Method::read(frame.payload).expect("it is a method").name()
                    }
                    _ => "",
                };
                let done = found == name;
                assert!(done || !found.ends_with(".close"), "instead of {name}: {shown}");
                let _ = self.inbox.split_to(size);
                if done {
                    return;
                }
                continue;
            }
            let read = soon(name, self.stream.read_buf(&mut self.inbox)).await;
            assert_ne!(read.expect("it can be read"), 0, "the broker hung up before {name}");
        }
    }

    async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("it is written");
    }
}
