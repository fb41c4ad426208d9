//! [`Session`]: one connection, as the broker sees it, and the methods of class `connection`.

use std::{collections::BTreeMap, task::Waker, time::Duration};

use kinoko_amqp_client::{
    Fields,
    codec::{
        ConnectionBlocked, ConnectionClose, ConnectionCloseOk, ConnectionOpenOk, ConnectionStart,
        ConnectionTune, ConnectionUpdateSecretOk, Frame, FrameType, Long, Method, PROTOCOL_HEADER,
        write_heartbeat,
    },
};

use super::{Broker, Channel, Terms};
use crate::network::Link;

/// One connection.
pub(super) struct Session {
    pub(super) id: u32,
    pub(super) stage: Stage,
    pub(super) terms: Terms,
    pub(super) frame_max: u32,
    pub(super) heartbeat: Duration,
    pub(super) channels: BTreeMap<u16, Channel>,
    /// What is to be written.
    pub(super) out: Vec<u8>,
    pub(super) waker: Option<Waker>,
    /// It published during an alarm: nothing is read from it until that is over.
    pub(super) stopped: bool,
    /// To tell what is written there.
    pub(super) link: Link,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Header,
    Start,
    Tune,
    Opening,
    Open,
    /// The broker asked for its end.
    Closing,
    /// Once everything is written, the socket is closed.
    Over,
}

impl Session {
    pub(super) fn new(id: u32, terms: Terms, link: Link) -> Session {
        Session {
            id,
            stage: Stage::Header,
            terms,
            frame_max: u32::MAX,
            heartbeat: Duration::ZERO,
            channels: BTreeMap::new(),
            out: Vec::new(),
            waker: None,
            stopped: false,
            link,
        }
    }

    pub(super) fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Broker {
    /// Takes what arrived, and leaves of it what is no whole frame yet.
    pub(super) fn receive(&mut self, id: u32, inbox: &mut Vec<u8>) {
        let bytes = std::mem::take(inbox);
        let mut at = 0;
        while let Some(session) = self.sessions.get_mut(&id) {
            if session.stage == Stage::Header {
                if bytes.len() < PROTOCOL_HEADER.len() {
                    break;
                }
                at = PROTOCOL_HEADER.len();
                if bytes[..at] != PROTOCOL_HEADER {
                    return self.violated(id, "it does not begin with the protocol's header");
                }
                self.start(id);
                continue;
            }
            let frame_max = session.frame_max;
            match Frame::first(&bytes[at..], frame_max) {
                Ok(Some(frame)) => {
                    at += frame.size();
                    self.world.frames.set(self.world.frames.get() + 1);
                    self.world.note(|| format!("c{id} > {frame}"));
                    self.frame(id, frame);
                }
                Ok(None) => break,
                Err(err) => return self.violated(id, err),
            }
        }
        inbox.extend_from_slice(&bytes[at..]);
    }

    /// Ends everything that is on a connection, and waits for the client's consent.
    pub(super) fn close_session(&mut self, id: u32) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.stage = Stage::Closing;
        let channels = std::mem::take(&mut session.channels);
        for queue in self.queues.values_mut() {
            queue.consumers.retain(|(session, ..)| *session != id);
        }
        channels.into_values().for_each(|it| self.give_back(it.unacked));
        self.pump();
    }

    pub(super) fn heartbeat(&mut self, id: u32) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let start = session.out.len();
        write_heartbeat(&mut session.out);
        self.sent_from(id, start);
    }

    fn start(&mut self, id: u32) {
        let properties = Fields::new().with("product", "model");
        let start = ConnectionStart {
            version_major: 0,
            version_minor: 9,
            server_properties: properties.as_table(),
            mechanisms: Long(b"PLAIN AMQPLAIN"),
            locales: Long(b"en_US"),
        };
        self.send(id, 0, start);
        self.stage(id, Stage::Start);
    }

    fn stage(&mut self, id: u32, stage: Stage) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.stage = stage;
        }
    }

    fn frame(&mut self, id: u32, frame: Frame<'_>) {
        let Some(stage) = self.sessions.get(&id).map(|it| it.stage) else { return };
        if frame.kind == FrameType::Heartbeat {
            if frame.channel != 0 {
                self.violated(id, "a heartbeat on a channel");
            }
            return;
        }
        if stage == Stage::Over {
            return self.violated(id, "something comes behind connection.close");
        }
        if frame.channel != 0 {
            match stage {
                Stage::Open => self.channel_frame(id, frame),
                Stage::Closing => {}
                _ => self.violated(id, "a channel is used before the connection is open"),
            }
            return;
        }
        match Method::read(frame.payload) {
            Ok(method) if frame.kind == FrameType::Method => {
                self.connection_method(id, stage, &method);
            }
            Ok(_) => self.violated(id, "content on channel 0"),
            Err(err) => self.violated(id, err),
        }
    }

    fn connection_method(&mut self, id: u32, stage: Stage, method: &Method<'_>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let terms = session.terms;
        match (stage, method) {
            (Stage::Start, Method::ConnectionStartOk(_)) if !terms.admits => {
                let close = ConnectionClose {
                    reply_code: 403,
                    reply_text: "ACCESS_REFUSED".into(),
                    ..ConnectionClose::default()
                };
                self.send(id, 0, close);
                self.stage(id, Stage::Closing);
            }
            (Stage::Start, Method::ConnectionStartOk(_)) => {
                let Terms { channel_max, frame_max, heartbeat, .. } = terms;
                self.send(id, 0, ConnectionTune { channel_max, frame_max, heartbeat });
                self.stage(id, Stage::Tune);
            }
            (Stage::Tune, Method::ConnectionTuneOk(it)) => {
                let too_much = |ours: u64, theirs: u64| ours != 0 && (theirs == 0 || theirs > ours);
                if too_much(terms.frame_max.into(), it.frame_max.into())
                    || too_much(terms.channel_max.into(), it.channel_max.into())
                {
                    self.violated(id, "it wants more than it was offered");
                }
                if let Some(session) = self.sessions.get_mut(&id) {
                    session.frame_max = if it.frame_max == 0 { u32::MAX } else { it.frame_max };
                    session.terms.channel_max = it.channel_max;
                    session.heartbeat = Duration::from_secs(it.heartbeat.into());
                }
                self.stage(id, Stage::Opening);
            }
            (Stage::Opening, Method::ConnectionOpen(_)) => {
                self.send(id, 0, ConnectionOpenOk::default());
                self.stage(id, Stage::Open);
                if self.alarm {
                    self.send(id, 0, ConnectionBlocked { reason: "low on memory".into() });
                }
            }
            (Stage::Closing, Method::ConnectionCloseOk(_)) => self.stage(id, Stage::Over),
            (_, Method::ConnectionClose(close)) => {
                if close.reply_code != 200 {
                    let text = format!("it complains: {} {}", close.reply_code, close.reply_text);
                    self.violated(id, text);
                }
                if stage == Stage::Open {
                    self.books.closed_in_order.insert(id);
                }
                self.close_session(id);
                self.send(id, 0, ConnectionCloseOk::default());
                self.stage(id, Stage::Over);
            }
            (Stage::Closing, _) => {}
            (Stage::Open, Method::ConnectionUpdateSecret(_)) => {
                self.send(id, 0, ConnectionUpdateSecretOk::default());
            }
            (_, method) => self.violated(id, format!("{} in stage {stage:?}", method.name())),
        }
    }
}
