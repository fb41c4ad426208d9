//! The macros of Kinoko: [`macro@service`], [`macro@client`], and the derives
//! [`macro@Dependencies`], [`macro@Fault`] and [`macro@Event`].
//!
//! Use them through the `kinoko` crate: what they generate names it. All of them leave the item as
//! it is written and add to it.
//!
//! Reading order: `options`, `attr` and `entrypoint` (what the attributes say), `ast` and `types`
//! (methods as the expansions read them), `valid` (what names and paths may look like), `expand` (one
//! file a macro).

mod ast;
mod attr;
mod entrypoint;
mod errors;
mod expand;
mod options;
mod template;
mod types;
mod valid;

use proc_macro::TokenStream;

/// Makes the methods of an `impl` block a service.
///
/// ```
/// use kinoko::prelude::*;
///
/// #[derive(Dependencies)]
/// struct Greeter {}
///
/// /// Knows how to greet.
/// #[service(name = "greeter")]
/// impl Greeter {
///     /// Greets someone.
///     #[rpc]
///     async fn hello(&self, name: String) -> String {
///         format!("Hello, {name}!")
///     }
/// }
///
/// # async fn example(client: GreeterClient) -> Result<(), Fault> {
/// let greeting = client.hello("Matt".to_owned()).await?;
/// # Ok(())
/// # }
/// ```
///
/// | Option | Meaning |
/// |---|---|
/// | `name = "greeter"` | The name callers address it by. Required |
/// | `client = MyClient` | What the client is called; else the type's name and `Client` |
/// | `client = false` | No client |
/// | `crate = path` | Where the `kinoko` crate is, when it goes by another name |
///
/// What makes a method run is said by an attribute on it: [`macro@rpc`], [`macro@event_handler`],
/// [`macro@http`], [`macro@timer`], or [`macro@entrypoint`] for any other kind. A method may have
/// several. Methods without one are the service's own business.
///
/// Such a method
///
/// - takes `&mut self` or `&self`: each call has an instance of its own;
/// - takes and returns owned types, encoded as JSON, whose schemas go into the manifest: they
///   implement `Serialize`, `Deserialize` and `JsonSchema`;
/// - returns a `T`, or a `Result<T, E>` where `E` is `Fault` or derives [`macro@Fault`];
/// - may be `async` or not. One that is not runs where it may block.
///
/// A parameter of type `Option<…>` may be left out by callers. Other parameters can be given an
/// attribute:
///
/// | Attribute | Meaning |
/// |---|---|
/// | `#[arg(default)]` | The type's default when the caller leaves it out |
/// | `#[arg(default = 10)]` | That value when the caller leaves it out |
/// | `#[arg(sensitive)]` | Its value is not shown in logs and tools |
///
/// # The client
///
/// With at least one `#[rpc]` method there is a typed client, `GreeterClient` here. It is a
/// dependency: a service that calls this one has it as a field. Code that is no service gets one
/// from `GreeterClient::connect(url)`. Its methods are `async`, take the same parameters (those with
/// a default as an `Option`), and return a `Result` whose error tells what the method declares from
/// all else that can fail a call.
#[proc_macro_attribute]
pub fn service(args: TokenStream, item: TokenStream) -> TokenStream {
    finish(expand::service::expand(args.into(), item.into()))
}

/// Makes a trait the contract of a client: the methods it calls, in its own types.
///
/// For a service whose code is elsewhere, or is not Rust. The types are the caller's: they need name
/// only what it sends and reads, and that is what the manifest says it requires.
///
/// ```
/// use kinoko::prelude::*;
///
/// /// Users, as far as orders need them.
/// #[client(service = "users")]
/// trait Users {
///     /// What a user is called.
///     async fn name(&self, id: u64) -> String;
///
///     #[rpc(durable)]
///     async fn rename(&self, id: u64, name: String, reason: Option<String>);
/// }
///
/// #[derive(Dependencies)]
/// struct Orders {
///     users: UsersClient,
/// }
/// ```
///
/// | Option | Meaning |
/// |---|---|
/// | `service = "users"` | The service it calls. Required |
/// | `name = MyClient` | What the client is called; else the trait's name and `Client` |
/// | `crate = path` | Where the `kinoko` crate is, when it goes by another name |
///
/// A method may be given [`#[rpc(durable)]`](macro@rpc), and parameters what
/// [`#[service]`](macro@service) knows for them. The trait itself is left for fakes to implement.
#[proc_macro_attribute]
pub fn client(args: TokenStream, item: TokenStream) -> TokenStream {
    finish(expand::client::expand(args.into(), item.into()))
}

