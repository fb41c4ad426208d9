//! [`Method`]: what a page says of a method.

use askama::Template;

use super::{describing::User, prose as filters, types::Type};

/// A method.
#[derive(Template)]
#[template(path = "method.html", whitespace = "minimize")]
pub(super) struct Method {
    pub(super) name: String,
    pub(super) anchor: String,
    /// What stands beside its name: a route, an event, a clock.
    pub(super) about: String,
    /// Of a route the verb and the path, apart.
    pub(super) route: Option<(String, String)>,
    /// Where the event is described that it handles.
    pub(super) event: String,
    pub(super) docs: String,
    pub(super) params: Vec<Param>,
    pub(super) returns: Option<Type>,
    pub(super) faults: Vec<Fault>,
    pub(super) request: String,
    pub(super) reply: String,
    pub(super) users: Vec<User>,
}

impl Method {
    /// What it returns, if that is worth a word: nothing is not, nor is a response it makes itself.
    pub(super) fn shown(&self) -> Option<&Type> {
        let is_shown =
            |it: &&Type| it.text != "null" && (self.route.is_none() || it.text != "anything");
        self.returns.as_ref().filter(is_shown)
    }

    /// Where it is described, and how it is called in a list.
    pub(super) fn listed(&self) -> (&str, &str) {
        (&self.anchor, if self.route.is_some() { &self.about } else { &self.name })
    }

    /// Whether there is something to list of it.
    pub(super) fn has_list(&self) -> bool {
        !self.params.is_empty() || self.shown().is_some() || !self.faults.is_empty()
    }
}

pub(super) struct Param {
    pub(super) name: String,
    pub(super) required: bool,
    pub(super) default: String,
    pub(super) sensitive: bool,
    pub(super) of: Type,
}

pub(super) struct Fault {
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) expected: bool,
    pub(super) status: Option<u16>,
    /// The names of what it carries.
    pub(super) data: Vec<String>,
}
