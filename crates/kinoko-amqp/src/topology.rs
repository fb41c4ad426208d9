//! Addresses and subscriptions to exchanges, queues and routing keys: Nameko's, to the letter.
//!
//! This is the one place that knows these names. A service written with Nameko finds its peers here
//! only if every name and every flag is the same.

use std::{borrow::Cow, sync::Arc};

use kinoko_core::{Address, EventMode, REPLY_KEY_PREFIX, Subscription};

use crate::{
    AmqpOptions,
    link::{Exchange, Queue},
};

/// After how long a queue of replies goes when nobody consumes it, in milliseconds.
const REPLIES_EXPIRE: i32 = 300_000;

/// Where a message is published.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Route<'a> {
    pub exchange: Exchange<'a>,
    pub routing_key: Cow<'a, str>,
    /// Whether the broker is to hand it back when no queue gets it.
    pub mandatory: bool,
    /// Whether the exchange is declared before the first message to it.
    pub declare: bool,
}

/// What a subscription consumes, and what must be there for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub exchange: Exchange<'static>,
    pub declare_exchange: bool,
    pub queue: Queue,
    pub routing_key: String,
    pub prefetch: u16,
    /// Whether the broker forgets a message as soon as it is sent to us.
    pub no_ack: bool,
}

pub(crate) fn route<'a>(to: &'a Address, options: &'a AmqpOptions) -> Route<'a> {
    let rpc = |routing_key: Cow<'a, str>, mandatory: bool| Route {
        exchange: rpc_exchange(options),
        routing_key,
        mandatory,
        declare: true,
    };
    match to {
        Address::Method { service, method } => rpc([service, ".", method].concat().into(), true),
        // Its queue has the same name, so no binding need be looked for.
        Address::Reply { to } if options.direct_replies && to.starts_with(REPLY_KEY_PREFIX) => {
            Route {
                exchange: Exchange::DEFAULT,
                routing_key: Cow::Borrowed(to),
                mandatory: false,
                declare: false,
            }
        }
        Address::Reply { to } => rpc(Cow::Borrowed(to), false),
        Address::Cancel { service } => rpc(cancel_key(service).into(), false),
        Address::Event { source, event_type } => Route {
            exchange: event_exchange(source, options),
            routing_key: Cow::Borrowed(event_type),
            mandatory: false,
            declare: options.declare_event_exchanges,
        },
    }
}

/// `unique` tells this process's queue of cancelled calls from every other's.
pub(crate) fn source(to: &Subscription, options: &AmqpOptions, unique: &str) -> Source {
    let rpc = |queue: Queue, routing_key: String, prefetch: u16, no_ack: bool| Source {
        exchange: Exchange { name: options.rpc_exchange.clone().into(), auto_delete: false },
        declare_exchange: true,
        queue,
        routing_key,
        prefetch,
        no_ack,
    };
    match to {
        Subscription::Rpc { service, prefetch } => {
            let queue = Queue::lasting(format!("rpc-{service}"));
            rpc(queue, format!("{service}.*"), *prefetch, false)
        }
        // Bound under its own name, so that Nameko finds it through the exchange and Kinoko without.
        Subscription::Replies { key, guarantee } => {
            let no_ack = *guarantee == kinoko_core::Guarantee::Fast;
            rpc(private(key.clone()), key.clone(), 250, no_ack)
        }
        Subscription::Cancels { service } => {
            let queue = private(format!("rpc.cancel-{service}-{unique}"));
            rpc(queue, cancel_key(service), 250, false)
        }
        Subscription::Event { source, event_type, service, method, mode, reliable, prefetch } => {
            let name = match mode {
                EventMode::ServicePool => format!("evt-{source}-{event_type}--{service}.{method}"),
                EventMode::Singleton => format!("evt-{source}-{event_type}"),
                EventMode::Broadcast { identifier } => {
                    format!("evt-{source}-{event_type}--{service}.{method}-{identifier}")
                }
            };
            let mut queue = Queue::lasting(name);
            queue.auto_delete = !reliable;
            queue.exclusive = !reliable && matches!(mode, EventMode::Broadcast { .. });
            Source {
                exchange: event_exchange(source, options),
                declare_exchange: options.declare_event_exchanges,
                queue,
                routing_key: event_type.clone().into_owned(),
                prefetch: *prefetch,
                no_ack: false,
            }
        }
    }
}

