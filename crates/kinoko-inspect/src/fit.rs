//! Whether two services that run at the same time understand each other, in the direction of one
//! consumer and one provider.
//!
//! What is held against the provider is only what this consumer does: the methods it calls, the fields it
//! sends and reads, the events it handles.

use serde::Serialize;
use serde_json::Value;

use crate::{
    compare::{self, Mismatch},
    diff::{Direction, places::joined},
    interface::{Interface, Required},
    rules::{self, About, Level},
    schema::{Id, Shapes},
};

/// Something a consumer relies on and a provider does not give.
#[derive(Debug, Clone, Serialize)]
pub struct Break {
    /// The rule it is a case of.
    #[serde(rename = "rule", serialize_with = "crate::diff::id")]
    pub about: &'static About,
    /// [`Breaking`](Level::Breaking), or [`Dangerous`](Level::Dangerous) where it could not be told.
    pub level: Level,
    /// Who writes what it is about.
    pub direction: Direction,
    /// Who relies on it.
    pub consumer: Party,
    /// On whom.
    pub provider: Party,
    /// The method or event: `catalogue.get`.
    pub subject: String,
    /// Where in it: `reply.price`.
    pub path: String,
    /// What is written.
    pub writes: String,
    /// What is read.
    pub reads: String,
    /// A value that is written and refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// One version of a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Party {
    /// Its name.
    pub service: String,
    /// Its version.
    pub version: String,
}

impl Party {
    /// The one of a manifest.
    pub(crate) fn of(interface: &Interface<'_>) -> Party {
        let manifest = interface.manifest;
        Party { service: manifest.name.clone(), version: manifest.version.clone() }
    }
}

impl std::fmt::Display for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.service, self.version)
    }
}

/// What a consumer relies on and a provider does not give, of the calls it makes to it and the events of
/// it that it handles.
pub fn breaks(shapes: &Shapes, consumer: &Interface<'_>, provider: &Interface<'_>) -> Vec<Break> {
    let mut judging = Judging { shapes, consumer, provider, found: Vec::new() };
    for call in consumer.calls.iter().filter(|it| it.service == provider.name()) {
        judging.call(call);
    }
    for handler in consumer.handlers.iter() {
        let Some(event) = provider.emitted(handler.source, handler.event_type) else { continue };
        if let Some(reads) = handler.payload {
            let subject = format!("{}.{}", handler.source, handler.event_type);
            judging.schemas(Direction::Event, &subject, "event", event.payload, reads);
        }
    }
    judging.found
}

/// Whether a consumer has anything to do with a provider.
pub fn relies_on(consumer: &Interface<'_>, provider: &Interface<'_>) -> bool {
    consumer.calls.iter().any(|it| it.service == provider.name())
        || consumer.handlers.iter().any(|it| provider.emitted(it.source, it.event_type).is_some())
}

struct Judging<'a, 'm> {
    shapes: &'a Shapes,
    consumer: &'a Interface<'m>,
    provider: &'a Interface<'m>,
    found: Vec<Break>,
}

impl Judging<'_, '_> {
    fn call(&mut self, call: &Required<'_>) {
        let subject = format!("{}.{}", call.service, call.info.name);
        let Some(method) = self.provider.rpc(&call.info.name) else {
            let about = rules::manifest::method_removed();
            self.found.push(Break {
                about,
                level: Level::Breaking,
                direction: Direction::Request,
                consumer: Party::of(self.consumer),
                provider: Party::of(self.provider),
                subject,
                path: String::new(),
                writes: "calls it".to_owned(),
                reads: match self.provider.manifest.method(&call.info.name) {
                    Some(other) => format!("served by {}, not by RPC", other.entrypoint.kind),
                    None => "no such method".to_owned(),
                },
                value: None,
            });
            return;
        };
        self.schemas(Direction::Request, &subject, "request", call.request, method.request);
        if method.info.returns.is_null() && call.reply != Shapes::ANY {
            self.found.push(self.not_said(&subject));
        } else {
            self.schemas(Direction::Reply, &subject, "reply", method.reply, call.reply);
        }
        for (fault, reads) in &call.faults {
            let written = method.faults.iter().find(|(it, _)| it.name == fault.name);
            let place = format!("faults.{}", fault.name);
            match (reads, written) {
                (Some(reads), Some((_, Some(writes)))) => {
                    self.schemas(Direction::Reply, &subject, &place, *writes, *reads);
                }
                (Some(reads), Some((_, None))) => {
                    self.schemas(Direction::Reply, &subject, &place, Shapes::NULL, *reads);
                }
                _ => {}
            }
        }
    }

    /// That a provider, described by hand, does not say what a method returns.
    fn not_said(&self, subject: &str) -> Break {
        Break {
            about: &rules::schema::unread::RULE.about,
            level: Level::Dangerous,
            direction: Direction::Reply,
            consumer: Party::of(self.consumer),
            provider: Party::of(self.provider),
            subject: subject.to_owned(),
            path: "reply".to_owned(),
            writes: "not said (`returns`)".to_owned(),
            reads: "something".to_owned(),
            value: None,
        }
    }

    fn schemas(
        &mut self,
        direction: Direction,
        subject: &str,
        place: &str,
        writer: Id,
        reader: Id,
    ) {
        let found = compare::compare(self.shapes, writer, reader);
        // That something is passed over is nobody's loss here: this reader never wanted it.
        let found = found.into_iter().filter(Mismatch::is_refusal);
        let breaks = found.map(|it| Break {
            about: &it.rule.about,
            level: it.level(true),
            direction,
            consumer: Party::of(self.consumer),
            provider: Party::of(self.provider),
            subject: subject.to_owned(),
            path: joined(place, &it.path),
            writes: it.writes,
            reads: it.reads,
            value: it.value,
        });
        self.found.extend(breaks);
    }
}

/// The calls of a consumer to a provider, of which no version runs yet.
pub(crate) fn nobody(consumer: &Interface<'_>, provider: &Interface<'_>) -> Option<Break> {
    let call = consumer.calls.iter().find(|it| it.service == provider.name())?;
    Some(Break {
        about: rules::manifest::method_removed(),
        level: Level::Breaking,
        direction: Direction::Request,
        consumer: Party::of(consumer),
        provider: Party::of(provider),
        subject: format!("{}.{}", call.service, call.info.name),
        path: String::new(),
        writes: "calls it".to_owned(),
        reads: "does not run yet".to_owned(),
        value: None,
    })
}

/// The events that a consumer handles, and that one version of a provider emits and the next does not.
pub fn lost(consumer: &Interface<'_>, before: &Interface<'_>, after: &Interface<'_>) -> Vec<Break> {
    let handled = consumer.handlers.iter().filter(|it| {
        before.emitted(it.source, it.event_type).is_some()
            && after.emitted(it.source, it.event_type).is_none()
    });
    let breaks = handled.map(|it| Break {
        about: rules::manifest::event_removed(),
        level: Level::Breaking,
        direction: Direction::Event,
        consumer: Party::of(consumer),
        provider: Party::of(after),
        subject: format!("{}.{}", it.source, it.event_type),
        path: String::new(),
        writes: format!("emitted by {} and not any more", before.manifest.version),
        reads: format!("handled by {}", it.info.name),
        value: None,
    });
    breaks.collect()
}
