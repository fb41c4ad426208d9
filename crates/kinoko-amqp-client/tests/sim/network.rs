//! [`connect`]: a connection between client and broker over a network that splits, delays, stalls and
//! cuts.

use std::{
    cell::Cell,
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

use crate::{
    holding::{Holding, Mark},
    pipe::{Found, Pipe, Weather},
    random::Random,
    tap::Tap,
};

/// How often the network may be asked for something in one run; some thousand times is usual.
const MOST_STEPS: u64 = 1_000_000;

thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Begins to count anew.
pub(crate) fn reset_steps() {
    STEPS.set(0);
}

/// Time that stands still while somebody is busy is otherwise noticed by nobody.
fn count_step() {
    STEPS.set(STEPS.get() + 1);
    assert!(STEPS.get() < MOST_STEPS, "the run does not come to an end");
}

/// How a connection comes to be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Both ends get an error at once; what travelled is lost.
    Reset,
    /// What travelled arrives, then both ends read the end.
    End,
    /// Nothing arrives any more, and nobody is told.
    Silence,
}

/// What is wrong with a connection.
#[derive(Debug, Clone)]
pub(crate) struct Faults {
    /// From the client to the broker, and back.
    pub(crate) weather: [Weather; 2],
    /// After how many bytes of which direction it is cut, wherever in a frame that is.
    pub(crate) cut: Option<(Cut, usize, u64)>,
}

impl Faults {
    pub(crate) fn none() -> Faults {
        Faults { weather: [Weather::clear(), Weather::clear()], cut: None }
    }
}

/// Makes a connection: the client's end, the broker's, and a view of it. The client holds so many bytes
/// for its consumers at most.
pub(crate) fn connect(faults: Faults, holds: usize, random: &mut Random) -> (End, End, Link) {
    let [up, down] = faults.weather;
    let inner = Inner {
        pipes: [Pipe::new(up, random.fork()), Pipe::new(down, random.fork())],
        planned: faults.cut,
        cut: None,
        gone: [false; 2],
        tap: Tap::new(),
        holding: Holding::new(holds),
    };
    let link = Link(Arc::new(Mutex::new(inner)));
    let end = |side| End { link: link.clone(), side, timer: None };
    (end(0), end(1), link.clone())
}

/// The connection as those see it who are at neither end.
#[derive(Clone)]
pub(crate) struct Link(Arc<Mutex<Inner>>);

struct Inner {
    pipes: [Pipe; 2],
    planned: Option<(Cut, usize, u64)>,
    cut: Option<Cut>,
    gone: [bool; 2],
    tap: Tap,
    holding: Holding,
}

/// One end: the stream that the client, or the broker, reads and writes.
pub(crate) struct End {
    link: Link,
    side: usize,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Link {
    /// Cuts it now.
    pub(crate) fn cut(&self, how: Cut) {
        self.lock().cut(how);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.lock().cut.is_some()
    }

    /// How many bytes of messages the network took from the client.
    pub(crate) fn published(&self) -> u64 {
        self.lock().tap.published
    }

    /// The broker is about to write something, behind so many bytes that it has yet to write.
    pub(crate) fn wrote(&self, behind: usize, mark: Mark) {
        let inner = &mut *self.lock();
        inner.holding.wrote(inner.pipes[1].taken + behind as u64, mark);
    }

    /// What the client holds.
    pub(crate) fn holding<T>(&self, act: impl FnOnce(&mut Holding) -> T) -> T {
        act(&mut self.lock().holding)
    }

    /// Looks whether the client, which is there, reads what it can.
    pub(crate) fn look(&self) {
        let inner = &mut *self.lock();
        let whole = inner.cut.is_none() && !inner.gone[0];
        inner.holding.look(whole && inner.pipes[1].has_arrived());
    }

    /// Whether it takes what the client writes, and the client is there to write.
    pub(crate) fn takes(&self) -> bool {
        let inner = self.lock();
        inner.cut.is_none() && !inner.gone[0] && !inner.pipes[0].is_full()
    }

    /// When the client last wrote something.
    pub(crate) fn last_written(&self) -> Instant {
        self.lock().pipes[0].last_taken
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn cut(&mut self, how: Cut) {
        // What was silent may still come to its end.
        if self.cut.is_none_or(|it| it == Cut::Silence) {
            self.cut = Some(how);
        }
        for pipe in &mut self.pipes {
            pipe.ended |= how == Cut::End;
            pipe.wake_both();
        }
    }

    fn write(&mut self, side: usize, bytes: &[u8]) -> io::Result<usize> {
        match self.cut {
            Some(Cut::Reset) => return Err(io::ErrorKind::ConnectionReset.into()),
            Some(Cut::End) => return Err(io::ErrorKind::BrokenPipe.into()),
            Some(Cut::Silence) | None => {}
        }
        if self.gone[1 - side] && self.cut.is_none() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let pipe = &mut self.pipes[side];
        let mut most = bytes.len();
        if let Some((how, direction, at)) = self.planned
            && direction == side
        {
            let left = at.saturating_sub(pipe.taken) as usize;
            if left == 0 {
                self.planned = None;
                self.cut(how);
                return self.write(side, bytes);
            }
            most = most.min(left);
        }
        let count = pipe.take(&bytes[..most]);
        if side == 0 {
            self.tap.feed(&bytes[..count]);
        }
        Ok(count)
    }
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        count_step();
        loop {
            let mut link = self.link.lock();
            match link.cut {
                Some(Cut::Reset) => {
                    return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
                }
                Some(Cut::Silence) => return Poll::Pending,
                Some(Cut::End) | None => {}
            }
            let pipe = &mut link.pipes[1 - self.side];
            let later = match pipe.give(into.remaining()) {
                Found::Bytes(bytes) => {
                    into.put_slice(&bytes);
                    if self.side == 0 {
                        let upto = pipe.given;
                        link.holding.reads(upto);
                    }
                    return Poll::Ready(Ok(()));
                }
                Found::End => return Poll::Ready(Ok(())),
                Found::Nothing => {
                    pipe.reader = Some(cx.waker().clone());
                    return Poll::Pending;
                }
                Found::Later(at) => {
                    // Should it be cut meanwhile.
                    pipe.reader = Some(cx.waker().clone());
                    at
                }
            };
            drop(link);
            let mut timer = Box::pin(sleep_until(later));
            let waits = timer.as_mut().poll(cx).is_pending();
            self.timer = Some(timer);
            if waits {
                return Poll::Pending;
            }
        }
    }
}

impl AsyncWrite for End {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut link = self.link.lock();
        match link.write(self.side, bytes) {
            Ok(0) if !bytes.is_empty() => {
                link.pipes[self.side].writer = Some(cx.waker().clone());
                Poll::Pending
            }
            done => Poll::Ready(done),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Drop for End {
    fn drop(&mut self) {
        let mut link = self.link.lock();
        let side = self.side;
        link.gone[side] = true;
        link.pipes[side].ended = true;
        link.pipes.iter_mut().for_each(Pipe::wake_both);
    }
}
