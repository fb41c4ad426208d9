//! [`Handshake`]: from the first byte to `connection.open-ok`.
//!
//! ```text
//!   AMQP0091 ─▶ start ─▶ start-ok ─▶ tune ─▶ tune-ok, open ─▶ open-ok
//! ```
//!
//! What the two sides agree on is the lesser of what each wants, where zero is "no limit"
//! (AMQP 0-9-1, `connection.tune`).

use std::time::{Duration, Instant};

use super::{Config, Connection, Event, config, connection::State, heartbeat::Heartbeat};
use crate::{
    Error, ErrorKind,
    codec::{
        ConnectionOpen, ConnectionStart, ConnectionStartOk, ConnectionTune, ConnectionTuneOk,
        FIRST_FRAMES, Fields, MIN_FRAME, Method, Secret, Text, Unencodable, write_method,
    },
    reply_code::{COMMAND_INVALID, SYNTAX_ERROR, Scope},
};

/// How far the login is.
#[derive(Debug)]
pub(super) struct Handshake {
    step: Step,
    properties: Fields,
    /// How many bytes `start-ok` has.
    size: usize,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Start,
    Tune,
    OpenOk,
}

impl Handshake {
    pub(super) fn new(config: &Config) -> Result<Handshake, Error> {
        if (1..MIN_FRAME).contains(&config.frame_max) {
            return Err(Error::invalid(format!(
                "frames of {} bytes are too small: AMQP asks for {MIN_FRAME} at least, or 0 for no limit",
                config.frame_max
            )));
        }
        let handshake = Handshake {
            step: Step::Start,
            properties: config::client_properties(config)?,
            size: 0,
        };
        let virtual_host: Text<'_> = (&config.virtual_host).into();
        // Nothing can go wrong later that could be found before the first byte is sent.
        let open = ConnectionOpen { virtual_host, ..ConnectionOpen::default() };
        write_method(&mut Vec::new(), 0, &open.into(), MIN_FRAME)?;
        let mut start_ok = Vec::new();
        let response = config.login.response();
        handshake.start_ok(config, &response, &mut start_ok)?;
        Ok(Handshake { size: start_ok.len(), ..handshake })
    }

    fn start_ok(
        &self,
        config: &Config,
        response: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Unencodable> {
        let start_ok = ConnectionStartOk {
            client_properties: self.properties.as_table(),
            mechanism: config.login.mechanism().into(),
            response: Secret(response),
            locale: "en_US".into(),
        };
        write_method(out, 0, &start_ok.into(), FIRST_FRAMES)
    }

    /// What it most likely means that the link is lost now.
    pub(super) fn lost(&self, why: &str) -> Error {
        let text = match self.step {
            Step::Start => format!("{why}, before the broker said anything"),
            // RabbitMQ tells the reason; a broker that does not hangs up.
            Step::Tune if self.size > MIN_FRAME as usize => format!(
                "{why}, for a wrong name or password, or because the login has {} bytes, and a RabbitMQ \
                 before 4.0 takes {MIN_FRAME}",
                self.size
            ),
            Step::Tune => format!("{why}, most likely for a wrong name or password"),
            Step::OpenOk => format!("{why}, when the virtual host was to be opened"),
        };
        Error::lost(text)
    }
}

impl<P, C> Connection<P, C> {
    /// A method that arrives during the login.
    pub(super) fn shake_hands(&mut self, method: &Method<'_>, now: Instant) -> Result<(), Error> {
        let State::Handshake(handshake, _) = &mut self.state else { return Ok(()) };
        match (handshake.step, method) {
            (Step::Start, Method::ConnectionStart(start)) => {
                handshake.step = Step::Tune;
                self.start(start)
            }
            (Step::Tune, Method::ConnectionTune(tune)) => {
                handshake.step = Step::OpenOk;
                self.tune(*tune, now)
            }
            (Step::OpenOk, Method::ConnectionOpenOk(_)) => {
                self.state = State::Open;
                self.events.push_back(Event::Opened);
                Ok(())
            }
            (Step::Tune, Method::ConnectionSecure(_)) => Err(Error::new(
                ErrorKind::NotImplemented,
                Scope::Connection,
                "the broker asks for more than one step of login, which nothing here knows",
            )),
            (_, method) => Err(Error::breach(
                COMMAND_INVALID,
                format!("the broker sent {} in the middle of the login", method.name()),
            )),
        }
    }

    fn start(&mut self, start: &ConnectionStart<'_>) -> Result<(), Error> {
        if (start.version_major, start.version_minor) != (0, 9) {
            return Err(Error::breach(
                SYNTAX_ERROR,
                format!(
                    "the broker speaks AMQP {}-{} and not 0-9",
                    start.version_major, start.version_minor
                ),
            ));
        }
        let wanted = self.config.login.mechanism();
        let offered = start.mechanisms.0;
        if !offered.split(|it| *it == b' ').any(|it| it == wanted.as_bytes()) {
            // It did nothing wrong, and is told nothing: before `start-ok` there is only hanging up.
            self.end(Error::new(
                ErrorKind::Refused,
                Scope::Connection,
                format!(
                    "the broker does not offer login by {wanted}, only by {}",
                    String::from_utf8_lossy(offered)
                ),
            ));
            return Ok(());
        }
        let State::Handshake(handshake, _) = &self.state else { return Ok(()) };
        let response = self.config.login.response();
        handshake.start_ok(&self.config, &response, self.output.buffer())?;
        Ok(())
    }

    fn tune(&mut self, tune: ConnectionTune, now: Instant) -> Result<(), Error> {
        self.channel_max =
            lesser(tune.channel_max.into(), self.config.channel_max.into(), u16::MAX.into())
                .try_into()
                .unwrap_or(u16::MAX);
        let frame_max = lesser(tune.frame_max, self.config.frame_max, u32::MAX);
        if frame_max < MIN_FRAME {
            return Err(Error::breach(
                SYNTAX_ERROR,
                format!(
                    "frames of {frame_max} bytes are too small: the protocol asks for {MIN_FRAME} at least"
                ),
            ));
        }
        self.frame_max = frame_max;
        let wanted = u16::try_from(self.config.heartbeat.as_secs()).unwrap_or(u16::MAX);
        // Who asks for none leaves it to the other side, as other clients do.
        let heartbeat = match (wanted, tune.heartbeat) {
            (0, only) | (only, 0) => only,
            (ours, theirs) => ours.min(theirs),
        };
        self.heartbeat = Heartbeat::new(Duration::from_secs(heartbeat.into()), now);
        let channel_max = self.channel_max;
        self.write(0, &ConnectionTuneOk { channel_max, frame_max, heartbeat }.into())?;
        let virtual_host = self.config.virtual_host.clone();
        let open =
            ConnectionOpen { virtual_host: (&virtual_host).into(), ..ConnectionOpen::default() };
        self.write(0, &open.into())
    }
}

/// The lesser of two limits, where zero is none.
fn lesser(ours: u32, theirs: u32, most: u32) -> u32 {
    let limit = |it: u32| if it == 0 { most } else { it };
    limit(ours).min(limit(theirs))
}
