//! Older versions of the format, made into the one this crate has.
//!
//! One function for each step, over the JSON: the types of an old version are gone by the time somebody reads one.

use serde_json::Value;

use crate::FORMAT;

/// Makes a manifest of an older version one of this. What is no manifest stays what it is.
pub(crate) fn to_current(manifest: &mut Value, from: u64) {
    const STEPS: &[fn(&mut Value)] = &[one_to_two];
    for step in STEPS.iter().skip(usize::try_from(from).unwrap_or(usize::MAX).saturating_sub(1)) {
        step(manifest);
    }
    if let Some(format) = manifest.get_mut("manifest") {
        *format = FORMAT.into();
    }
}

/// Version 2 has, beside each schema, the one of the other side where that is another; and of a method where it is. In
/// version 1 the two were taken for the same, which is what not saying it means.
fn one_to_two(_: &mut Value) {}

#[cfg(test)]
mod tests {
    use crate::{FORMAT, ServiceManifest};

    #[test]
    fn the_first_version_is_read() {
        let text = include_str!("../tests/formats/1.json");
        let manifest = ServiceManifest::from_json(text).unwrap();
        assert_eq!(manifest.format, FORMAT);
        assert_eq!(manifest.methods.len(), 2);
        assert!(manifest.methods.iter().all(|it| it.location.is_none()));
        assert_eq!(ServiceManifest::from_json(&manifest.to_json()).unwrap(), manifest);
    }
}
