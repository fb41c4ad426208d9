//! A system of services that nobody wrote: the same each time, and as tangled as real ones are.

use kinoko_manifest::{
    CallInfo, ClientInfo, DependencyInfo, EntrypointInfo, EventInfo, MethodInfo, ParamInfo, Schema,
    ServiceManifest,
};
use serde_json::json;

/// Ten methods and five events each.
pub(super) const SERVICES: usize = 200;
const METHODS: usize = 10;
const EVENTS: usize = 5;
/// How many services have a new version that needs others to be there first.
pub(super) const CHANGED: usize = 20;

/// The versions that run.
pub(super) fn deployed() -> Vec<ServiceManifest> {
    let mut random = Random(7);
    (0..SERVICES).map(|at| service(at, &mut random)).collect()
}

/// New versions of some of them: each has a method more, takes one field more that may be left out, and
/// calls what the one before has more. So there is one order for them, and it is the last that comes first.
pub(super) fn next(deployed: &[ServiceManifest]) -> Vec<ServiceManifest> {
    let changed = deployed.iter().step_by(SERVICES / CHANGED);
    let mut next: Vec<ServiceManifest> = changed.cloned().collect();
    next.truncate(CHANGED);
    let names: Vec<String> = next.iter().map(|it| it.name.clone()).collect();
    for (at, service) in next.iter_mut().enumerate() {
        "2.0.0".clone_into(&mut service.version);
        let order = &mut service.methods[0].params[0].schema;
        order["properties"]["remark"] = json!({"type": ["string", "null"]});
        service.methods.push(method("method_new", &service.name));
        if let Some(needed) = names.get(at + 1) {
            service.dependencies.push(calls("newest", needed, ["method_new".to_owned()]));
        }
    }
    next
}

fn service(at: usize, random: &mut Random) -> ServiceManifest {
    let mut service = ServiceManifest::new(name(at), "1.0.0");
    service.docs = format!("Looks after the things of kind {at}. It keeps them in a table.");
    service.methods =
        (0..METHODS).map(|it| method(&format!("method_{it}"), &service.name)).collect::<Vec<_>>();
    let mut events = DependencyInfo::new("events", "dispatcher");
    events.emits = (0..EVENTS)
        .map(|it| EventInfo {
            source: service.name.clone(),
            event_type: format!("event_{it}"),
            docs: "A thing is not what it was.".to_owned(),
            schema: order(&service.name, it, true),
            schema_as_read: None,
        })
        .collect();
    service.dependencies.push(events);
    // Services are in layers: one calls those some way below it, or the few that all call, and hears of any
    // that are near.
    let mut below = || {
        let used_by_all = random.below(5) == 0;
        if used_by_all { SERVICES - 1 - random.below(5) } else { at + 20 + random.below(40) }
    };
    let mut used: Vec<usize> = (0..4).map(|_| below()).collect();
    let mut heard: Vec<usize> =
        (0..2).map(|_| (at + random.below(60)).saturating_sub(30)).collect();
    for list in [&mut used, &mut heard] {
        list.retain(|it| *it != at && *it < SERVICES);
        list.sort_unstable();
        list.dedup();
    }
    for used in used {
        let methods = (0..=random.below(4)).map(|it| format!("method_{it}"));
        service.dependencies.push(calls(&format!("client_{used}"), &name(used), methods));
    }
    for heard in heard {
        let event = random.below(EVENTS);
        let entrypoint = EntrypointInfo::new("event")
            .option("source", name(heard))
            .option("event", format!("event_{event}"));
        let mut handler = MethodInfo::new(format!("on_event_{heard}"), entrypoint);
        handler.params.push(param("event", order(&name(heard), event, false)));
        service.methods.push(handler);
    }
    if at.is_multiple_of(4) {
        let route = EntrypointInfo::new("http")
            .option("method", "POST")
            .option("path", format!("/{}/things", service.name));
        let mut route = MethodInfo::new("add", route);
        let mut body = param("thing", order(&service.name, 0, true));
        body.location = Some("body".to_owned());
        route.params.push(body);
        route.returns = order(&service.name, 1, true);
        service.methods.push(route);
    }
    service
}

