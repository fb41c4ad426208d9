//! [`Interface`]: a manifest with its schemas read, each as what is written or read at one place.

use kinoko_manifest::{
    CallInfo, EventInfo, FaultInfo, MethodInfo, ParamInfo, Schema, ServiceManifest,
};
use serde_json::Value;

use crate::schema::{Alternative, Field, Id, Objects, Rest, Shape, Shapes};

/// One version of a service, ready to be compared with others whose schemas are in the same [`Shapes`].
#[derive(Debug)]
pub struct Interface<'m> {
    /// The manifest.
    pub manifest: &'m ServiceManifest,
    /// What makes its methods run, but for events.
    pub methods: Vec<Provided<'m>>,
    /// The events it handles.
    pub handlers: Vec<Handled<'m>>,
    /// The events it emits, sorted.
    pub emits: Vec<Emitted<'m>>,
    /// The methods of others that it calls, sorted.
    pub calls: Vec<Required<'m>>,
    /// What it reads from its configuration.
    pub settings: Vec<Settings<'m>>,
}

/// A method that others call.
#[derive(Debug)]
pub struct Provided<'m> {
    /// What the manifest says of it.
    pub info: &'m MethodInfo,
    /// The arguments it takes, as one object.
    pub request: Id,
    /// What a client of the same types sends.
    pub request_as_written: Id,
    /// What it returns.
    pub reply: Id,
    /// What a client of the same types reads.
    pub reply_as_read: Id,
    /// What comes with its faults.
    pub faults: Vec<(&'m FaultInfo, Option<Id>)>,
}

/// An event that is handled.
#[derive(Debug)]
pub struct Handled<'m> {
    /// What the manifest says of the method that does.
    pub info: &'m MethodInfo,
    /// Whose event it is.
    pub source: &'m str,
    /// Which.
    pub event_type: &'m str,
    /// `service_pool`, `singleton` or `broadcast`.
    pub mode: &'m str,
    /// What it takes; `None` when the method looks at nothing of it.
    pub payload: Option<Id>,
}

/// An event that is emitted.
#[derive(Debug)]
pub struct Emitted<'m> {
    /// What the manifest says of it.
    pub info: &'m EventInfo,
    /// What it carries.
    pub payload: Id,
    /// What a handler of the same type reads.
    pub payload_as_read: Id,
}

/// A method of another service that is called.
#[derive(Debug)]
pub struct Required<'m> {
    /// Whose.
    pub service: &'m str,
    /// The field that holds the client.
    pub field: &'m str,
    /// The method, as its caller sees it.
    pub info: &'m CallInfo,
    /// The arguments that are sent, as one object.
    pub request: Id,
    /// What is read of the reply.
    pub reply: Id,
    /// What is read of the faults that are told apart.
    pub faults: Vec<(&'m FaultInfo, Option<Id>)>,
}

/// A section of the configuration.
#[derive(Debug)]
pub struct Settings<'m> {
    /// The section's key; empty for the top level.
    pub section: &'m str,
    /// What is read.
    pub reads: Id,
}

impl<'m> Interface<'m> {
    /// Reads the schemas of a manifest.
    pub fn of(manifest: &'m ServiceManifest, shapes: &mut Shapes) -> Interface<'m> {
        let mut interface = Interface {
            manifest,
            methods: Vec::new(),
            handlers: Vec::new(),
            emits: Vec::new(),
            calls: Vec::new(),
            settings: Vec::new(),
        };
        for info in &manifest.methods {
            if info.entrypoint.kind == "event" {
                interface.handlers.push(Handled {
                    info,
                    source: option(info, "source").unwrap_or_default(),
                    event_type: option(info, "event").unwrap_or_default(),
                    mode: option(info, "mode").unwrap_or("service_pool"),
                    payload: info.params.first().map(|it| shapes.add(&it.schema)),
                });
            } else {
                interface.methods.push(provided(info, shapes));
            }
        }
        for dependency in &manifest.dependencies {
            for info in &dependency.emits {
                let payload = shapes.add(&info.schema);
                let payload_as_read = again(shapes, payload, info.schema_as_read.as_ref());
                let same = |it: &&mut Emitted<'_>| {
                    it.info.source == info.source && it.info.event_type == info.event_type
                };
                match interface.emits.iter_mut().find(same) {
                    // Of several that emit one event, a handler gets what any of them writes.
                    Some(it) if it.info.schema != info.schema => {
                        it.payload = shapes.union(it.payload, payload);
                        it.payload_as_read = shapes.union(it.payload_as_read, payload_as_read);
                    }
                    Some(_) => {}
                    None => interface.emits.push(Emitted { info, payload, payload_as_read }),
                }
            }
            if let Some(settings) = &dependency.settings {
                let reads = shapes.add(&settings.schema);
                let section = settings.section.as_str();
                match interface.settings.iter_mut().find(|it| it.section == section) {
                    // Of several that read one section, what is written there has to please each.
                    Some(it) => it.reads = shapes.intersection(it.reads, reads),
                    None => interface.settings.push(Settings { section, reads }),
                }
            }
            let client = dependency.client.iter();
            for (client, info) in
                client.flat_map(|it| it.methods.iter().map(move |info| (it, info)))
            {
                interface.calls.push(Required {
                    service: &client.service,
                    field: &dependency.field,
                    info,
                    request: arguments(shapes, &info.params, Rest::Unsaid, |it| &it.schema),
                    reply: said(shapes, &info.returns),
                    faults: faults(shapes, &info.faults),
                });
            }
        }
        // Two fields may say the same: what is emitted, or called, is that once.
        interface.emits.sort_by_key(|it| (&it.info.source, &it.info.event_type));
        interface.calls.sort_by_key(|it| (it.service, &it.info.name));
        interface.calls.dedup_by(|a, b| a.service == b.service && a.info == b.info);
        interface
    }

