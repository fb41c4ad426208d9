//! [`Dispatcher`]: emits a service's events, and says by its type which.

use std::{
    fmt,
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use kinoko_manifest::DependencyInfo;
use serde_json::Value;

use super::{Emits, Event, EventSet};
use crate::{
    Address, CallContext, Dependency, Error, ErrorKind, Fault, FaultKind, Guarantee, Message,
    SetupContext, Transport, codec,
};

/// Emits the events of the set `S`, and no others.
///
/// An event is with the broker when [`emit`](Dispatcher::emit) returns, whatever becomes of the call
/// afterwards.
pub struct Dispatcher<S> {
    sink: Sink,
    set: PhantomData<fn(S)>,
}

enum Sink {
    Wire { transport: Arc<dyn Transport>, context: CallContext },
    Recorder(Arc<Recorded>),
}

/// What a [recording](Dispatcher::recorder) dispatcher was given to emit.
#[derive(Debug, Default)]
pub struct Recorded(Mutex<Vec<(&'static str, Value)>>);

impl Recorded {
    /// The events so far: type and payload.
    pub fn events(&self) -> Vec<(&'static str, Value)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<S: EventSet> Dispatcher<S> {
    /// Emits one event and waits until the broker has it.
    ///
    /// # Errors
    /// [`FaultKind::Unavailable`] when the broker does not take it,
    /// [`FaultKind::UnserializableValue`] when it cannot be encoded.
    pub async fn emit<E: Event>(&self, event: E) -> Result<(), Fault>
    where
        S: Emits<E>,
    {
        match &self.sink {
            Sink::Wire { transport, context } => {
                let mut body = Vec::with_capacity(128);
                codec::write(&mut body, &event).map_err(|err| unserializable::<E>(&err))?;
                let to = Address::Event { source: E::SOURCE.into(), event_type: E::TYPE.into() };
                let message = Message {
                    headers: context.onward(),
                    guarantee: Guarantee::Durable,
                    ..Message::json(to, Bytes::from(body))
                };
                let published = transport.publish(message).await;
                published.map_err(|err| Fault::new(FaultKind::Unavailable, err.to_string()))
            }
            Sink::Recorder(recorded) => {
                let value =
                    serde_json::to_value(&event).map_err(|err| unserializable::<E>(&err))?;
                recorded.0.lock().unwrap_or_else(PoisonError::into_inner).push((E::TYPE, value));
                Ok(())
            }
        }
    }

    /// A dispatcher for unit tests, and what it was given to emit.
    pub fn recorder() -> (Dispatcher<S>, Arc<Recorded>) {
        let recorded = Arc::new(Recorded::default());
        (Dispatcher { sink: Sink::Recorder(recorded.clone()), set: PhantomData }, recorded)
    }
}

fn unserializable<E: Event>(err: &serde_json::Error) -> Fault {
    let text = format!("event `{}` of `{}` cannot be encoded: {err}", E::TYPE, E::SOURCE);
    Fault::new(FaultKind::UnserializableValue, text)
}

impl<S: EventSet> Dependency for Dispatcher<S> {
    type State = Arc<dyn Transport>;

    async fn setup(cx: &SetupContext) -> Result<Self::State, Error> {
        for event in S::describe() {
            if event.source != cx.service {
                return Err(Error::new(
                    ErrorKind::Declaration,
                    format!(
                        "service `{}` may not emit `{}`, an event of `{}`: set \
                         #[event(source = \"{0}\")] on it, or emit it from that service",
                        cx.service, event.event_type, event.source
                    ),
                ));
            }
        }
        Ok(cx.transport.clone())
    }

    async fn get(state: &Self::State, call: &CallContext) -> Result<Self, Fault> {
        let sink = Sink::Wire { transport: state.clone(), context: call.clone() };
        Ok(Dispatcher { sink, set: PhantomData })
    }

    fn describe(_service: &str, field: &str, out: &mut Vec<DependencyInfo>) {
        let mut info = DependencyInfo::new(field, "dispatcher");
        info.emits = S::describe();
        out.push(info);
    }
}

impl<S> fmt::Debug for Dispatcher<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatcher").finish_non_exhaustive()
    }
}