/// To whom a message was sent that arrived on that subscription with that routing key.
pub(crate) fn address(on: &Subscription, routing_key: &Arc<str>) -> Address {
    match on {
        Subscription::Rpc { service, .. } => {
            let method = routing_key.rsplit('.').next().unwrap_or_default().to_owned();
            Address::Method { service: service.clone(), method: Cow::Owned(method) }
        }
        Subscription::Replies { .. } => Address::Reply { to: Arc::clone(routing_key) },
        Subscription::Cancels { service } => Address::Cancel { service: service.clone() },
        Subscription::Event { source, .. } => Address::Event {
            source: source.clone(),
            event_type: Cow::Owned(routing_key.to_string()),
        },
    }
}

/// To whom a request was sent that came back.
pub(crate) fn returned_address(routing_key: &str) -> Address {
    let (service, method) = routing_key.rsplit_once('.').unwrap_or((routing_key, ""));
    Address::Method { service: service.to_owned().into(), method: method.to_owned().into() }
}

pub(crate) fn rpc_exchange(options: &AmqpOptions) -> Exchange<'_> {
    Exchange { name: Cow::Borrowed(&options.rpc_exchange), auto_delete: false }
}

fn event_exchange(source: &str, options: &AmqpOptions) -> Exchange<'static> {
    Exchange {
        name: [source, ".events"].concat().into(),
        auto_delete: options.auto_delete_event_exchanges,
    }
}

fn cancel_key(service: &str) -> String {
    ["kinoko-cancel.", service].concat()
}

/// Not exclusive, so that a second connection can take it over while the broker still believes in
/// the first; so it must expire instead.
fn private(name: String) -> Queue {
    Queue { expires: Some(REPLIES_EXPIRE), ..Queue::lasting(name) }
}

#[cfg(test)]
mod tests {
    use kinoko_core::{Address, EventMode, Guarantee, Subscription};

    use super::{address, returned_address, route, source};
    use crate::AmqpOptions;

    fn options() -> AmqpOptions {
        AmqpOptions::new("amqp://").unwrap()
    }

    #[track_caller]
    fn check_route(to: Address, exchange: &str, key: &str, mandatory: bool) {
        let options = options();
        let found = route(&to, &options);
        let flags = (found.mandatory, found.declare, found.exchange.auto_delete);
        assert_eq!((&*found.exchange.name, &*found.routing_key), (exchange, key));
        assert_eq!(flags, (mandatory, true, false));
    }

    #[test]
    fn messages_go_where_nameko_sends_them() {
        let method = |service: &'static str, method: &'static str| Address::Method {
            service: service.into(),
            method: method.into(),
        };
        check_route(method("greeter", "hello"), "nameko-rpc", "greeter.hello", true);
        check_route(method("misc.dotted", "stack"), "nameko-rpc", "misc.dotted.stack", true);
        check_route(Address::Reply { to: "2d18".into() }, "nameko-rpc", "2d18", false);
        let event = Address::Event { source: "front".into(), event_type: "order.new".into() };
        check_route(event, "front.events", "order.new", false);
        let cancel = Address::Cancel { service: "greeter".into() };
        check_route(cancel, "nameko-rpc", "kinoko-cancel.greeter", false);
    }

    /// `flags` are durable, exclusive, auto-delete; all letters of `d`, `x` and `a`.
    #[track_caller]
    fn check_source(on: Subscription, exchange: &str, key: &str, queue: &str, flags: &str) {
        let found = source(&on, &options(), "uuid");
        let flag = |letter: char| flags.contains(letter);
        assert_eq!((&*found.exchange.name, &*found.routing_key), (exchange, key));
        assert_eq!(found.queue.name, queue);
        assert_eq!(
            (found.queue.durable, found.queue.exclusive, found.queue.auto_delete),
            (flag('d'), flag('x'), flag('a')),
            "{queue}"
        );
        assert_eq!(found.queue.expires, flag('e').then_some(300_000), "{queue}");
        assert_eq!(found.no_ack, flag('n'), "{queue}");
    }

