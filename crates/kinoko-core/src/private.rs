//! What generated code calls. Not part of the public interface: it changes with the macros.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use kinoko_manifest::ClientInfo;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

pub use kinoko_manifest::{
    CallInfo, DependencyInfo, EntrypointInfo, EventInfo, Location, MethodInfo, Schema,
};

use crate::codec::lenient;
pub use crate::{
    About, BoxFuture, Call, CallContext, CallError, Client, DeclaredFault, Dependency, Emits,
    Encoded, Error, Event, EventSet, Fault, FaultKind, FaultType, Guarantee, Method, Outcome,
    Reply, Service, ServiceClient, SetupContext, Slot,
    codec::{Arguments, FromArguments, Param, SchemaOf, Signature},
};
pub use kinoko_manifest::FaultInfo;
pub use serde_json;

/// Runs a method on arguments bound by position and name.
pub async fn arguments<A, F, Fut, R, E>(
    call: Call,
    signature: &'static Signature,
    method: F,
) -> Outcome
where
    A: FromArguments,
    F: FnOnce(A) -> Fut,
    Fut: Future<Output = Result<R, E>>,
    R: Serialize,
    E: FaultType,
{
    let args = signature.decode(&call.body)?;
    returned(method(args).await)
}

/// Runs a method on a payload that is the whole body.
pub async fn payload<A, F, Fut, R, E>(
    call: Call,
    signature: &'static Signature,
    method: F,
) -> Outcome
where
    A: DeserializeOwned,
    F: FnOnce((A,)) -> Fut,
    Fut: Future<Output = Result<R, E>>,
    R: Serialize,
    E: FaultType,
{
    let decode =
        |body: &[u8]| serde_json::from_slice(body).map_err(|err| signature.unreadable(&err));
    let payload = lenient::read(&call.body, decode)?;
    returned(method((payload,)).await)
}

/// Runs a method that takes nothing.
pub async fn nothing<F, Fut, R, E>(
    _call: Call,
    _signature: &'static Signature,
    method: F,
) -> Outcome
where
    F: FnOnce(()) -> Fut,
    Fut: Future<Output = Result<R, E>>,
    R: Serialize,
    E: FaultType,
{
    returned(method(()).await)
}

fn returned<R: Serialize, E: FaultType>(result: Result<R, E>) -> Outcome {
    let value = result.map_err(E::into_fault)?;
    Ok(Reply { body: Encoded::json(&value)?, slot: Slot::default() })
}

/// The service a call runs on.
pub fn this<S>(service: &mut Option<S>) -> &mut S {
    service.as_mut().expect("a call begins with its service in place")
}

/// Runs a method that is not `async` where blocking is allowed.
pub async fn blocking<S: Send + 'static, R: Send + 'static>(
    service: &mut Option<S>,
    method: impl FnOnce(&mut S) -> R + Send + 'static,
) -> R {
    let mut this = service.take().expect("a call begins with its service in place");
    let span = tracing::Span::current();
    let run = tokio::task::spawn_blocking(move || {
        let result = span.in_scope(|| catch_unwind(AssertUnwindSafe(|| method(&mut this))));
        (this, result)
    });
    match run.await {
        Ok((this, result)) => {
            *service = Some(this);
            result.unwrap_or_else(|panic| resume_unwind(panic))
        }
        Err(gone) => resume_unwind(gone.into_panic()),
    }
}

pub use crate::schema::{as_read, given, reads, taken, writes};

/// A place in the source, for the manifest.
pub fn location(file: &str, line: u32) -> Option<Location> {
    // Of a compiler on Windows as of one elsewhere.
    let file = file.replace('\\', "/");
    // Of a crate that comes from elsewhere, where it lies on this machine is nobody's business.
    let inner = file.rfind("/src/").filter(|_| std::path::Path::new(&file).is_absolute());
    let file = inner.map_or(&*file, |at| &file[at + 1..]).to_owned();
    Some(Location { file, line: Some(line) })
}

/// A default value, encoded.
pub fn json<T: Serialize>(value: T) -> Vec<u8> {
    // A default that does not encode shows as a missing argument that is not `null`.
    serde_json::to_vec(&value).unwrap_or_default()
}

/// The name of a field in a group of dependencies.
pub fn field(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

/// Says in the manifest whom a client calls.
pub fn describe_client(
    out: &mut Vec<DependencyInfo>,
    field: &str,
    service: &str,
    methods: Vec<CallInfo>,
) {
    let mut info = DependencyInfo::new(field, "client");
    info.client = Some(ClientInfo { service: service.to_owned(), methods });
    out.push(info);
}

/// Tells whether a type has a schema: autoref picks the first of the two traits that applies.
#[derive(Debug, Default)]
pub struct Probe<T>(std::marker::PhantomData<T>);

impl<T> Probe<T> {
    /// A probe for that type.
    pub const fn new() -> Probe<T> {
        Probe(std::marker::PhantomData)
    }
}

/// For types with a schema.
pub trait HasSchema {
    /// What is read.
    fn reads(&self) -> SchemaOf;
    /// What is written.
    fn writes(&self) -> Schema;
}

/// For all other types.
pub trait AnySchema {
    /// Anything.
    fn reads(&self) -> SchemaOf;
    /// Anything.
    fn writes(&self) -> Schema;
}

impl<T: JsonSchema> HasSchema for Probe<T> {
    fn reads(&self) -> SchemaOf {
        || (reads::<T>(), None)
    }

    fn writes(&self) -> Schema {
        writes::<T>()
    }
}

impl<T> AnySchema for &Probe<T> {
    fn reads(&self) -> SchemaOf {
        || (Schema::Bool(true), None)
    }

    fn writes(&self) -> Schema {
        Schema::Bool(true)
    }
}

/// For types that are a `Result` and were not seen to be one.
pub trait HiddenResult {
    /// Does not compile, and says why.
    fn is_seen(&self)
    where
        Self: ResultIsSpelledOut,
    {
    }
}

/// For all other types.
pub trait NoHiddenResult {
    /// Does nothing.
    fn is_seen(&self) {}
}

/// Nothing is.
#[diagnostic::on_unimplemented(
    message = "this return type is a `Result` under another name",
    label = "its error would be sent as a success",
    note = "write it as `Result<…, …>`: macros see names, and not what they stand for"
)]
pub trait ResultIsSpelledOut {}

impl<T, E> HiddenResult for Probe<Result<T, E>> {}

impl<T> NoHiddenResult for &Probe<T> {}

/// The function that makes the schema of what is read as a type, if it has one.
#[macro_export]
#[doc(hidden)]
macro_rules! __reads_or_any {
    ($type:ty) => {{
        #[expect(unused_imports, reason = "one of the two applies")]
        use $crate::private::{AnySchema as _, HasSchema as _};
        (&$crate::private::Probe::<$type>::new()).reads()
    }};
}

/// The schema of what is written of a type, if it has one.
#[macro_export]
#[doc(hidden)]
macro_rules! __writes_or_any {
    ($type:ty) => {{
        #[expect(unused_imports, reason = "one of the two applies")]
        use $crate::private::{AnySchema as _, HasSchema as _};
        (&$crate::private::Probe::<$type>::new()).writes()
    }};
}

pub use __reads_or_any as reads_or_any;
pub use __writes_or_any as writes_or_any;
