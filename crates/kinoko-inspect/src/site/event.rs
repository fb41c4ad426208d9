//! [`Event`]: what a page says of an event.

use askama::Template;

use super::{describing::User, prose as filters, types::Type};

/// An event.
#[derive(Template)]
#[template(path = "event.html", whitespace = "minimize")]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) anchor: String,
    pub(super) docs: String,
    pub(super) of: Type,
    pub(super) example: String,
    pub(super) users: Vec<User>,
}