    fn event(mode: EventMode, method: &'static str, reliable: bool) -> Subscription {
        Subscription::Event {
            source: "front".into(),
            event_type: "greeted".into(),
            service: "back".into(),
            method: method.into(),
            mode,
            reliable,
            prefetch: 10,
        }
    }

    #[test]
    fn subscriptions_consume_the_queues_nameko_has() {
        let (rpc, evt) = ("nameko-rpc", "front.events");
        let on = Subscription::Rpc { service: "greeter".into(), prefetch: 10 };
        check_source(on, rpc, "greeter.*", "rpc-greeter", "d");
        let replies = |guarantee| Subscription::Replies { key: "d9c0".into(), guarantee };
        check_source(replies(Guarantee::Durable), rpc, "d9c0", "d9c0", "de");
        check_source(replies(Guarantee::Fast), rpc, "d9c0", "d9c0", "den");
        let cancels = Subscription::Cancels { service: "greeter".into() };
        check_source(cancels, rpc, "kinoko-cancel.greeter", "rpc.cancel-greeter-uuid", "de");

        let pool = EventMode::ServicePool;
        let on = event(pool.clone(), "on_pool", true);
        check_source(on, evt, "greeted", "evt-front-greeted--back.on_pool", "d");
        let on = event(pool, "on_unrel", false);
        check_source(on, evt, "greeted", "evt-front-greeted--back.on_unrel", "da");
        let on = event(EventMode::Singleton, "on_one", true);
        check_source(on, evt, "greeted", "evt-front-greeted", "d");
        let on = event(EventMode::Singleton, "on_one", false);
        check_source(on, evt, "greeted", "evt-front-greeted", "da");
        let to = |identifier: &str| EventMode::Broadcast { identifier: identifier.to_owned() };
        let on = event(to("f596"), "on_bcast", false);
        check_source(on, evt, "greeted", "evt-front-greeted--back.on_bcast-f596", "dxa");
        let on = event(to("host-1"), "on_rel", true);
        check_source(on, evt, "greeted", "evt-front-greeted--back.on_rel-host-1", "d");
    }

    #[test]
    fn options_change_what_they_say() {
        let mut options = options();
        options.rpc_exchange = "other".into();
        options.declare_event_exchanges = false;
        options.auto_delete_event_exchanges = true;
        let found = source(&event(EventMode::Singleton, "m", true), &options, "");
        assert!(!found.declare_exchange && found.exchange.auto_delete);
        let reply = Address::Reply { to: "k".into() };
        let found = route(&reply, &options);
        assert_eq!(found.exchange.name, "other");
        assert!(!found.exchange.auto_delete);
    }

    #[test]
    fn a_reply_to_kinoko_goes_to_its_queue() {
        let mut options = options();
        let reply = Address::Reply { to: "kinoko-reply-front-2d18".into() };
        let found = route(&reply, &options);
        assert!(found.exchange.is_default() && !found.declare && !found.mandatory);
        assert_eq!(found.routing_key, "kinoko-reply-front-2d18");
        options.direct_replies = false;
        assert_eq!(route(&reply, &options).exchange.name, "nameko-rpc");
    }

    #[test]
    fn what_arrives_has_an_address() {
        let rpc = Subscription::Rpc { service: "misc.dotted".into(), prefetch: 1 };
        let method = |service: &'static str, method: &'static str| Address::Method {
            service: service.into(),
            method: method.into(),
        };
        assert_eq!(address(&rpc, &"misc.dotted.stack".into()), method("misc.dotted", "stack"));
        assert_eq!(address(&rpc, &"rpc-misc".into()), method("misc.dotted", "rpc-misc"));
        assert_eq!(returned_address("misc.dotted.stack"), method("misc.dotted", "stack"));
        let on = event(EventMode::Singleton, "m", true);
        let to = Address::Event { source: "front".into(), event_type: "a.b".into() };
        assert_eq!(address(&on, &"a.b".into()), to);
    }
}