/// Inside [`#[service]`](macro@service): a method that callers call by its name.
///
/// `#[rpc(durable)]` has requests survive a restart of the broker and waits for it to confirm them.
/// Without it they are fast: the reply is the confirmation.
#[proc_macro_attribute]
pub fn rpc(_args: TokenStream, item: TokenStream) -> TokenStream {
    stray("rpc", item)
}

/// Inside [`#[service]`](macro@service): a method that handles an event.
///
/// It takes one parameter, the event. Which event is said by its type,
/// `#[event_handler(OrderPlaced)]`, or by name where the parameter is a narrower type of this
/// service's own: `#[event_handler(source = "orders", event = "placed")]`.
///
/// | Option | Meaning |
/// |---|---|
/// | `mode = "service_pool"` | One instance of this service handles each event. The default |
/// | `mode = "singleton"` | One handler of that method name in the whole cluster does |
/// | `mode = "broadcast"` | Every instance does |
/// | `reliable = false` | Only events sent while an instance runs. Otherwise they wait for it |
/// | `identifier = expr` | For a reliable broadcast: what tells an instance from others, and stays the same when it restarts |
/// | `on_failure = "reject"` | An event whose handling fails is given up on. The default |
/// | `on_failure = "requeue"` | It is delivered again |
#[proc_macro_attribute]
pub fn event_handler(_args: TokenStream, item: TokenStream) -> TokenStream {
    stray("event_handler", item)
}

/// Inside [`#[service]`](macro@service): a method that answers requests over HTTP.
///
/// `#[http(GET, "/orders/{id}")]` with axum's paths, extractors and responses: parameters are
/// `Path<…>`, `Query<…>`, `Json<…>` and the like, and the method returns what can be a response.
#[proc_macro_attribute]
pub fn http(_args: TokenStream, item: TokenStream) -> TokenStream {
    stray("http", item)
}

/// Inside [`#[service]`](macro@service): a method that the clock calls.
///
/// `#[timer(every = "30s")]`, with `ms`, `s`, `m`, `h` or `d`. The first call is after the first
/// interval, or at once with `eager = true`. The method takes nothing but `self`.
#[proc_macro_attribute]
pub fn timer(_args: TokenStream, item: TokenStream) -> TokenStream {
    stray("timer", item)
}

/// Inside [`#[service]`](macro@service): a method under an entrypoint of any kind.
///
/// `#[entrypoint("sqs", queue = "jobs", workers = 3)]` says the kind, and options that whatever
/// implements `Entrypoint` for it reads. Arguments are decoded as for [`macro@rpc`], unless
/// `with = path::to::function` names another way to make them.
#[proc_macro_attribute]
pub fn entrypoint(_args: TokenStream, item: TokenStream) -> TokenStream {
    stray("entrypoint", item)
}

/// Makes a struct of dependencies a dependency: a service, or a group that services share.
///
/// ```
/// use kinoko::prelude::*;
///
/// #[derive(Dependencies)]
/// struct Stock {
///     levels: Shared<std::collections::HashMap<String, u32>>,
/// }
///
/// #[derive(Dependencies)]
/// struct Warehouse {
///     stock: Stock,
///     call: CallContext,
/// }
/// ```
///
/// Fields are set up and made in the order they are written, and finished and stopped in the
/// reverse. When one fails to finish, those before it are dropped, and the call has failed.
///
/// `#[kinoko(crate = path)]` on the struct says where the `kinoko` crate is, when it goes by another
/// name.
#[proc_macro_derive(Dependencies, attributes(kinoko))]
pub fn dependencies(item: TokenStream) -> TokenStream {
    finish(expand::dependencies::expand(item.into()))
}

