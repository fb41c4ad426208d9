//! [`Config`]: a service's own section of the configuration, as a field.

use std::{fmt, ops::Deref, sync::Arc};

use kinoko_manifest::{DependencyInfo, Schema, SettingsInfo};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::{CallContext, Dependency, Error, Fault, SetupContext};

/// The settings of a service: what stands in the configuration under its name.
///
/// A mistake in them keeps the process from starting, with a text that says which key, where it was
/// written and what was wanted. What is not to be shown goes in a [`Secret`](crate::Secret).
///
/// ```
/// use kinoko_core::{Config, Secret};
///
/// #[derive(serde::Deserialize, schemars::JsonSchema)]
/// struct OrderSettings {
///     /// The most that one order may hold.
///     #[serde(default = "ten")]
///     limit: u32,
///     payment_token: Secret<String>,
/// }
///
/// fn ten() -> u32 {
///     10
/// }
///
/// // In a unit test; a running service has it read from
/// //
/// //     orders:
/// //       limit: 3
/// //       payment_token: ${PAYMENT_TOKEN}
/// let settings = Config::new(OrderSettings { limit: 3, payment_token: "t".to_owned().into() });
/// assert_eq!(settings.limit, 3);
/// ```
pub struct Config<T>(Arc<T>);

impl<T> Config<T> {
    /// Settings for a unit test that builds the service by hand.
    pub fn new(value: T) -> Config<T> {
        Config(Arc::new(value))
    }

    /// The settings, to keep for longer than the call.
    pub fn arc(&self) -> Arc<T> {
        self.0.clone()
    }
}

impl<T> Clone for Config<T> {
    fn clone(&self) -> Config<T> {
        Config(self.0.clone())
    }
}

impl<T: fmt::Debug> fmt::Debug for Config<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Config").field(&self.0).finish()
    }
}

impl<T> Deref for Config<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + JsonSchema + Send + Sync + 'static> Dependency for Config<T> {
    type State = Arc<T>;

    async fn setup(cx: &SetupContext) -> Result<Arc<T>, Error> {
        cx.config.section(cx.service).map(Arc::new)
    }

    async fn get(state: &Arc<T>, _call: &CallContext) -> Result<Config<T>, Fault> {
        Ok(Config(state.clone()))
    }

    fn describe(service: &str, field: &str, out: &mut Vec<DependencyInfo>) {
        let mut info = DependencyInfo::new(field, "config");
        info.settings =
            Some(SettingsInfo { section: service.to_owned(), schema: settings_schema::<T>() });
        out.push(info);
    }
}

/// The schema of what `T` is read from.
pub(crate) fn settings_schema<T: JsonSchema>() -> Schema {
    crate::schema::reads::<T>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_says_which_section_is_read() {
        #[derive(JsonSchema, serde::Deserialize)]
        #[expect(dead_code, reason = "only its schema is looked at")]
        struct Settings {
            limit: u32,
        }
        let mut out = Vec::new();
        Config::<Settings>::describe("orders", "settings", &mut out);
        let [info] = &out[..] else { panic!("one field, one entry: {out:?}") };
        assert_eq!((info.field.as_str(), info.kind.as_str()), ("settings", "config"));
        let settings = info.settings.as_ref().unwrap();
        assert_eq!(settings.section, "orders");
        assert_eq!(settings.schema["required"], serde_json::json!(["limit"]));
    }
}
