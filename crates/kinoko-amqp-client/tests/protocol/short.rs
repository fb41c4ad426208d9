//! Frames and events as short lines.

use kinoko_amqp_client::{
    Outcome,
    codec::{Frame, PROTOCOL_HEADER},
    protocol::{Answer, Event},
};

/// Bytes of the client as lines.
pub(crate) fn sent(mut bytes: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(rest) = bytes.strip_prefix(&PROTOCOL_HEADER) {
        lines.push("> AMQP0091".to_owned());
        bytes = rest;
    }
    while !bytes.is_empty() {
        let frame = Frame::first(bytes, u32::MAX).unwrap().expect("whole frames");
        lines.push(format!("> {}", line(&frame)));
        bytes = &bytes[frame.size()..];
    }
    lines
}

/// A frame without the arguments that say nothing.
fn line(frame: &Frame<'_>) -> String {
    let text = frame.to_string();
    let (Some(begin), Some(end)) = (text.find('{'), text.rfind('}')) else {
        // A method without arguments: its name is all there is to say.
        let words = text.split(' ').take(2).collect::<Vec<_>>().join(" ");
        return if text.contains('(') { words } else { text };
    };
    let name = text.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let nothing = |it: &&str| {
        let value = it.split_once(": ").map(|(_, value)| value);
        !it.starts_with("reserved_") && !matches!(value, Some("false" | "\"\"" | "{}" | "0"))
    };
    let fields: Vec<_> = text[begin + 1..end].trim().split(", ").filter(nothing).collect();
    format!("{name} {}", fields.join(", ")).trim_end().to_owned()
}

/// An event as a line.
pub(crate) fn event(event: &Event<u32, u32>) -> String {
    match event {
        Event::Opened => "opened".to_owned(),
        Event::Answered(token, Ok(answer)) => format!("{token} {}", self::answer(answer)),
        Event::Answered(token, Err(err)) => format!("{token} failed: {:?}", err.kind()),
        Event::Resolved(token, outcome) => format!("publish {token} {}", self::outcome(outcome)),
        Event::Delivered(it) => {
            let again = if it.redelivered { " again" } else { "" };
            let body = it.message.body().escape_ascii();
            format!("delivered {} to {}{again}: {body}", it.tag, it.consumer.0)
        }
        Event::Returned(channel, it) => {
            format!("came back on #{}: {}", channel.number, it.message.body().escape_ascii())
        }
        Event::ConsumerEnded(consumer, None) => format!("consumer {} ended", consumer.0),
        Event::ConsumerEnded(consumer, Some(err)) => {
            format!("consumer {} ended: {:?}", consumer.0, err.kind())
        }
        Event::ChannelClosed(channel, err) => {
            format!("closed #{}: {:?}", channel.number, err.kind())
        }
        Event::Flow(channel, active) => format!("flow #{}: {active}", channel.number),
        Event::Blocked(reason) => format!("blocked: {reason}"),
        Event::Unblocked => "unblocked".to_owned(),
        Event::Closed(err) => format!("closed: {:?}", err.kind()),
    }
}

fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Done => "done".to_owned(),
        Answer::Channel(it) => format!("channel #{}", it.number),
        Answer::Consumer(it) => format!("consumer {}", it.0),
        Answer::Messages(count) => format!("messages: {count}"),
        Answer::Queue(it) => format!("queue {}: {}, {}", it.name, it.messages, it.consumers),
        Answer::Got(None) => "got nothing".to_owned(),
        Answer::Got(Some(it)) => format!("got {}: {}", it.tag, it.message.body().escape_ascii()),
    }
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Confirmed => "confirmed".to_owned(),
        Outcome::Nacked => "nacked".to_owned(),
        Outcome::Returned(err) => format!("returned: {:?}", err.kind()),
        Outcome::Unknown(err) => format!("unknown: {:?}", err.kind()),
    }
}
