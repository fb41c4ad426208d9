//! [`Store`]: a database of a service's own, and a transaction for each call. It shows how to write
//! a dependency.

mod open;

use std::{marker::PhantomData, path::PathBuf};

use kinoko::{
    Dependency, Error, Outcome, SetupContext, manifest_format::DependencyInfo, prelude::*,
};
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};

pub use open::Opened;

/// The tables of a service.
pub trait Schema: Send + Sync + 'static {
    /// How to get there from an empty database, in order. Steps are added, never changed: a
    /// database remembers how many of them it has taken.
    const STEPS: &'static [&'static str];
}

/// Where services keep their databases. Given to the runner; without a folder each has a temporary
/// one of its own.
#[derive(Debug, Clone, Default)]
pub struct DataFolder(pub Option<PathBuf>);

/// A service's database, for one call.
///
/// What the method writes is committed when it succeeds, before its caller hears of it, and rolled
/// back when it fails, panics or is cancelled.
///
/// An event is another matter: it is with the broker as soon as it is emitted. So a method that
/// tells others what it wrote [commits](Store::commit) first and emits then. Should the process die
/// between the two, the event is missing: someone has to notice and emit it again.
pub struct Store<S> {
    pool: SqlitePool,
    transaction: Option<Transaction<'static, Sqlite>>,
    schema: PhantomData<fn(S)>,
}

impl<S: Schema> Store<S> {
    /// For one call.
    pub(crate) fn of(opened: &Opened) -> Store<S> {
        Store { pool: opened.pool().clone(), transaction: None, schema: PhantomData }
    }

    /// The database, within the call's transaction. The first time in a call this waits for the
    /// transactions of other calls, so ask other services what there is to ask before it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(&mut self) -> Result<&mut SqliteConnection, Fault> {
        let transaction = match self.transaction.take() {
            Some(begun) => begun,
            // A transaction that begins as a reader may find that it cannot become a writer.
            None => self.pool.begin_with("BEGIN IMMEDIATE").await.map_err(Fault::internal)?,
        };
        Ok(self.transaction.insert(transaction))
    }

    /// Commits what the method has written so far. What it writes after this is another transaction.
    ///
    /// # Errors
    /// When the database fails: then nothing was written.
    pub async fn commit(&mut self) -> Result<(), Fault> {
        match self.transaction.take() {
            Some(transaction) => transaction.commit().await.map_err(Fault::internal),
            None => Ok(()),
        }
    }
}

impl<S: Schema> Dependency for Store<S> {
    /// What lives as long as the service: the open database.
    type State = Opened;

    /// Once, before any method runs. Services that are not run open nothing.
    async fn setup(cx: &SetupContext) -> Result<Opened, Error> {
        let folder = cx.resources.get::<DataFolder>()?;
        Opened::open(folder.0.as_deref(), cx.service, S::STEPS).await
    }

    /// For each call. A call that needs no database costs nothing here.
    async fn get(opened: &Opened, _call: &CallContext) -> Result<Store<S>, Fault> {
        Ok(Store::of(opened))
    }

    /// After the method and before its caller hears: what fails here is what the caller is told.
    async fn finish(mut self, outcome: &Outcome) -> Result<(), Fault> {
        match outcome {
            Ok(_) => self.commit().await,
            // Dropping a transaction rolls it back.
            Err(_) => Ok(()),
        }
    }

    /// Once, after the last call.
    async fn stop(opened: &Opened) {
        opened.close().await;
    }

    fn describe(_service: &str, field: &str, out: &mut Vec<DependencyInfo>) {
        out.push(DependencyInfo::new(field, "store"));
    }
}
