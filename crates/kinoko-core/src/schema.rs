//! Schemas of types, for the manifest: as the type is read, and as it is written.
//!
//! The two may differ: a field with a default need not be there to be read and is always written. What serde does is
//! what `schemars` says, save where it says less than JSON Schema can, of the size of integers and of `Result`, and
//! where it demands of who reads what only who writes keeps to. `tests/it/schemas` asks both of every attribute. What
//! `schemars` cannot see, a type has to say itself: [`other`](fn@other), [`alias`](fn@alias).

mod alias;
mod other;
mod tolerant;

use kinoko_manifest::Schema;
use schemars::{
    JsonSchema,
    generate::SchemaSettings,
    transform::{RecursiveTransform, Transform},
};

pub use alias::alias;
pub use other::{other, other_beside};

/// The schema of what this side reads as a `T`.
#[doc(hidden)]
pub fn reads<T: JsonSchema>() -> Schema {
    let mut schema = of::<T>(SchemaSettings::draft2020_12().for_deserialize());
    RecursiveTransform(tolerant::tolerant).transform(&mut schema);
    RecursiveTransform(alias::open).transform(&mut schema);
    RecursiveTransform(other::open).transform(&mut schema);
    forget(&mut schema);
    schema.to_value()
}

/// The schema of what this side writes of a `T`.
#[doc(hidden)]
pub fn writes<T: JsonSchema>() -> Schema {
    let mut schema = of::<T>(SchemaSettings::draft2020_12().for_serialize());
    forget(&mut schema);
    schema.to_value()
}

/// Takes away what types said of themselves to be seen here.
fn forget(schema: &mut schemars::Schema) {
    RecursiveTransform(alias::forget).transform(schema);
    RecursiveTransform(other::forget).transform(schema);
}

/// The schema of a parameter as the service takes it, and as a client of the same type gives it where that is
/// another.
#[doc(hidden)]
pub fn taken<T: JsonSchema>() -> (Schema, Option<Schema>) {
    let (reads, writes) = (reads::<T>(), writes::<T>());
    let other = (reads != writes).then_some(writes);
    (reads, other)
}

/// The schema of an argument as a client gives it.
#[doc(hidden)]
pub fn given<T: JsonSchema>() -> (Schema, Option<Schema>) {
    (writes::<T>(), None)
}

/// The schema of a result or an event as it is read by who has the same type, where that is another than it is
/// written by.
#[doc(hidden)]
pub fn as_read<T: JsonSchema>() -> Option<Schema> {
    let (reads, writes) = (reads::<T>(), writes::<T>());
    (reads != writes).then_some(reads)
}

fn of<T: JsonSchema>(settings: SchemaSettings) -> schemars::Schema {
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    RecursiveTransform(sized).transform(&mut schema);
    RecursiveTransform(either).transform(&mut schema);
    schema
}

/// Says of an integer what its type can hold.
fn sized(schema: &mut schemars::Schema) {
    let is_integer = match schema.get("type") {
        Some(Schema::String(one)) => one == "integer",
        Some(Schema::Array(several)) => several.iter().any(|it| it == "integer"),
        _ => false,
    };
    if !is_integer {
        return;
    }
    let (least, most): (i64, u64) = match schema.get("format").and_then(Schema::as_str) {
        Some("int8") => (i8::MIN.into(), i8::MAX as u64),
        Some("int16") => (i16::MIN.into(), i16::MAX as u64),
        Some("int32") => (i32::MIN.into(), i32::MAX as u64),
        Some("int64" | "int") => (i64::MIN, i64::MAX as u64),
        Some("uint8") => (0, u8::MAX.into()),
        Some("uint16") => (0, u16::MAX.into()),
        Some("uint32") => (0, u32::MAX.into()),
        Some("uint64" | "uint") => (0, u64::MAX),
        _ => return,
    };
    // What the type itself says is narrower.
    let object = schema.ensure_object();
    object.entry("minimum").or_insert_with(|| least.into());
    object.entry("maximum").or_insert_with(|| most.into());
}

/// Says of a `Result` that nothing stands beside its `Ok` or `Err`, as of every other enum.
fn either(schema: &mut schemars::Schema) {
    let Some(Schema::Array(variants)) = schema.get_mut("oneOf") else { return };
    let is = |variant: &Schema, name: &str| {
        variant["required"] == serde_json::json!([name])
            && variant["properties"].as_object().is_some_and(|it| it.len() == 1)
    };
    if matches!(&variants[..], [ok, err] if is(ok, "Ok") && is(err, "Err")) {
        for variant in variants.iter_mut().filter_map(Schema::as_object_mut) {
            variant.insert("additionalProperties".to_owned(), false.into());
        }
    }
}
