//! [`serve`]: the broker's side of one socket.

use std::{
    cell::RefCell,
    future::{Future, poll_fn},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use super::{Broker, Session, Stage, Terms};
use crate::{
    network::{End, Link},
    property::Property,
};

/// How long a client has to log in, and how long to agree to its end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves one connection until it ends.
pub(crate) async fn serve(
    broker: Rc<RefCell<Broker>>,
    id: u32,
    terms: Terms,
    end: End,
    link: Link,
) {
    broker.borrow_mut().sessions.insert(id, Session::new(id, terms, link.clone()));
    let now = Instant::now();
    let timer = Box::pin(sleep_until(now));
    let mut line = Line { id, end, link, inbox: Vec::new(), heard: now, said: now, timer };
    poll_fn(|cx| line.poll(&broker, cx)).await;
    broker.borrow_mut().hang_up(id);
}

struct Line {
    id: u32,
    end: End,
    link: Link,
    inbox: Vec<u8>,
    heard: Instant,
    said: Instant,
    timer: Pin<Box<Sleep>>,
}

impl Line {
    fn poll(&mut self, broker: &Rc<RefCell<Broker>>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let mut broker = broker.borrow_mut();
            let Some(session) = broker.sessions.get_mut(&self.id) else { return Poll::Ready(()) };
            session.waker = Some(cx.waker().clone());
            if !session.out.is_empty() {
                match Pin::new(&mut self.end).poll_write(cx, &session.out) {
                    Poll::Ready(Ok(count)) => {
                        session.out.drain(..count);
                        self.said = Instant::now();
                        broker.pump();
                        continue;
                    }
                    Poll::Ready(Err(_)) => return Poll::Ready(()),
                    Poll::Pending => {}
                }
            } else if session.stage == Stage::Over {
                return Poll::Ready(());
            }
            if session.stopped {
                // A client that is not listened to cannot be silent.
                self.heard = Instant::now();
            } else {
                match self.read(cx) {
                    Poll::Ready(0) => return Poll::Ready(()),
                    Poll::Ready(_) => {
                        self.heard = Instant::now();
                        broker.receive(self.id, &mut self.inbox);
                        continue;
                    }
                    Poll::Pending => {}
                }
            }
            let Some(next) = self.look_at_the_time(&mut broker) else { return Poll::Ready(()) };
            if self.timer.deadline() != next {
                self.timer.as_mut().reset(next);
            }
            if self.timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// How many bytes came; none at the end, however that came.
    fn read(&mut self, cx: &mut Context<'_>) -> Poll<usize> {
        let mut room = [0; 4096];
        let mut room = ReadBuf::new(&mut room);
        match Pin::new(&mut self.end).poll_read(cx, &mut room) {
            Poll::Ready(Ok(())) => {
                self.inbox.extend_from_slice(room.filled());
                Poll::Ready(room.filled().len())
            }
            Poll::Ready(Err(_)) => Poll::Ready(0),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Sends a heartbeat if one is due; returns when to look again, or nothing for a client that was
    /// silent for too long.
    fn look_at_the_time(&mut self, broker: &mut Broker) -> Option<Instant> {
        let now = Instant::now();
        let (stage, interval, stopped) =
            broker.sessions.get(&self.id).map(|it| (it.stage, it.heartbeat, it.stopped))?;
        if stage != Stage::Open {
            let until = self.heard.max(self.said) + PATIENCE;
            return (now < until).then_some(until);
        }
        if interval.is_zero() {
            return Some(now + PATIENCE);
        }
        if !stopped {
            self.expect_heartbeat(broker, now, interval);
        }
        if now >= self.heard + interval * 2 {
            broker.world.note(|| format!("c{} - the client was silent for too long", self.id));
            return None;
        }
        if now >= self.said + interval / 2 {
            broker.heartbeat(self.id);
            self.said = now;
        }
        Some((self.said + interval / 2).min(self.heard + interval * 2))
    }

    /// That the client wrote something lately, whether or not it has arrived.
    fn expect_heartbeat(&self, broker: &Broker, now: Instant, interval: Duration) {
        let silence = now - self.link.last_written();
        if silence > interval + Duration::from_millis(50) && self.link.takes() {
            let text = format!("connection {} wrote nothing for {silence:?}", self.id);
            broker.world.fail(Property::HeartbeatsAreSent, text);
        }
    }
}
