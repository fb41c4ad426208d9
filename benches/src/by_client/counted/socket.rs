//! [`Socket`]: a broker's end of a connection in a few instructions, so that nearly all of what is
//! counted is the client's.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use kinoko_amqp_client::codec::{Frame, FrameType, Method, PROTOCOL_HEADER};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::script::{self, Template};
use crate::Failure;

/// What the broker does once it is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Play {
    /// Confirms whenever so many messages came.
    Confirms { every: u64 },
    /// Delivers so many messages whenever all before are acknowledged.
    Deliveries { at_once: u64 },
}

/// What is written to it is looked at at once, and what it has to say can be read at once.
pub(super) struct Socket {
    play: Play,
    template: Template,
    /// How many messages came, or the last that was acknowledged.
    heard: u64,
    /// Messages that were confirmed, or delivered.
    said: u64,
    to_read: Vec<u8>,
    at: usize,
    reader: Option<Waker>,
    /// Whether what it plays has begun, and every frame is one of the play.
    begun: bool,
}

impl Socket {
    pub(super) fn new(play: Play) -> Result<Socket, Failure> {
        let template = match play {
            Play::Confirms { .. } => Template::confirm()?,
            Play::Deliveries { at_once } => Template::deliveries("c", usize::try_from(at_once)?)?,
        };
        Ok(Socket {
            play,
            template,
            heard: 0,
            said: 0,
            to_read: Vec::new(),
            at: 0,
            reader: None,
            begun: false,
        })
    }

    fn hear(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if bytes == PROTOCOL_HEADER {
            self.to_read.extend(script::login()?);
            return Ok(());
        }
        let mut at = 0;
        while let Some(frame) = Frame::first(&bytes[at..], script::FRAME_MAX)? {
            at += frame.size();
            if self.begun {
                match self.play {
                    Play::Confirms { .. } => self.heard += u64::from(frame.kind == FrameType::Body),
                    // One acknowledgement may be of several.
                    Play::Deliveries { .. } => {
                        if let Method::BasicAck(ack) = Method::read(frame.payload)? {
                            self.heard = self.heard.max(ack.delivery_tag);
                        }
                    }
                }
            } else if frame.kind == FrameType::Method {
                self.answer(&Method::read(frame.payload)?)?;
            }
        }
        if self.begun {
            self.play();
        }
        Ok(())
    }

    fn answer(&mut self, asked: &Method<'_>) -> Result<(), Failure> {
        let answer = match asked {
            Method::ChannelOpen(_) => script::channel_opened()?,
            Method::ConfirmSelect(_) => {
                self.begun = true;
                script::confirms_selected()?
            }
            Method::BasicConsume(_) => {
                self.begun = true;
                script::consumes("c")?
            }
            _ => Vec::new(),
        };
        self.to_read.extend(answer);
        Ok(())
    }

    fn play(&mut self) {
        let last = match self.play {
            Play::Confirms { every } if self.heard >= self.said + every => self.heard,
            Play::Deliveries { at_once } if self.heard == self.said => self.said + at_once,
            _ => return,
        };
        self.to_read.extend_from_slice(self.template.up_to(last));
        self.said = last;
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let me = &mut *self;
        let left = &me.to_read[me.at..];
        if left.is_empty() {
            me.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let part = &left[..left.len().min(into.remaining())];
        into.put_slice(part);
        me.at += part.len();
        if me.at == me.to_read.len() {
            me.to_read.clear();
            me.at = 0;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let me = &mut *self;
        me.hear(bytes).map_err(io::Error::other)?;
        if !me.to_read.is_empty()
            && let Some(reader) = me.reader.take()
        {
            reader.wake();
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
