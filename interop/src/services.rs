//! The Rust services: each the twin of one in `python/services.py`.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kinoko::{HeaderValue, prelude::*};
use serde_json::{Map, Value, json};

/// Which of several instances this is.
#[derive(Debug)]
pub struct Instance(pub String);

/// What handlers were given.
#[derive(Debug, Default)]
pub struct Seen(Mutex<Vec<Value>>);

impl Seen {
    /// All of it so far.
    pub fn all(&self) -> Vec<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, what: &str, payload: Value, by: &Instance) {
        let line = json!({"what": what, "payload": payload, "by": by.0});
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

/// Answers, and fails in every way.
#[derive(Dependencies)]
pub struct Greeter {
    instance: Shared<Instance>,
    seen: Shared<Arc<Seen>>,
}

#[service(name = "greeter")]
impl Greeter {
    #[rpc]
    async fn hello(&mut self, name: String) -> String {
        format!("Hello, {name}!")
    }

    #[rpc]
    async fn greet(
        &mut self,
        name: String,
        #[arg(default = "Hello".to_owned())] greeting: String,
        #[arg(default = 1)] times: usize,
    ) -> String {
        vec![format!("{greeting}, {name}!"); times].join(" ")
    }

    #[rpc]
    async fn echo(&mut self, value: Value) -> Value {
        value
    }

    #[rpc]
    async fn nothing(&mut self) {}

    #[rpc]
    async fn fail(&mut self, how: String) -> Result<(), Fault> {
        let out_of_stock =
            |text: &str| Fault::application("OutOfStock", text).with_path("services.OutOfStock");
        Err(match &*how {
            "plain" => out_of_stock("no enoki left"),
            "unicode" => out_of_stock("kein Pilz übrig: 🍄"),
            "empty" => out_of_stock(""),
            "mapped" => Fault::application("KeyError", "'enoki'")
                .with_path("builtins.KeyError")
                .with_args(vec!["enoki".into()]),
            other => Fault::application("ValueError", other).with_path("builtins.ValueError"),
        })
    }

    #[rpc]
    async fn counted(&mut self, n: u64) -> String {
        self.seen.add("counted", json!(n), &self.instance);
        self.instance.0.clone()
    }

    #[rpc]
    async fn slow(&mut self, seconds: f64) -> String {
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        self.seen.add("slow", json!(seconds), &self.instance);
        "done".to_owned()
    }
}

/// Hands a call on to services one after the other; the last says what it sees.
#[derive(Dependencies)]
pub struct Relay {
    client: Client,
    context: CallContext,
}

#[service(name = "rs")]
impl Relay {
    #[rpc]
    async fn relay(&mut self, path: Vec<String>) -> Result<Value, Fault> {
        if let Some((next, rest)) = path.split_first() {
            return self.client.call(next, "relay", [rest]).await;
        }
        Ok(json!({
            "data": seen_of(&self.context),
            "stack": self.context.call_id_stack().collect::<Vec<_>>(),
            "remaining": self.context.remaining().map(|it| it.as_secs_f64()),
        }))
    }
}

/// An event that goes to one instance of each service.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "shop", name = "pooled")]
pub struct Pooled {
    /// Which.
    pub n: u64,
}

/// An event that goes to one handler of all.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "shop", name = "single")]
pub struct Single {
    /// Which.
    pub n: u64,
}

/// An event that goes to every instance.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "shop", name = "wide")]
pub struct Wide {
    /// Which.
    pub n: u64,
}

/// An event whose handler looks at what came with it.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "shop", name = "traced")]
pub struct Traced {
    /// Which.
    pub n: u64,
}

/// What the shop emits.
#[derive(Event)]
pub enum ShopEvents {
    /// See there.
    Pooled(Pooled),
    /// See there.
    Single(Single),
    /// See there.
    Wide(Wide),
    /// See there.
    Traced(Traced),
}

/// An event's payload.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Payload {
    /// Which.
    pub n: u64,
}

/// Emits events.
#[derive(Dependencies)]
pub struct Shop {
    events: Dispatcher<ShopEvents>,
}

#[service(name = "shop")]
impl Shop {
    #[rpc]
    async fn emit(&mut self, event_type: String, payload: Payload) -> Result<(), Fault> {
        let n = payload.n;
        match &*event_type {
            "pooled" => self.events.emit(Pooled { n }).await,
            "single" => self.events.emit(Single { n }).await,
            "wide" => self.events.emit(Wide { n }).await,
            "traced" => self.events.emit(Traced { n }).await,
            other => Err(Fault::application("NoSuchEvent", other)),
        }
    }
}

/// Handles the shop's events in each of the three ways.
#[derive(Dependencies)]
pub struct Handlers {
    instance: Shared<Instance>,
    seen: Shared<Arc<Seen>>,
    context: CallContext,
}

#[service(name = "handlers")]
impl Handlers {
    #[event_handler(source = "shop", event = "pooled")]
    async fn on_pooled(&mut self, payload: Value) {
        self.seen.add("pooled", payload, &self.instance);
    }

    #[event_handler(source = "shop", event = "single", mode = "singleton")]
    async fn on_single(&mut self, payload: Value) {
        self.seen.add("single", payload, &self.instance);
    }

    #[event_handler(source = "shop", event = "wide", mode = "broadcast", reliable = false)]
    async fn on_wide(&mut self, payload: Value) {
        self.seen.add("wide", payload, &self.instance);
    }

    #[event_handler(source = "shop", event = "traced")]
    async fn on_traced(&mut self, _payload: Payload) {
        self.seen.add("traced", seen_of(&self.context), &self.instance);
    }
}

/// The context data of a call, as JSON.
fn seen_of(context: &CallContext) -> Value {
    let data = context.data().iter().map(|(name, value)| (name.to_owned(), json_of(value)));
    Value::Object(data.collect::<Map<_, _>>())
}

fn json_of(value: &HeaderValue) -> Value {
    match value {
        HeaderValue::Bool(it) => json!(it),
        HeaderValue::Int(it) => json!(it),
        HeaderValue::Float(it) => json!(it),
        HeaderValue::Str(it) => json!(**it),
        HeaderValue::Timestamp(it) => json!(it),
        HeaderValue::Bytes(it) => json!(String::from_utf8_lossy(it)),
        HeaderValue::List(items) => items.iter().map(json_of).collect(),
        HeaderValue::Map(map) => {
            Value::Object(map.iter().map(|(name, it)| (name.to_owned(), json_of(it))).collect())
        }
        _ => Value::Null,
    }
}
