//! What a broker sends, as bytes.

use kinoko_amqp_client::codec::{
    BasicAck, BasicConsumeOk, BasicDeliver, ChannelOpenOk, ConfirmSelectOk, ConnectionOpenOk,
    ConnectionStart, ConnectionTune, Long, Method, Unencodable, write_header, write_method,
};

use super::{BODY, properties};

/// The largest frame.
pub(super) const FRAME_MAX: u32 = 131_072;
/// Where the arguments of a method begin: behind the frame's head and the method's numbers.
const METHOD: usize = 11;

/// Lets the client in, without heartbeats, and opens a channel.
pub(super) fn login() -> Result<Vec<u8>, Unencodable> {
    let start =
        ConnectionStart { version_minor: 9, mechanisms: Long(b"PLAIN"), ..Default::default() };
    let tune = ConnectionTune { channel_max: 16, frame_max: FRAME_MAX, heartbeat: 0 };
    let mut bytes = Vec::new();
    method(&mut bytes, 0, start)?;
    method(&mut bytes, 0, tune)?;
    method(&mut bytes, 0, ConnectionOpenOk::default())?;
    Ok(bytes)
}

pub(super) fn channel_opened() -> Result<Vec<u8>, Unencodable> {
    one(ChannelOpenOk::default())
}

pub(super) fn confirms_selected() -> Result<Vec<u8>, Unencodable> {
    one(ConfirmSelectOk {})
}

pub(super) fn consumes(tag: &str) -> Result<Vec<u8>, Unencodable> {
    one(BasicConsumeOk { consumer_tag: tag.into() })
}

/// What is sent again and again, with other numbers.
pub(super) struct Template {
    bytes: Vec<u8>,
    /// How many bytes one of its parts has.
    stride: usize,
    /// Where in a part its number is.
    at: usize,
}

impl Template {
    /// Confirms all publishes up to the number.
    pub(super) fn confirm() -> Result<Template, Unencodable> {
        let bytes = one(BasicAck { delivery_tag: 0, multiple: true })?;
        Ok(Template { stride: bytes.len(), bytes, at: METHOD })
    }

    /// Delivers that many messages, with the numbers up to it.
    pub(super) fn deliveries(to: &str, count: usize) -> Result<Template, Unencodable> {
        let mut one = Vec::new();
        let deliver = BasicDeliver {
            consumer_tag: to.into(),
            exchange: "nameko-rpc".into(),
            routing_key: "greeter.hello".into(),
            ..Default::default()
        };
        method(&mut one, 1, deliver)?;
        write_header(&mut one, 1, &properties(), BODY.len() as u64, FRAME_MAX)?;
        let size = u32::try_from(BODY.len()).unwrap_or(u32::MAX).to_be_bytes();
        one.extend_from_slice(&[3, 0, 1]);
        one.extend_from_slice(&size);
        one.extend_from_slice(BODY);
        one.push(0xce);
        Ok(Template { bytes: one.repeat(count), stride: one.len(), at: METHOD + 1 + to.len() })
    }

    /// The bytes, so that the last of their numbers is this.
    pub(super) fn up_to(&mut self, last: u64) -> &[u8] {
        for (number, part) in (0..=last).rev().zip(self.bytes.chunks_exact_mut(self.stride).rev()) {
            part[self.at..self.at + 8].copy_from_slice(&number.to_be_bytes());
        }
        &self.bytes
    }
}

fn one<'a>(method: impl Into<Method<'a>>) -> Result<Vec<u8>, Unencodable> {
    let mut bytes = Vec::new();
    self::method(&mut bytes, 1, method)?;
    Ok(bytes)
}

fn method<'a>(
    to: &mut Vec<u8>,
    channel: u16,
    method: impl Into<Method<'a>>,
) -> Result<(), Unencodable> {
    write_method(to, channel, &method.into(), FRAME_MAX)
}
