//! [`Client`]: makes calls. What generated clients are made of, and usable as it is.

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::time::Instant;

use super::caller::{Caller, Request};
use crate::{
    CallContext, Dependency, Error, Fault, FaultKind, FaultType, Guarantee, Headers, SetupContext,
    Transport,
    codec::{Arguments, envelope},
    secret,
};

/// How long a call waits for its reply unless told otherwise.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// The longest that a call waits: what RabbitMQ takes as an expiration, some 49 days.
const LONGEST: Duration = Duration::from_millis(u32::MAX as u64);

/// The largest reply that a client of no service reads, in bytes.
const LARGEST_REPLY: usize = 16 * 1024 * 1024;

/// Calls methods of services by name.
///
/// Cheap to clone and shared freely between tasks: all clones use one reply queue. As a field of a
/// service, and in every typed client that is one, it carries the context of the call that runs:
/// ids, deadline and what the callers passed on go along by themselves.
///
/// ```
/// # async fn example(client: kinoko_core::Client) -> Result<(), kinoko_core::Fault> {
/// let name: String = client.call("users", "name", [7]).await?;
/// let found: Vec<u32> = client.call("users", "find", serde_json::json!({"name": name})).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    port: Port,
    context: Option<CallContext>,
    timeout: Duration,
    guarantee: Option<Guarantee>,
}

#[derive(Clone)]
enum Port {
    Wire(Arc<Caller>),
    Stub(Arc<Stub>),
}

type Stub = dyn Fn(&str, &str, Value) -> Result<Value, Fault> + Send + Sync;

impl Client {
    /// A client over a transport, for code that is no service. `name` is for those who look at the
    /// broker.
    pub fn over(transport: Arc<dyn Transport>, name: impl Into<Cow<'static, str>>) -> Client {
        Client::of_process(transport, name, LARGEST_REPLY)
    }

    /// A client for unit tests: each call is answered by a function of service, method and the
    /// request's body, `{"args": […], "kwargs": {…}}`.
    pub fn stub(
        answer: impl Fn(&str, &str, Value) -> Result<Value, Fault> + Send + Sync + 'static,
    ) -> Client {
        Client::through(Port::Stub(Arc::new(answer)))
    }

    /// A client for the services of a process, that reads replies of that many bytes.
    pub(crate) fn of_process(
        transport: Arc<dyn Transport>,
        name: impl Into<Cow<'static, str>>,
        largest_reply: usize,
    ) -> Client {
        Client::through(Port::Wire(Arc::new(Caller::new(transport, name.into(), largest_reply))))
    }

    /// Whether replies under that key come to this client, or one it was cloned from.
    pub(crate) fn has_reply_key(&self, key: &str) -> bool {
        match &self.port {
            Port::Wire(caller) => caller.has_reply_key(key),
            Port::Stub(_) => false,
        }
    }

    fn through(port: Port) -> Client {
        Client { port, context: None, timeout: TIMEOUT, guarantee: None }
    }

    /// The same client, on behalf of a call.
    #[must_use]
    pub fn on_behalf_of(&self, call: &CallContext) -> Client {
        Client { context: Some(call.clone()), ..self.clone() }
    }

