//! [`Dependency`]: what a service needs, set up once and handed out once per call.

use std::{
    any::{Any, TypeId, type_name},
    collections::HashMap,
    ops::Deref,
    sync::Arc,
};

use kinoko_manifest::DependencyInfo;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{CallContext, Client, Configuration, Error, ErrorKind, Fault, Outcome, Transport};

/// A type that can be a field of a service.
///
/// The [state](Dependency::State) lives as long as the service runs. The value itself lives for one
/// call: [`get`](Dependency::get) makes it and [`finish`](Dependency::finish) takes it back, after
/// the method has returned, or was stopped, and *before* its caller hears of it. A value dropped
/// without `finish` belongs to a call that never began, one whose other values failed to finish, or a
/// method that blocks and was given up on: leave nothing done.
///
/// Written with `async fn` in implementations:
///
/// ```
/// use kinoko_core::{CallContext, Dependency, Error, Fault, Outcome, SetupContext};
///
/// /// Counts the calls that went well.
/// struct Successes(std::sync::Arc<std::sync::atomic::AtomicU64>);
///
/// impl Dependency for Successes {
///     type State = std::sync::Arc<std::sync::atomic::AtomicU64>;
///
///     async fn setup(_cx: &SetupContext) -> Result<Self::State, Error> {
///         Ok(Default::default())
///     }
///
///     async fn get(state: &Self::State, _call: &CallContext) -> Result<Successes, Fault> {
///         Ok(Successes(state.clone()))
///     }
///
///     async fn finish(self, outcome: &Outcome) -> Result<(), Fault> {
///         if outcome.is_ok() {
///             self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
///         }
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a service",
    label = "not a dependency",
    note = "a value you provide yourself goes in `Shared<{Self}>`; a group of dependencies needs \
            `#[derive(Dependencies)]`; your own kind implements `Dependency`"
)]
pub trait Dependency: Sized + Send + 'static {
    /// The doc comment on the type. The manifest of a service whose `impl` has none shows it.
    const DOCS: &'static str = "";

    /// What lives as long as the service runs: a pool, a connection, a setting.
    type State: Send + Sync + 'static;

    /// Makes the state, before any method runs.
    ///
    /// # Errors
    /// An error keeps the whole process from starting.
    fn setup(cx: &SetupContext) -> impl Future<Output = Result<Self::State, Error>> + Send;

    /// Makes the value that one call will use.
    ///
    /// # Errors
    /// An error becomes the outcome of the call; its method does not run.
    fn get(
        state: &Self::State,
        call: &CallContext,
    ) -> impl Future<Output = Result<Self, Fault>> + Send;

    /// Takes the value back with what became of the call: the place to commit or roll back.
    ///
    /// # Errors
    /// An error becomes the outcome of the call; the values of the fields before it are dropped.
    fn finish(self, _outcome: &Outcome) -> impl Future<Output = Result<(), Fault>> + Send {
        async { Ok(()) }
    }

    /// Lets go of what the state holds, once no method runs any more.
    fn stop(_state: &Self::State) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Says in the manifest of `service` what the field of that name requires.
    fn describe(_service: &str, _field: &str, _out: &mut Vec<DependencyInfo>) {}
}

/// What there is to set a dependency up with.
#[derive(Clone)]
pub struct SetupContext {
    /// The service it is for.
    pub service: &'static str,
    /// What carries messages.
    pub transport: Arc<dyn Transport>,
    /// What `main` provided.
    pub resources: Resources,
    /// What was configured.
    pub config: Arc<Configuration>,
    /// Calls other services; one reply queue for the process.
    pub client: Client,
    /// Set when the service is to stop.
    pub stopping: CancellationToken,
    /// The service waits for every task spawned here before its dependencies stop.
    pub tasks: TaskTracker,
}

/// Values that `main` hands to the runner, found by their type.
#[derive(Default, Clone)]
pub struct Resources(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Resources {
    /// Adds a value; one of the same type takes its place.
    pub fn insert<T: Send + Sync + 'static>(&mut self, value: T) {
        self.insert_arc(Arc::new(value));
    }

    /// Adds a value that others share.
    pub fn insert_arc<T: Send + Sync + 'static>(&mut self, value: Arc<T>) {
        self.0.insert(TypeId::of::<T>(), value);
    }

    /// The value of that type.
    ///
    /// # Errors
    /// When `main` provided none.
    pub fn get<T: Send + Sync + 'static>(&self) -> Result<Arc<T>, Error> {
        let found = self.0.get(&TypeId::of::<T>()).cloned();
        found.and_then(|it| it.downcast().ok()).ok_or_else(|| {
            let name = type_name::<T>();
            Error::new(
                ErrorKind::Dependency,
                format!("no `{name}` was provided: call `.provide(…)` with one on the runner"),
            )
        })
    }
}

/// A value you provided to the runner, the same for every call: a pool, a store, a cache.
///
/// ```
/// use kinoko_core::Shared;
///
/// let hits = Shared::new(std::sync::atomic::AtomicU64::new(0));
/// hits.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
/// ```
#[derive(Debug)]
pub struct Shared<T>(Arc<T>);

impl<T> Shared<T> {
    /// One for a unit test that builds the service by hand.
    pub fn new(value: T) -> Shared<T> {
        Shared(Arc::new(value))
    }

    /// The value, to keep for longer than the call.
    pub fn arc(&self) -> Arc<T> {
        self.0.clone()
    }
}

impl<T> From<Arc<T>> for Shared<T> {
    fn from(value: Arc<T>) -> Shared<T> {
        Shared(value)
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Shared<T> {
        Shared(self.0.clone())
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Send + Sync + 'static> Dependency for Shared<T> {
    type State = Arc<T>;

    async fn setup(cx: &SetupContext) -> Result<Arc<T>, Error> {
        cx.resources.get()
    }

    async fn get(state: &Arc<T>, _call: &CallContext) -> Result<Shared<T>, Fault> {
        Ok(Shared(state.clone()))
    }

    fn describe(_service: &str, field: &str, out: &mut Vec<DependencyInfo>) {
        out.push(DependencyInfo::new(field, "shared"));
    }
}

/// The call itself is a dependency too: want it, add a field.
impl Dependency for CallContext {
    type State = ();

    async fn setup(_cx: &SetupContext) -> Result<(), Error> {
        Ok(())
    }

    async fn get(_state: &(), call: &CallContext) -> Result<CallContext, Fault> {
        Ok(call.clone())
    }

    fn describe(_service: &str, field: &str, out: &mut Vec<DependencyInfo>) {
        out.push(DependencyInfo::new(field, "call_context"));
    }
}
