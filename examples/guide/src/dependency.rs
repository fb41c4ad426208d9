//! Chapter "Dependencies": one of your own, complete.

// ANCHOR: audit
use std::{
    io::Write,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use kinoko::{Dependency, Error, ErrorKind, Outcome, SetupContext, prelude::*};

/// Where the audit trail is kept. Given to the runner with `.provide(…)`.
pub struct AuditFile(pub PathBuf);

/// Notes what a call does. The notes of a call that fails are dropped.
pub struct Audit {
    file: Arc<Mutex<std::fs::File>>,
    call: CallContext,
    notes: Vec<String>,
}

impl Audit {
    /// Notes something.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }
}

impl Dependency for Audit {
    /// Made once, shared by all calls.
    type State = Arc<Mutex<std::fs::File>>;

    /// Before any method runs. An error keeps the process from starting.
    async fn setup(cx: &SetupContext) -> Result<Self::State, Error> {
        let AuditFile(path) = &*cx.resources.get::<AuditFile>()?;
        let file =
            std::fs::File::options().create(true).append(true).open(path).map_err(|err| {
                let text = format!("cannot write {}", path.display());
                Error::new(ErrorKind::Dependency, text).with_source(err)
            })?;
        Ok(Arc::new(Mutex::new(file)))
    }

    /// The value for one call.
    async fn get(file: &Self::State, call: &CallContext) -> Result<Audit, Fault> {
        Ok(Audit { file: file.clone(), call: call.clone(), notes: Vec::new() })
    }

    /// After the method, before its caller hears: an error here is what the caller gets.
    async fn finish(self, outcome: &Outcome) -> Result<(), Fault> {
        if outcome.is_err() {
            return Ok(());
        }
        let mut lines = String::new();
        for note in &self.notes {
            lines += &format!("{} {note}\n", self.call.call_id());
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(lines.as_bytes()).map_err(Fault::internal)
    }

    /// After the last call.
    async fn stop(file: &Self::State) {
        let file = file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = file.sync_all() {
            tracing::error!(%error, "the audit trail may be incomplete");
        }
    }
}
// ANCHOR_END: audit

// ANCHOR: safe
/// What the service needs.
#[derive(Dependencies)]
pub struct Safe {
    audit: Audit,
}

/// Keeps things locked.
#[service(name = "safe")]
impl Safe {
    /// Opens with the right code only.
    #[rpc]
    async fn open(&mut self, #[arg(sensitive)] code: String) -> Result<(), Fault> {
        self.audit.note("opened");
        if code == "1234" {
            Ok(())
        } else {
            Err(Fault::application("WrongCode", "the safe stays closed").expected())
        }
    }
}
// ANCHOR_END: safe

// ANCHOR: group
/// What every service of a team needs: a group of dependencies is a dependency.
#[derive(Dependencies)]
pub struct Common {
    /// The call that runs.
    pub call: CallContext,
    /// Its trail.
    pub audit: Audit,
}

/// A service with the group, and a value that `main` provided.
#[derive(Dependencies)]
pub struct Counter {
    common: Common,
    count: Shared<std::sync::atomic::AtomicU64>,
}
// ANCHOR_END: group

/// Counts.
#[service(name = "counter")]
impl Counter {
    /// One more.
    #[rpc]
    async fn next(&mut self) -> u64 {
        let next = self.count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        self.common.audit.note(format!("{} said {next}", self.common.call.method()));
        next
    }
}
