//! What goes through a worker: a [`Call`] in, an [`Outcome`] out.

use std::{
    any::Any,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use futures_util::future::{AbortHandle, AbortRegistration};

use crate::{CallContext, Encoded, Fault};

/// A method to be run: its context, and what it was given.
#[derive(Debug)]
pub struct Call {
    /// Everything about it but the arguments.
    pub context: CallContext,
    /// The arguments, encoded as the entrypoint's kind has them.
    pub body: Bytes,
    /// What the entrypoint hands to its own way of making arguments, such as an HTTP request.
    pub slot: Slot,
    pub(crate) cancelled: Option<AbortRegistration>,
}

impl Call {
    /// A call with a body and an empty slot.
    pub fn new(context: CallContext, body: impl Into<Bytes>) -> Call {
        Call { context, body: body.into(), slot: Slot::default(), cancelled: None }
    }

    /// Makes it a call that can be cancelled, and returns what cancels it.
    pub fn cancellable(&mut self) -> Canceller {
        let (handle, registration) = AbortHandle::new_pair();
        self.cancelled = Some(registration);
        Canceller(handle)
    }
}

/// Cancels one call: its method is dropped at its next await, and its values are taken back as
/// those of a call that failed.
#[derive(Debug, Clone)]
pub struct Canceller(AbortHandle);

impl Canceller {
    /// Cancels the call. Does nothing once its method has returned.
    pub fn cancel(&self) {
        self.0.abort();
    }

    /// Whether [`cancel`](Canceller::cancel) was called.
    pub fn has_cancelled(&self) -> bool {
        self.0.is_aborted()
    }
}

/// What became of a call.
pub type Outcome = Result<Reply, Fault>;

/// What a method returned.
#[derive(Debug, Default)]
pub struct Reply {
    /// The value, encoded.
    pub body: Encoded,
    /// What the entrypoint's own way of taking results hands back, such as an HTTP response.
    pub slot: Slot,
}

/// Room for one value of any type, which need be neither `Clone` nor `Sync`.
///
/// The mutex is never locked. It makes the slot `Sync`, which a borrowed outcome has to be, and the
/// value is only ever taken by whoever owns the slot.
#[derive(Debug, Default)]
pub struct Slot(Mutex<Option<Box<dyn Any + Send>>>);

impl Slot {
    /// A slot with that in it.
    pub fn new<T: Send + 'static>(value: T) -> Slot {
        Slot(Mutex::new(Some(Box::new(value))))
    }

    /// Takes the value out, if it is a `T`; else leaves it.
    pub fn take<T: Send + 'static>(&mut self) -> Option<T> {
        let slot = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        match slot.take()?.downcast() {
            Ok(value) => Some(*value),
            Err(other) => {
                *slot = Some(other);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Slot;

    #[test]
    fn a_slot_gives_its_value_once_and_only_as_what_it_is() {
        let mut slot = Slot::new(std::cell::Cell::new(7));
        assert!(slot.take::<String>().is_none());
        assert_eq!(slot.take::<std::cell::Cell<i32>>().unwrap().get(), 7);
        assert!(slot.take::<std::cell::Cell<i32>>().is_none());
    }
}
