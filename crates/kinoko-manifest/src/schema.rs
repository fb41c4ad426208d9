//! [`SCHEMA`]: the format as a JSON Schema, for editors and for programs in other languages.
//!
//! It is made from the types of this crate and committed, so that this crate needs nothing to have it. It describes what
//! is written by hand: a key that it does not know is a mistake. Who reads manifests that a newer minor version may have
//! written passes over such keys.

/// The JSON Schema (draft 2020-12) of a manifest of this version of the format.
pub const SCHEMA: &str = include_str!("../schema/manifest-2.json");

#[cfg(test)]
pub(crate) use tests::{AnySchema, Version};

#[cfg(test)]
mod tests {
    use std::{borrow::Cow, path::Path};

    use schemars::{
        JsonSchema, Schema, SchemaGenerator,
        generate::SchemaSettings,
        json_schema,
        transform::{RecursiveTransform, Transform},
    };
    use serde_json::{Value, json};

    use super::SCHEMA;
    use crate::{FORMAT, ServiceManifest, format::sorted};

    /// What a field that holds a JSON Schema may hold.
    pub(crate) struct AnySchema;

    impl JsonSchema for AnySchema {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "AnySchema".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({"type": ["object", "boolean"]})
        }
    }

    /// This version of the format and no other.
    pub(crate) struct Version;

    impl JsonSchema for Version {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "Version".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({"const": FORMAT})
        }
    }

    /// Run with `KINOKO_REFRESH=1` it writes the file.
    #[test]
    fn the_committed_schema_is_that_of_the_types() {
        let text = format!("{:#}\n", generated());
        let file = format!("schema/manifest-{FORMAT}.json");
        if std::env::var_os("KINOKO_REFRESH").is_some() {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            return std::fs::write(path, text).unwrap();
        }
        assert!(
            text == SCHEMA,
            "{file} is not the schema of the types; if that is meant, record it with KINOKO_REFRESH=1"
        );
    }

    fn generated() -> Value {
        let settings = SchemaSettings::draft2020_12().for_deserialize();
        let mut schema = settings.into_generator().into_root_schema_for::<ServiceManifest>();
        RecursiveTransform(strict).transform(&mut schema);
        schema.insert("$id".to_owned(), format!("urn:kinoko:manifest:{FORMAT}").into());
        schema.insert("title".to_owned(), format!("Kinoko manifest, format {FORMAT}").into());
        sorted(schema.to_value())
    }

    /// Refuses what whoever reads a manifest that was written by hand refuses, and says it as JSON Schema does.
    fn strict(schema: &mut Schema) {
        if let Some(Value::String(text)) = schema.get_mut("description") {
            // Lines of the source and links within it are none here.
            *text = text.replace('\n', " ").replace("[`", "`").replace("`]", "`");
        }
        if schema.get("properties").is_some() {
            schema.insert("additionalProperties".to_owned(), json!(false));
        }
        let most = match schema.remove("format").as_ref().and_then(Value::as_str) {
            Some("uint16") => u32::from(u16::MAX),
            Some("uint32") => u32::MAX,
            _ => return,
        };
        schema.insert("maximum".to_owned(), json!(most));
    }
}
