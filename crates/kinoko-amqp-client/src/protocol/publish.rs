//! Publishing: whether there is room, and the frames of a message.

use std::{ops::Range, time::Instant};

use super::{
    ChannelId, Connection, Publish,
    confirms::Confirms,
    requests::{Request, RequestKind},
};
use crate::{
    Error, ErrorKind,
    codec::{
        BasicPublish, ConfirmSelect, FRAME_OVERHEAD, Method, Properties, Unencodable,
        frame_payload, write_body_end, write_body_start, write_header, write_method,
    },
    planted,
    reply_code::Scope,
};

/// It is answered, for that tells what came back before it from what comes back after.
const SELECT: Method<'static> = Method::ConfirmSelect(ConfirmSelect { no_wait: false });

impl<P, C> Connection<P, C> {
    /// Whether a message can be published now.
    ///
    /// # Errors
    /// [`Full`](ErrorKind::Full) or [`Blocked`](ErrorKind::Blocked) when it is worth to wait; the
    /// channel's end when it is not.
    pub fn can_publish(&self, id: ChannelId) -> Result<(), Error> {
        self.open_on(id)?;
        let limits = &self.config.limits;
        if let Some(reason) = &self.blocked {
            let text = format!("the broker takes no messages at present: {reason}");
            return Err(Error::new(ErrorKind::Blocked, Scope::Request, text));
        }
        if self.is_stopped(id) {
            let text = "the broker wants no messages on the channel at present";
            return Err(Error::new(ErrorKind::Blocked, Scope::Request, text));
        }
        if self.output.len() >= limits.buffered || self.unresolved >= limits.unconfirmed {
            return Err(Error::full());
        }
        Ok(())
    }

    /// Whether the broker wants no messages on a channel at present (`channel.flow`).
    pub fn is_stopped(&self, id: ChannelId) -> bool {
        let index = usize::from(id.number).wrapping_sub(1);
        let channel = self.channels.get(index).and_then(Option::as_deref);
        channel.is_some_and(|it| it.id == id && !it.flows)
    }

    /// Publishes. With a waiter its outcome is told as [`Resolved`](super::Event::Resolved), and the channel is put into
    /// confirm mode by the first of them; without, nothing is told unless it comes back.
    ///
    /// # Errors
    /// As [`can_publish`](Connection::can_publish), and when it cannot be encoded or is too large. It
    /// was not sent. With what was given along.
    ///
    /// The time is asked for only when it is needed, which is once for a channel.
    pub fn publish(
        &mut self,
        id: ChannelId,
        publish: &Publish<'_>,
        waiter: Option<P>,
        now: impl FnOnce() -> Instant,
    ) -> Result<(), (Error, Option<P>)> {
        if let Err(err) = self.can_publish(id) {
            return Err((err, waiter));
        }
        let (size, limit) = (publish.body.len(), self.config.limits.send);
        if size > limit {
            let text = format!("a body of {size} bytes is too large: {limit} are sent at most");
            return Err((Error::new(ErrorKind::TooLarge, Scope::Request, text), waiter));
        }
        let Connection { channels, output, unresolved, frame_max, .. } = self;
        let index = usize::from(id.number) - 1;
        let Some(channel) = channels[index].as_deref_mut() else {
            return Err((Error::closed(), waiter));
        };
        let start = output.buffer().len();
        let select = waiter.is_some() && channel.confirms.is_none();
        let method = BasicPublish {
            exchange: publish.exchange,
            routing_key: publish.routing_key,
            mandatory: publish.mandatory,
            ..BasicPublish::default()
        };
        let head = write_head(
            output.buffer(),
            id.number,
            select,
            &method,
            &publish.properties,
            size as u64,
            *frame_max,
        );
        let (method, header) = match head {
            Ok(frames) => frames,
            Err(err) => {
                output.buffer().truncate(start);
                return Err((err.into(), waiter));
            }
        };
        let part = *frame_max as usize - FRAME_OVERHEAD;
        let mut at = 0;
        while at < size {
            let end = size.min(at + part);
            write_body_start(output.buffer(), id.number, end - at);
            output.body(&publish.body, at..end);
            write_body_end(output.buffer());
            at = end;
        }
        if select {
            channel.confirms = Some(Confirms::new());
            let request = Request::without_waiter(&SELECT, now() + self.config.answer_timeout);
            channel.requests.push_back(Request { kind: RequestKind::Select, ..request });
        }
        if let Some(confirms) = &mut channel.confirms {
            let buffer = output.buffer();
            let frames = (frame_payload(&buffer[method]), frame_payload(&buffer[header]));
            confirms.push(publish, publish.mandatory.then_some(frames), waiter);
            *unresolved += 1;
            planted::swap_frames(output.buffer(), start);
        }
        Ok(())
    }
}

/// Writes all that is before the body. Where in the buffer the frames of the method and of the header
/// are.
fn write_head(
    out: &mut Vec<u8>,
    channel: u16,
    select: bool,
    method: &BasicPublish<'_>,
    properties: &Properties<'_>,
    size: u64,
    frame_max: u32,
) -> Result<(Range<usize>, Range<usize>), Unencodable> {
    if select {
        write_method(out, channel, &SELECT, frame_max)?;
    }
    let start = out.len();
    write_method(out, channel, &(*method).into(), frame_max)?;
    let middle = out.len();
    write_header(out, channel, properties, size, frame_max)?;
    Ok((start..middle, middle..out.len()))
}