fn name(at: usize) -> String {
    format!("service-{at:03}")
}

fn method(name: &str, service: &str) -> MethodInfo {
    let kind = name.bytes().last().map_or(0, |it| usize::from(it.wrapping_sub(b'0')) % METHODS);
    let mut method = MethodInfo::new(name, EntrypointInfo::new("rpc"));
    method.docs = "Does to a thing what its name says, and tells what became of it.".to_owned();
    method.params = vec![
        param("order", order(service, kind, true)),
        param("count", json!({"type": "integer", "minimum": 0, "maximum": 255})),
    ];
    method.returns = order(service, kind + 1, true);
    method
}

/// A client that asks for some methods, and reads of the replies no more than it needs.
fn calls(field: &str, service: &str, methods: impl IntoIterator<Item = String>) -> DependencyInfo {
    let call = |name: String| {
        let MethodInfo { params, mut returns, .. } = method(&name, service);
        if let Some(fields) = returns["properties"].as_object_mut() {
            fields.retain(|it, _| !OF_FEW.contains(&it.as_str()));
        }
        CallInfo { name, params, returns, faults: Vec::new() }
    };
    let mut dependency = DependencyInfo::new(field, "client");
    let methods = methods.into_iter().map(call).collect();
    dependency.client = Some(ClientInfo { service: service.to_owned(), methods });
    dependency
}

fn param(name: &str, schema: Schema) -> ParamInfo {
    ParamInfo {
        name: name.to_owned(),
        schema,
        schema_as_written: None,
        required: true,
        default: None,
        sensitive: false,
        location: None,
    }
}

/// Fields that are written and that few read.
const OF_FEW: &[&str] = &["placed_at", "note", "total"];

/// A type with others within it. Who does not need `all` of it reads a few fields.
fn order(service: &str, kind: usize, all: bool) -> Schema {
    let quantity = json!({"type": "integer", "format": "uint16", "minimum": 0, "maximum": 65535});
    let line = json!({
        "type": "object",
        "description": "One kind of thing, and how many.",
        "properties": {
            "sku": {"type": "string", "description": "What is wanted."},
            "quantity": quantity,
            "price": {"type": "number"},
        },
        "required": ["sku", "quantity", "price"],
    });
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("Order{kind}Of{service}"),
        "description": "What somebody wants, and how far it has come.",
        "type": "object",
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "lines": {"type": "array", "items": {"$ref": "#/$defs/Line"}},
            "state": {"$ref": "#/$defs/State"},
        },
        "required": ["id", "lines", "state"],
        "$defs": {
            "Line": line,
            "State": {"type": "string", "enum": ["placed", "paid", "sent", "returned"]},
        },
    });
    if all {
        for field in OF_FEW {
            schema["properties"][*field] =
                json!({"type": ["string", "null"], "description": "What the buyer said."});
        }
        schema["properties"][format!("of_kind_{kind}")] = json!({"type": "boolean"});
    }
    schema
}

/// Numbers that look like chance and are the same each time (Knuth's linear congruential generator).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }
}

#[cfg(test)]
mod tests {
    use super::{CHANGED, deployed, next};

    #[test]
    fn it_has_the_size_it_is_said_to_have() {
        let deployed = deployed();
        let methods = deployed.iter().flat_map(|it| &it.methods);
        let emits = deployed.iter().flat_map(|it| &it.dependencies).flat_map(|it| &it.emits);
        assert_eq!(methods.filter(|it| it.entrypoint.kind == "rpc").count(), 2_000);
        assert_eq!((deployed.len(), emits.count()), (200, 1_000));
        assert_eq!(next(&deployed).len(), CHANGED);
        assert_eq!(deployed, super::deployed());
    }
}
