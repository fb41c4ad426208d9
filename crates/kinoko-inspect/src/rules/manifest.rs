//! The rules about two versions of a service, beside their schemas.

mod argument_default;
mod argument_location;
mod argument_order;
mod argument_sensitive;
mod call_added;
mod call_removed;
mod documentation;
mod event_added;
mod event_removed;
mod fault_added;
mod fault_meaning;
mod fault_removed;
mod guarantee;
mod handler_added;
mod handler_event;
mod handler_failure;
mod handler_mode;
mod handler_removed;
mod method_added;
mod method_kind;
mod method_removed;
mod options;
mod route;
mod section_removed;
mod service_renamed;
mod timer;
mod version;

use super::{About, ManifestRule};

/// All of them.
pub static RULES: &[&ManifestRule] = &[
    &method_removed::RULE,
    &method_added::RULE,
    &method_kind::RULE,
    &argument_order::RULE,
    &argument_default::RULE,
    &argument_location::RULE,
    &argument_sensitive::RULE,
    &fault_added::RULE,
    &fault_removed::RULE,
    &fault_meaning::RULE,
    &guarantee::RULE,
    &route::RULE,
    &timer::RULE,
    &event_removed::RULE,
    &event_added::RULE,
    &handler_removed::RULE,
    &handler_added::RULE,
    &handler_event::RULE,
    &handler_mode::RULE,
    &handler_failure::RULE,
    &section_removed::RULE,
    &call_added::RULE,
    &call_removed::RULE,
    &service_renamed::RULE,
    &version::RULE,
    &options::RULE,
    &documentation::RULE,
];

/// The rule about words.
pub(crate) fn documentation() -> &'static About {
    &documentation::RULE.about
}

/// The rule about methods that are not there.
pub(crate) fn method_removed() -> &'static About {
    &method_removed::RULE.about
}

/// The rule about events that are not emitted any more.
pub(crate) fn event_removed() -> &'static About {
    &event_removed::RULE.about
}
