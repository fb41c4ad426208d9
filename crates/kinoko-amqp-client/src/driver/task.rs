//! [`Driver`]: the one task of a connection. It reads, writes, watches the time, and hands out what
//! happened.

use std::{
    collections::{BTreeMap, VecDeque},
    future::Future,
    io::IoSlice,
    pin::{Pin, pin},
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    sync::oneshot,
    time::{Sleep, sleep_until},
};

use super::{
    gather::Gather,
    publish::is_worth_waiting,
    queue::Queue,
    shared::{Call, Shared, Waiter, now},
};
use crate::{
    Error,
    protocol::{ChannelId, ConsumerId, Delivered, Event, Output},
};

/// How much is read at once, at first and at most. It grows when there is more to read.
const CHUNK: usize = 8 * 1024;
const LARGEST_CHUNK: usize = 64 * 1024;
/// Less room than this is not worth a read.
const LEAST_ROOM: usize = 1024;
/// How often it reads before it lets others run.
const READS: usize = 8;
/// How many pieces are written at once.
const PIECES: usize = 32;
/// How long a farewell may take to be written.
const LINGER: Duration = Duration::from_secs(1);
/// When to look at the time if nothing asks for it.
const FAR: Duration = Duration::from_secs(3600);

/// Drives a connection over `S` until it is over.
pub(super) struct Driver<S> {
    pub(super) shared: Arc<Shared>,
    stream: S,
    pub(super) opened: Option<oneshot::Sender<Result<(), Error>>>,
    inbox: BytesMut,
    chunk: usize,
    writing: Output,
    gather: Gather,
    /// Whether something was written that may still be in the stream's own buffer.
    unflushed: bool,
    /// Whether the socket takes and gives nothing any more.
    broken: bool,
    paused: bool,
    timer: Pin<Box<Sleep>>,
    armed: Instant,
    pub(super) events: VecDeque<Event<Waiter, Call>>,
    pub(super) consumers: BTreeMap<ConsumerId, (ChannelId, Arc<Queue<Delivered>>)>,
    /// When to leave even if not everything is written.
    leave: Option<Instant>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Driver<S> {
    pub(super) fn new(
        shared: Arc<Shared>,
        stream: S,
        opened: oneshot::Sender<Result<(), Error>>,
    ) -> Driver<S> {
        let armed = now();
        Driver {
            shared,
            stream,
            opened: Some(opened),
            inbox: BytesMut::new(),
            chunk: CHUNK,
            writing: Output::default(),
            gather: Gather::default(),
            unflushed: false,
            broken: false,
            paused: false,
            timer: Box::pin(sleep_until(armed.into())),
            armed,
            events: VecDeque::new(),
            consumers: BTreeMap::new(),
            leave: None,
        }
    }

    /// One turn: what is to be written is taken, what happened is handed out. Whether it is over.
    fn turn(&mut self, cx: &mut Context<'_>, fired: bool) -> bool {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.lock();
        if fired {
            state.machine.tick(now());
        }
        let over = state.machine.closed().is_some();
        if self.broken {
            self.writing.clear();
        } else if self.writing.is_empty() && state.machine.has_output() {
            let now = now();
            if !over && self.gather.waits(state.machine.buffered(), now) {
                cx.waker().wake_by_ref();
            } else {
                state.machine.take_output(&mut self.writing, now);
            }
        }
        self.consumers
            .extend(state.begun.drain(..).map(|(id, channel, queue)| (id, (channel, queue))));
        state.machine.take_events(&mut self.events);
        if std::mem::take(&mut state.deadline_moved) || fired {
            let next = self.leave.or_else(|| state.machine.deadline());
            let next = next.unwrap_or_else(|| now() + FAR);
            if fired || next < self.armed {
                self.armed = next;
                self.timer.as_mut().reset(next.into());
            }
        }
        let machine = &state.machine;
        let turn = state.waiting.is_some_and(|channel| match machine.can_publish(channel) {
            Ok(()) => true,
            Err(err) => !is_worth_waiting(&err) || machine.is_stopped(channel),
        });
        if turn {
            state.waiting = None;
        }
        match &mut state.driver {
            Some(driver) => driver.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        let closes = std::mem::take(&mut state.closes);
        drop(state);
        if turn {
            shared.room.notify_one();
        }
        self.hand_out();
        self.release(&closes);
        self.pause();
        over
    }

    /// Stops reading when too much waits for consumers, and goes on when it does not. What was read is
    /// handed out before this, so that no more than one read comes on top of the limit.
    fn pause(&mut self) {
        let shared = &self.shared;
        let paused = shared.undelivered.load(Ordering::Acquire) > shared.limits.undelivered;
        if paused != self.paused {
            self.paused = paused;
            let mut state = shared.lock();
            state.machine.set_reading(!paused, now());
            state.deadline_moved = true;
        }
    }

    /// Writes as much as goes. Whether anything was.
    fn write(&mut self, cx: &mut Context<'_>) -> bool {
        let mut progress = false;
        while !self.writing.is_empty() && !self.broken {
            let mut pieces = [IoSlice::new(&[]); PIECES];
            let count = self.writing.pieces(&mut pieces);
            let stream = Pin::new(&mut self.stream);
            let written = match &pieces[..count] {
                [one] => stream.poll_write(cx, one),
                several => stream.poll_write_vectored(cx, several),
            };
            match written {
                Poll::Ready(Ok(0)) => self.lost("the connection takes no more bytes"),
                Poll::Ready(Ok(count)) => {
                    self.writing.advance(count);
                    (progress, self.unflushed) = (true, true);
                }
                Poll::Ready(Err(err)) => self.lost(&err.to_string()),
                Poll::Pending => break,
            }
        }
        if self.unflushed && !self.broken {
            match Pin::new(&mut self.stream).poll_flush(cx) {
                Poll::Ready(Ok(())) => self.unflushed = false,
                Poll::Ready(Err(err)) => self.lost(&err.to_string()),
                Poll::Pending => {}
            }
        }
        progress
    }

    /// Reads once, if there is something. Whether there was.
    fn read(&mut self, cx: &mut Context<'_>) -> bool {
        let room = self.inbox.capacity() - self.inbox.len();
        let wanted = self.wanted();
        if room < wanted.max(LEAST_ROOM) {
            self.inbox.reserve(wanted.max(self.chunk));
        }
        let room = self.inbox.capacity() - self.inbox.len();
        let reading = pin!(self.stream.read_buf(&mut self.inbox));
        match reading.poll(cx) {
            Poll::Pending => false,
            Poll::Ready(Ok(0)) => {
                self.lost("the broker closed the connection");
                true
            }
            Poll::Ready(Ok(count)) => {
                if count == room {
                    self.chunk = (self.chunk * 2).min(LARGEST_CHUNK);
                }
                let mut state = self.shared.lock();
                state.machine.receive(&mut self.inbox, now());
                // Heartbeats begin in the middle of the login, and acknowledgements with deliveries.
                let acks_due = state.machine.acks_due();
                state.deadline_moved |=
                    self.opened.is_some() || acks_due.is_some_and(|it| it < self.armed);
                drop(state);
                true
            }
            Poll::Ready(Err(err)) => {
                self.lost(&err.to_string());
                true
            }
        }
    }

    /// How many bytes the frame that has begun to arrive needs.
    fn wanted(&self) -> usize {
        if self.inbox.is_empty() { 0 } else { self.shared.lock().machine.room_wanted(&self.inbox) }
    }

    fn lost(&mut self, why: &str) {
        self.broken = true;
        self.shared.lock().machine.lost(why);
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Driver<S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let me = self.get_mut();
        let (mut reads, mut fired) = (READS, me.timer.is_elapsed());
        // What waits in the socket was there in time, should nobody have let us run for long.
        if fired && !me.paused && !me.broken {
            me.read(cx);
        }
        loop {
            let over = me.turn(cx, fired);
            let mut progress = me.write(cx);
            if over {
                let leave = *me.leave.get_or_insert_with(|| now() + LINGER);
                if me.broken || me.writing.is_empty() && !me.unflushed || now() >= leave {
                    // The socket is closed by being dropped; TLS would like to say so.
                    let _ = Pin::new(&mut me.stream).poll_shutdown(cx);
                    me.turn(cx, false);
                    return Poll::Ready(());
                }
                if leave < me.armed {
                    me.armed = leave;
                    me.timer.as_mut().reset(leave.into());
                }
            } else if !me.paused && !me.broken {
                if reads == 0 {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                if me.read(cx) {
                    (reads, progress) = (reads - 1, true);
                }
            } else if me.broken {
                progress = true;
            }
            // Only who is about to sleep has to be woken by it; it is looked at on waking, too.
            fired = !progress && me.timer.as_mut().poll(cx).is_ready();
            if !progress && !fired {
                return Poll::Pending;
            }
        }
    }
}

impl<S> Drop for Driver<S> {
    /// The runtime goes: nobody shall wait for ever.
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.machine.abort();
        self.consumers
            .extend(state.begun.drain(..).map(|(id, channel, queue)| (id, (channel, queue))));
        state.machine.take_events(&mut self.events);
        state.ended = true;
        drop(state);
        // Who waits for room does so in another runtime, which stays.
        self.shared.room.notify_one();
        self.hand_out();
    }
}
