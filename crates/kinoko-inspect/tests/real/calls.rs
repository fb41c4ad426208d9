//! [`Calls`]: real clients call a real service, and it is seen who does not understand whom.

use std::{collections::BTreeSet, sync::Arc};

use kinoko::{DeclaredFault, manifest_format::ServiceManifest, prelude::*};

use crate::{
    meeting::Way,
    sample::Sample,
    script::{Said, Script},
};

/// The calls of one version to one other, that runs.
pub(crate) struct Calls {
    client: Client,
    provider: String,
    script: Arc<Script>,
    /// What was called, of whomever.
    pub(crate) made: BTreeSet<String>,
    /// What was not understood.
    pub(crate) refused: BTreeSet<(String, Way)>,
    /// How many calls were made to the one that runs.
    pub(crate) count: usize,
    /// Whether of some method no call was taken.
    pub(crate) kept_out: bool,
    /// Whether answers are those that others got.
    pub(crate) again: bool,
}

impl Calls {
    pub(crate) fn new(client: Client, provider: &str, script: Arc<Script>) -> Calls {
        Calls {
            client,
            provider: provider.to_owned(),
            script,
            made: BTreeSet::new(),
            refused: BTreeSet::new(),
            count: 0,
            kept_out: false,
            again: false,
        }
    }

    /// A client of the one that runs, to make a typed one of.
    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Calls one method with each value of its arguments, and has it answer each value of its result.
    pub(crate) async fn each<A, R, E, F>(&mut self, subject: &str, call: impl Fn(A) -> F)
    where
        A: Sample,
        E: Heard,
        F: Future<Output = Result<R, E>>,
    {
        self.made.insert(subject.to_owned());
        let Some(method) = subject.strip_prefix(&self.provider).and_then(|it| it.strip_prefix('.'))
        else {
            return;
        };
        let all = A::samples();
        if self.again {
            // What is answered can be read or not, even when nobody who would read it is let through.
            for turn in 0..self.script.kept(method) {
                self.script.turn_again_to(turn);
                assert!(self.once(subject, call(all[0].clone())).await, "{subject} is kept");
            }
            return;
        }
        let mut taken = None;
        for args in all {
            self.script.turn_to(0);
            if self.once(subject, call(args.clone())).await {
                taken.get_or_insert(args);
            }
        }
        let Some(args) = taken else {
            self.kept_out = true;
            return;
        };
        for turn in 1..self.script.answers() {
            self.script.turn_to(turn);
            assert!(self.once(subject, call(args.clone())).await, "{subject} was run before");
        }
    }

    /// Makes one call. Whether the method ran.
    async fn once<R, E: Heard>(
        &mut self,
        subject: &str,
        call: impl Future<Output = Result<R, E>>,
    ) -> bool {
        self.count += 1;
        let heard = call.await;
        let said = self.script.said();
        let refused = match (&said, heard) {
            (Some(Said::Result), Ok(_)) => None,
            (None, Err(error)) => {
                let kind = error.kind();
                let kinds = [FaultKind::MethodNotFound, FaultKind::IncorrectSignature];
                assert!(kinds.contains(&kind), "{subject}: {kind:?}");
                Some(Way::Request)
            }
            (Some(Said::Result), Err(error)) => {
                assert_eq!(error.kind(), FaultKind::MalformedReply, "{subject}");
                Some(Way::Reply)
            }
            // Who tells it apart has to be able to.
            (Some(Said::Fault(name)), Err(error)) => {
                (E::knows(name) && !error.is_declared()).then_some(Way::Reply)
            }
            (said, Ok(_)) => panic!("{subject}: a result where there was {said:?}"),
        };
        self.refused.extend(refused.map(|it| (subject.to_owned(), it)));
        said.is_some()
    }
}

/// How a call fails at its caller.
pub(crate) trait Heard {
    /// Whether a fault of that name is one the caller tells apart.
    fn knows(name: &str) -> bool;
    /// Whether it was told apart.
    fn is_declared(&self) -> bool;
    fn kind(self) -> FaultKind;
}

impl Heard for Fault {
    fn knows(_name: &str) -> bool {
        false
    }

    fn is_declared(&self) -> bool {
        false
    }

    fn kind(self) -> FaultKind {
        Fault::kind(&self)
    }
}

impl<E: DeclaredFault> Heard for CallError<E> {
    fn knows(name: &str) -> bool {
        E::describe().iter().any(|it| it.name == name)
    }

    fn is_declared(&self) -> bool {
        self.declared().is_some()
    }

    fn kind(self) -> FaultKind {
        Fault::from(self).kind()
    }
}

/// The methods that a manifest says are called.
pub(crate) fn said(manifest: &ServiceManifest) -> BTreeSet<String> {
    let clients = manifest.dependencies.iter().filter_map(|it| it.client.as_ref());
    clients
        .flat_map(|it| it.methods.iter().map(|method| format!("{}.{}", it.service, method.name)))
        .collect()
}
