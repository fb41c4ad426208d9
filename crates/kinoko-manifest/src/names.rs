//! Names of types within schemas: that each means one thing.

use std::collections::BTreeMap;

use crate::{Schema, ServiceManifest};

impl ServiceManifest {
    /// The names that two types of the service share. Within one schema the second is then called by the name and
    /// a number, which one depends on their order, and a comparison of two versions would tell of changes that are
    /// none.
    ///
    /// Each is told in a text with its remedy.
    pub fn shared_names(&self) -> Vec<String> {
        let mut shared = Vec::new();
        // What is read and what is written of one type may differ, so a name has a meaning on each side.
        let (mut read, mut written) = (BTreeMap::new(), BTreeMap::new());
        for method in &self.methods {
            let name = &method.name;
            let read_here =
                method.params.iter().map(|it| (&it.schema, format!("{name}({})", it.name)));
            read_here.for_each(|(schema, place)| enter(schema, place, &mut read, &mut shared));
            enter(&method.returns, format!("what {name} returns"), &mut written, &mut shared);
        }
        for dependency in &self.dependencies {
            for event in &dependency.emits {
                let place = format!("the event {}", event.event_type);
                enter(&event.schema, place, &mut written, &mut shared);
            }
        }
        shared.dedup();
        shared
    }
}

/// What each name was seen to mean, and where.
type Seen<'a> = BTreeMap<&'a str, (&'a Schema, String)>;

fn enter<'a>(schema: &'a Schema, place: String, seen: &mut Seen<'a>, shared: &mut Vec<String>) {
    let remedy = "give one of them another by `#[schemars(rename = \"…\")]`";
    let Some(types) = schema.get("$defs").and_then(Schema::as_object) else { return };
    for (name, meaning) in types {
        let plain = name.trim_end_matches(|it: char| it.is_ascii_digit());
        if plain != name && types.contains_key(plain) {
            shared.push(format!("two types of {place} are called `{plain}`: {remedy}"));
        }
        match seen.get(name.as_str()) {
            Some((other, there)) if *other != meaning => {
                shared.push(format!(
                    "the types `{name}` of {there} and of {place} are two: {remedy}"
                ));
            }
            Some(_) => {}
            None => drop(seen.insert(name, (meaning, place.clone()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{EntrypointInfo, MethodInfo, ServiceManifest};

    #[test]
    fn two_types_of_one_name_are_told() {
        let mut manifest = ServiceManifest::new("s", "1.0.0");
        let mut method = |name: &str, defs: serde_json::Value| {
            let mut method = MethodInfo::new(name, EntrypointInfo::new("rpc"));
            method.returns = json!({"$ref": "#/$defs/Line", "$defs": defs});
            manifest.methods.push(method);
        };
        method("a", json!({"Line": {"type": "string"}}));
        method("b", json!({"Line": {"type": "string"}}));
        assert_eq!(manifest.shared_names(), [""; 0]);
        let mut method = |name: &str, defs: serde_json::Value| {
            let mut method = MethodInfo::new(name, EntrypointInfo::new("rpc"));
            method.returns = json!({"$ref": "#/$defs/Line", "$defs": defs});
            manifest.methods.push(method);
        };
        method("c", json!({"Line": {"type": "integer"}}));
        method("d", json!({"Line": {"type": "string"}, "Line2": {"type": "null"}}));
        let shared = manifest.shared_names();
        assert_eq!(shared.len(), 2, "{shared:?}");
        assert!(shared[0].contains("`Line` of what a returns and of what c returns"), "{shared:?}");
        assert!(shared[1].contains("two types of what d returns are called `Line`"), "{shared:?}");
    }
}
