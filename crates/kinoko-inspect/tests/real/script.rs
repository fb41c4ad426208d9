//! [`Script`]: what the methods of a service under test answer.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use kinoko::{Encoded, FaultType, Outcome, Reply, prelude::*};
use serde_json::Value;

use crate::sample::Sample;

/// Has each method answer one value of its type, and remembers what that was.
#[derive(Default)]
pub(crate) struct Script(Mutex<State>);

#[derive(Default)]
struct State {
    turn: usize,
    answers: usize,
    said: Option<Said>,
    /// What each method answered, turn by turn, as it was written.
    kept: BTreeMap<String, Vec<Kept>>,
    again: bool,
}

type Kept = (Said, Result<Value, Fault>);

/// What a method answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Said {
    /// A result.
    Result,
    /// A fault of that name.
    Fault(String),
}

impl Script {
    /// The value of this turn.
    pub(crate) fn answer<T: Sample>(&self) -> T {
        self.take(T::samples(), |_| Said::Result)
    }

    /// The same of a method that may fail.
    pub(crate) fn outcome<T: Sample, E: Sample + FaultType>(&self) -> Result<T, E> {
        self.take(Result::<T, E>::samples(), |it| match it {
            Ok(_) => Said::Result,
            Err(error) => Said::Fault(Fault::name(&error.clone().into_fault()).to_owned()),
        })
    }

    fn take<T>(&self, mut all: Vec<T>, said: impl Fn(&T) -> Said) -> T {
        self.with(|state| {
            state.answers = all.len();
            let it = all.swap_remove(state.turn % all.len());
            state.said = Some(said(&it));
            it
        })
    }

    /// Whoever is asked next answers that value of its type.
    pub(crate) fn turn_to(&self, turn: usize) {
        self.with(|state| (state.turn, state.said, state.again) = (turn, None, false));
    }

    /// Whoever is asked next answers as it did to another in that turn, and is not asked what it takes.
    pub(crate) fn turn_again_to(&self, turn: usize) {
        self.with(|state| (state.turn, state.said, state.again) = (turn, None, true));
    }

    /// What was answered since, if anybody was asked.
    pub(crate) fn said(&self) -> Option<Said> {
        self.with(|state| state.said.clone())
    }

    /// How many values there are of what was answered last.
    pub(crate) fn answers(&self) -> usize {
        self.with(|state| state.answers)
    }

    /// How many answers of a method are kept.
    pub(crate) fn kept(&self, method: &str) -> usize {
        self.with(|state| state.kept.get(method).map_or(0, Vec::len))
    }

    /// Keeps what a method answered, if it ran.
    pub(crate) fn keep(&self, method: &str, outcome: &Outcome) {
        let written = match outcome {
            Ok(reply) => Ok(serde_json::from_slice(reply.body.value()).unwrap()),
            Err(fault) => Err(fault.clone()),
        };
        self.with(|state| {
            let kept = state.kept.entry(method.to_owned()).or_default();
            if let Some(said) = state.said.clone()
                && kept.len() == state.turn
            {
                kept.push((said, written));
            }
        });
    }

    /// Has a method answer that to whoever asks for it again, and nothing else: as its result, or as what comes with a
    /// fault of that name.
    pub(crate) fn put(&self, method: &str, fault: Option<&str>, value: Value) {
        let answer = match fault {
            None => (Said::Result, Ok(value)),
            Some(name) => {
                let fault = Fault::application(name.to_owned(), "").with_data(value);
                (Said::Fault(name.to_owned()), Err(fault))
            }
        };
        self.with(|state| state.kept = [(method.to_owned(), vec![answer])].into());
    }

    /// What a method answered in this turn to another, if that is to be given again.
    pub(crate) fn again(&self, method: &str) -> Option<Outcome> {
        self.with(|state| {
            if !state.again {
                return None;
            }
            let (said, written) = state.kept.get(method)?.get(state.turn)?.clone();
            state.said = Some(said);
            Some(written.map(|it| Reply { body: Encoded::json(&it).unwrap(), ..Reply::default() }))
        })
    }

    fn with<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