    /// The service's name.
    pub fn name(&self) -> &'m str {
        &self.manifest.name
    }

    /// The method of that name that is called by RPC.
    pub fn rpc(&self, name: &str) -> Option<&Provided<'m>> {
        self.methods.iter().find(|it| it.info.name == name && it.info.entrypoint.kind == "rpc")
    }

    /// The event of that source and type, if it is emitted.
    pub fn emitted(&self, source: &str, event_type: &str) -> Option<&Emitted<'m>> {
        self.emits.iter().find(|it| it.info.source == source && it.info.event_type == event_type)
    }
}

/// The methods that both versions have and reach in the same way.
pub(crate) fn methods_of_both<'a, 'm>(
    old: &'a Interface<'m>,
    new: &'a Interface<'m>,
) -> impl Iterator<Item = (&'a Provided<'m>, &'a Provided<'m>)> {
    old.methods.iter().filter_map(|before| {
        let same = |it: &&Provided<'_>| {
            it.info.name == before.info.name
                && it.info.entrypoint.kind == before.info.entrypoint.kind
        };
        Some((before, new.methods.iter().find(same)?))
    })
}

/// The parameters that methods of both versions have, and the path of each.
pub(crate) fn params_of_both<'a, 'm>(
    old: &'a Interface<'m>,
    new: &'a Interface<'m>,
) -> impl Iterator<Item = (String, &'m ParamInfo, &'m ParamInfo)> {
    methods_of_both(old, new).flat_map(|(old, new)| {
        old.info.params.iter().filter_map(move |before| {
            let after = new.info.params.iter().find(|it| it.name == before.name)?;
            Some((format!("{}.request.{}", old.info.name, before.name), before, after))
        })
    })
}

/// The handlers that both versions have.
pub(crate) fn handlers_of_both<'a, 'm>(
    old: &'a Interface<'m>,
    new: &'a Interface<'m>,
) -> impl Iterator<Item = (&'a Handled<'m>, &'a Handled<'m>)> {
    old.handlers.iter().filter_map(|before| {
        Some((before, new.handlers.iter().find(|it| it.info.name == before.info.name)?))
    })
}

/// A textual option of a method's entrypoint.
pub(crate) fn option<'m>(info: &'m MethodInfo, key: &str) -> Option<&'m str> {
    info.entrypoint.options.get(key).and_then(Value::as_str)
}

fn provided<'m>(info: &'m MethodInfo, shapes: &mut Shapes) -> Provided<'m> {
    // A call binds its arguments as a function does: one too many is an error. What an HTTP request has
    // beside what the method asks for is nobody's concern.
    let rest = if info.entrypoint.kind == "rpc" { Rest::Refused } else { Rest::Unsaid };
    let as_written = |it: &'m ParamInfo| it.schema_as_written.as_ref().unwrap_or(&it.schema);
    let reply = said(shapes, &info.returns);
    Provided {
        info,
        request: arguments(shapes, &info.params, rest, |it| &it.schema),
        request_as_written: arguments(shapes, &info.params, Rest::Unsaid, as_written),
        reply,
        reply_as_read: again(shapes, reply, info.returns_as_read.as_ref()),
        faults: faults(shapes, &info.faults),
    }
}

/// A schema; anything, where none is said.
fn said(shapes: &mut Shapes, schema: &Schema) -> Id {
    if schema.is_null() { Shapes::ANY } else { shapes.add(schema) }
}

/// The same schema, unless another is said.
fn again(shapes: &mut Shapes, id: Id, other: Option<&Schema>) -> Id {
    other.map_or(id, |it| shapes.add(it))
}

fn faults<'m>(shapes: &mut Shapes, faults: &'m [FaultInfo]) -> Vec<(&'m FaultInfo, Option<Id>)> {
    faults.iter().map(|it| (it, it.data.as_ref().map(|data| shapes.add(data)))).collect()
}

/// Arguments as one object, by name.
fn arguments<'m>(
    shapes: &mut Shapes,
    params: &'m [ParamInfo],
    rest: Rest,
    schema: impl Fn(&'m ParamInfo) -> &'m Schema,
) -> Id {
    let mut objects = Objects { rest, ..Objects::default() };
    for param in params {
        let shape = shapes.add(schema(param));
        // A variable of a path goes by its place, whatever it is called.
        let name = if param.location.as_deref() == Some("path") { "(path)" } else { &param.name };
        objects.fields.insert(name.to_owned(), Field { shape, required: param.required });
    }
    let alternatives = vec![Alternative::Object(objects)];
    shapes.add_shape(Shape { name: None, alternatives, ..Shape::default() })
}
