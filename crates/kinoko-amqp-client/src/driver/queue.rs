//! [`Queue`]: what the connection's task hands to one reader.
//!
//! It is a list behind a lock that is never held for longer than a push or a pop. The reader is woken
//! once for however many come before it runs.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use crate::Error;

/// A queue with one reader.
pub(super) struct Queue<T> {
    inner: Mutex<Inner<T>>,
}

struct Inner<T> {
    items: VecDeque<T>,
    reader: Option<Waker>,
    /// Nothing follows; with the reason, which the reader is told once.
    ended: Option<Option<Error>>,
    /// Nobody reads any more.
    abandoned: bool,
    /// What is in it is nobody's burden any more: it counts for no limit.
    released: bool,
}

/// A list that a burst made longer than this is not kept.
const KEPT: usize = 1024;

impl<T> Queue<T> {
    pub(super) fn new() -> Arc<Queue<T>> {
        let inner = Inner {
            items: VecDeque::new(),
            reader: None,
            ended: None,
            abandoned: false,
            released: false,
        };
        Arc::new(Queue { inner: Mutex::new(inner) })
    }

    /// Adds an item. Whether it [counts](Queue::release).
    ///
    /// # Errors
    /// The item, when nobody reads any more.
    pub(super) fn push(&self, item: T) -> Result<bool, T> {
        let mut inner = self.lock();
        if inner.abandoned || inner.ended.is_some() {
            return Err(item);
        }
        inner.items.push_back(item);
        let (reader, counts) = (inner.reader.take(), !inner.released);
        drop(inner);
        if let Some(reader) = reader {
            reader.wake();
        }
        Ok(counts)
    }

    /// Adds an item in the place of the oldest, when there are `most` already.
    pub(super) fn push_within(&self, item: T, most: usize) {
        if self.lock().items.len() >= most {
            self.lock().items.pop_front();
        }
        // Nobody reads: then nobody misses it.
        let _ = self.push(item);
    }

    /// Says that nothing follows.
    pub(super) fn end(&self, error: Option<Error>) {
        let mut inner = self.lock();
        inner.ended.get_or_insert(error);
        let reader = inner.reader.take();
        drop(inner);
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// Has nothing that is in the queue, or is added to it, count any more. The size of what did.
    pub(super) fn release(&self, size: impl Fn(&T) -> usize) -> usize {
        let mut inner = self.lock();
        if std::mem::replace(&mut inner.released, true) {
            return 0;
        }
        inner.items.iter().map(size).sum()
    }

    /// The next item, or once the reason why there is none, or the end.
    pub(super) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        self.poll_counted(cx).map(|it| it.map(|it| it.map(|(item, _)| item)))
    }

    /// The same, with whether the item counted until now.
    pub(super) fn poll_counted(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<(T, bool), Error>>> {
        let mut inner = self.lock();
        if let Some(item) = inner.items.pop_front() {
            if inner.items.is_empty() && inner.items.capacity() > KEPT {
                inner.items = VecDeque::new();
            }
            return Poll::Ready(Some(Ok((item, !inner.released))));
        }
        match &mut inner.ended {
            Some(error) => Poll::Ready(error.take().map(Err)),
            None => {
                match &mut inner.reader {
                    Some(reader) => reader.clone_from(cx.waker()),
                    none => *none = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
        }
    }

    /// Takes what is left; nothing is taken in any more.
    pub(super) fn abandon(&self) -> VecDeque<T> {
        let mut inner = self.lock();
        inner.abandoned = true;
        std::mem::take(&mut inner.items)
    }

    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        self.lock().items.len()
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        // Nothing in here can panic with the list in disorder.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
