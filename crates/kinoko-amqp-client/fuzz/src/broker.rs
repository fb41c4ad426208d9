//! What a broker may send, right or wrong: methods and contents made from decisions of the input.

use kinoko_amqp_client::{Properties, codec::*};

use super::input::Input;

const FRAME_MAX: u32 = 4096;

/// Everything up to the open connection.
pub(crate) fn welcome() -> Vec<u8> {
    let mut out = Vec::new();
    let start = ConnectionStart {
        version_minor: 9,
        mechanisms: Long(b"PLAIN"),
        locales: Long(b"en_US"),
        ..ConnectionStart::default()
    };
    put(&mut out, 0, start);
    put(&mut out, 0, ConnectionTune { channel_max: 3, frame_max: FRAME_MAX, heartbeat: 4 });
    put(&mut out, 0, ConnectionOpenOk::default());
    out
}

/// A method.
pub(crate) fn put<'a>(out: &mut Vec<u8>, channel: u16, method: impl Into<Method<'a>>) {
    write_method(out, channel, &method.into(), FRAME_MAX).expect("they are small");
}

/// A frame that is one, with any payload, type and channel.
pub(crate) fn envelope(out: &mut Vec<u8>, input: &mut Input<'_>) {
    let kind = [1, 2, 3, 8, 1, 2, 3, 4][usize::from(input.u8() % 8)];
    let channel = input.channel();
    let payload = input.bytes();
    out.extend_from_slice(&[kind, 0, channel as u8, 0, 0, 0, payload.len() as u8]);
    out.extend_from_slice(payload);
    out.push(0xce);
}

/// A content, or as much of one as the input wants.
pub(crate) fn content(out: &mut Vec<u8>, input: &mut Input<'_>) {
    let channel = input.channel();
    let body = input.bytes();
    let announced = if input.u8() == 7 { input.tag() } else { body.len() as u64 };
    let names = [input.name(), input.name()];
    let properties = Properties {
        message_id: Some(names[0].into()),
        correlation_id: input.bit().then_some(names[1].into()),
        ..Properties::default()
    };
    write_header(out, channel, &properties, announced, FRAME_MAX).expect("it is small");
    let step = usize::from(input.u8()).max(1);
    for part in body.chunks(step) {
        out.extend_from_slice(&[3, 0, channel as u8, 0, 0, 0, part.len() as u8]);
        out.extend_from_slice(part);
        out.push(0xce);
    }
}

/// Any of the methods a broker has.
pub(crate) fn method(out: &mut Vec<u8>, input: &mut Input<'_>) {
    let (kind, channel) = (input.u8() % 30, input.channel());
    let name = input.name();
    match kind {
        0 => put(out, channel, ChannelOpenOk::default()),
        1 => put(out, channel, ChannelCloseOk {}),
        2 => put(out, channel, ChannelClose { reply_code: 404, ..ChannelClose::default() }),
        3 => put(out, channel, ChannelFlow { active: input.bit() }),
        4 => put(out, channel, QueueDeclareOk { queue: name.into(), ..Default::default() }),
        5 => put(out, channel, QueuePurgeOk { message_count: 1 }),
        6 => put(out, channel, QueueDeleteOk { message_count: 1 }),
        7 => put(out, channel, QueueBindOk {}),
        8 => put(out, channel, BasicQosOk {}),
        9 | 10 => put(out, channel, BasicConsumeOk { consumer_tag: name.into() }),
        11 => put(out, channel, BasicCancelOk { consumer_tag: name.into() }),
        12 => {
            let no_wait = input.bit();
            put(out, channel, BasicCancel { consumer_tag: name.into(), no_wait });
        }
        13 | 14 => {
            let delivery_tag = input.tag();
            let consumer_tag = name.into();
            put(out, channel, BasicDeliver { consumer_tag, delivery_tag, ..Default::default() });
        }
        15 => put(out, channel, BasicGetOk { delivery_tag: input.tag(), ..Default::default() }),
        16 => put(out, channel, BasicGetEmpty::default()),
        17 | 18 => {
            let (reply_code, routing_key) = (312, name.into());
            put(out, channel, BasicReturn { reply_code, routing_key, ..Default::default() });
        }
        19 | 20 => {
            put(out, channel, BasicAck { delivery_tag: input.tag(), multiple: input.bit() });
        }
        21 => {
            let (delivery_tag, multiple) = (input.tag(), input.bit());
            put(out, channel, BasicNack { delivery_tag, multiple, requeue: false });
        }
        22 => put(out, channel, BasicRecoverOk {}),
        23 => put(out, channel, ConfirmSelectOk {}),
        24 => put(out, 0, ConnectionBlocked { reason: name.into() }),
        25 => put(out, 0, ConnectionUnblocked {}),
        26 => put(out, 0, ConnectionUpdateSecretOk {}),
        27 => put(out, 0, ConnectionCloseOk {}),
        28 => put(out, 0, ConnectionClose { reply_code: 320, ..Default::default() }),
        _ => write_heartbeat(out),
    }
}