    /// The same client with that much time for each call. The deadline of the call on whose behalf
    /// it works still holds.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Client {
        Client { timeout, ..self.clone() }
    }

    /// The same client, whose requests are fast or durable whatever the methods say.
    #[must_use]
    pub fn with_guarantee(&self, guarantee: Guarantee) -> Client {
        Client { guarantee: Some(guarantee), ..self.clone() }
    }

    /// Calls a method by name.
    ///
    /// Arguments that encode as an object go by name, as an array by position, nothing (`()`) as
    /// none, and a single value as the only one.
    ///
    /// # Errors
    /// Whatever the method fails with; [`FaultKind::UnknownService`] at once when nobody serves that
    /// name; [`FaultKind::Timeout`] when no reply comes in time.
    pub async fn call<R: DeserializeOwned>(
        &self,
        service: &str,
        method: &str,
        args: impl Serialize,
    ) -> Result<R, Fault> {
        let body = dynamic(args)?;
        let (service, method) = (service.to_owned().into(), method.to_owned().into());
        let reply = self.send(service, method, Guarantee::Fast, body).await?;
        envelope::read(&reply)
    }

    /// Calls a method by name with arguments already encoded: what generated clients do.
    #[doc(hidden)]
    pub async fn invoke<R: DeserializeOwned, E: FaultType>(
        &self,
        service: &'static str,
        method: &'static str,
        guarantee: Guarantee,
        args: Arguments,
    ) -> Result<R, E::AtCaller> {
        let body = args.into_body()?;
        let reply = self.send(service.into(), method.into(), guarantee, body).await?;
        Ok(envelope::read(&reply)?)
    }

    /// How many calls of the process wait for a reply.
    pub fn in_flight(&self) -> usize {
        match &self.port {
            Port::Wire(caller) => caller.in_flight(),
            Port::Stub(_) => 0,
        }
    }

    async fn send(
        &self,
        service: Cow<'static, str>,
        method: Cow<'static, str>,
        guarantee: Guarantee,
        body: Bytes,
    ) -> Result<Bytes, Fault> {
        let caller = match &self.port {
            Port::Wire(caller) => caller,
            Port::Stub(answer) => return stubbed(&**answer, &service, &method, &body),
        };
        let now = Instant::now();
        let deadline = now + self.timeout.min(LONGEST);
        let (headers, deadline) = match &self.context {
            Some(context) => {
                (context.onward(), context.deadline().map_or(deadline, |it| it.min(deadline)))
            }
            None => {
                // Room for the deadline, which comes last.
                let mut headers = Headers::with_capacity(2);
                headers.insert("nameko.call_id_stack", caller.stack());
                (headers, deadline)
            }
        };
        let guarantee = self.guarantee.unwrap_or(guarantee);
        caller.call(Request { service, method, headers, body, now, deadline, guarantee }).await
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

fn dynamic(args: impl Serialize) -> Result<Bytes, Fault> {
    let cannot = |err: serde_json::Error| {
        Fault::new(
            FaultKind::UnserializableValue,
            format!("the arguments cannot be encoded: {err}"),
        )
    };
    let (args, kwargs) = match secret::revealed(|| serde_json::to_value(args)).map_err(cannot)? {
        Value::Null => (Vec::new(), Value::Object(Default::default())),
        Value::Array(args) => (args, Value::Object(Default::default())),
        kwargs @ Value::Object(_) => (Vec::new(), kwargs),
        scalar => (vec![scalar], Value::Object(Default::default())),
    };
    let body = serde_json::json!({"args": args, "kwargs": kwargs});
    Ok(Bytes::from(body.to_string()))
}

fn stubbed(answer: &Stub, service: &str, method: &str, body: &[u8]) -> Result<Bytes, Fault> {
    let args = serde_json::from_slice(body).unwrap_or_default();
    let result = answer(service, method, args)?;
    Ok(Bytes::from(serde_json::json!({"result": result, "error": null}).to_string()))
}

/// What every typed client can do.
pub trait ServiceClient: From<Client> + AsRef<Client> {
    /// The same client with that much time for each call.
    #[must_use]
    fn with_timeout(&self, timeout: Duration) -> Self {
        Self::from(self.as_ref().with_timeout(timeout))
    }

    /// The same client, whose requests are fast or durable whatever the methods say.
    #[must_use]
    fn with_guarantee(&self, guarantee: Guarantee) -> Self {
        Self::from(self.as_ref().with_guarantee(guarantee))
    }

    /// A client for unit tests: see [`Client::stub`].
    fn stub(
        answer: impl Fn(&str, &str, Value) -> Result<Value, Fault> + Send + Sync + 'static,
    ) -> Self {
        Self::from(Client::stub(answer))
    }
}

/// A client without a type is a dependency too; what it calls is not on the map.
impl Dependency for Client {
    type State = Client;

    async fn setup(cx: &SetupContext) -> Result<Client, Error> {
        Ok(cx.client.clone())
    }

    async fn get(state: &Client, call: &CallContext) -> Result<Client, Fault> {
        Ok(state.on_behalf_of(call))
    }

    fn describe(_service: &str, field: &str, out: &mut Vec<kinoko_manifest::DependencyInfo>) {
        out.push(kinoko_manifest::DependencyInfo::new(field, "client"));
    }
}