/// Makes an enum the error of methods: each variant crosses the wire and comes back as it was.
///
/// ```
/// use kinoko::prelude::*;
///
/// #[derive(Debug, Fault)]
/// enum PlaceError {
///     /// nothing in the basket
///     #[fault(expected)]
///     EmptyBasket,
///     #[fault(message = "only {left} of {sku} left", expected, status = 409)]
///     OutOfStock { sku: String, left: u32 },
///     #[fault(message = "try again later")]
///     Store(#[fault(from)] std::io::Error),
///     #[fault(transparent)]
///     Other(Fault),
/// }
///
/// let fault = Fault::from(PlaceError::OutOfStock { sku: "enoki".to_owned(), left: 2 });
/// assert_eq!(fault.to_string(), "OutOfStock: only 2 of enoki left");
/// assert!(matches!(
///     CallError::<PlaceError>::from(fault),
///     CallError::Declared(PlaceError::OutOfStock { left: 2, .. })
/// ));
/// ```
///
/// On a variant, `#[fault(…)]` takes
///
/// | Option | Meaning |
/// |---|---|
/// | `name = "OUT"` | What it is called on the wire; else the variant's name |
/// | `message = "no {sku}"` | What the caller reads, with fields in it; else the first line of the doc comment; else the name in words |
/// | `log = "{0}"` | What the log is told beside that; else the text of the source |
/// | `expected` | It is the caller's doing: logged as a warning, not an error |
/// | `status = 404` | The status it has over HTTP |
/// | `path = "shop.errors.Out"` | The class that callers in Python know it by |
/// | `transparent` | Its one field, a `Fault` or a `CallError`, is passed on as it is; `?` makes it. What the `CallError` declares, this enum then declares too |
///
/// Fields go to the caller, so they implement `Serialize`, `Deserialize` and `JsonSchema`, unless
/// they have one of
///
/// | Option | Meaning |
/// |---|---|
/// | `#[fault(source)]` | It is what caused the failure. It stays here, and goes to the log |
/// | `#[fault(from)]` | The same, and `?` makes the variant of it |
/// | `#[fault(skip)]` | It stays here |
///
/// A variant with a field that stays here reaches the caller without data, as `CallError::Other`. Add
/// `default`, as in `#[fault(skip, default)]`, and it arrives as it was but for that field, which
/// has its type's default.
///
/// `#[kinoko(crate = path)]` on the enum says where the `kinoko` crate is, when it goes by another
/// name.
#[proc_macro_derive(Fault, attributes(kinoko, fault))]
pub fn fault(item: TokenStream) -> TokenStream {
    finish(expand::fault::expand(item.into()))
}

/// Makes a struct an event, and an enum a set of events.
///
/// ```
/// use kinoko::prelude::*;
///
/// /// An order was placed and paid for.
/// #[derive(Serialize, Deserialize, JsonSchema, Event)]
/// #[event(source = "orders", name = "placed")]
/// struct OrderPlaced {
///     id: u64,
/// }
///
/// /// An order will not be.
/// #[derive(Serialize, Deserialize, JsonSchema, Event)]
/// #[event(source = "orders", name = "cancelled")]
/// struct OrderCancelled {
///     id: u64,
/// }
///
/// #[derive(Event)]
/// enum OrderEvents {
///     Placed(OrderPlaced),
///     Cancelled(OrderCancelled),
/// }
///
/// #[derive(Dependencies)]
/// struct Orders {
///     events: Dispatcher<OrderEvents>,
/// }
/// ```
///
/// A struct says whose event it is and what it is called there: that is where others subscribe. An
/// enum has one event in each variant; a dispatcher of it may emit those and no others.
///
/// `#[kinoko(crate = path)]` says where the `kinoko` crate is, when it goes by another name.
#[proc_macro_derive(Event, attributes(kinoko, event))]
pub fn event(item: TokenStream) -> TokenStream {
    finish(expand::event::expand(item.into()))
}

fn finish(expansion: expand::Expansion) -> TokenStream {
    proc_macro2::TokenStream::from(expansion).into()
}

/// An entrypoint's attribute that no `#[service]` took away.
fn stray(name: &str, item: TokenStream) -> TokenStream {
    finish(expand::stray(name, item.into()))
}
