//! The pages, each with its template: the files in `templates`.

use askama::Template;

use super::{
    page::{Head, Service},
    prose as filters,
};
use crate::documents::Title;

/// What is around each page.
pub(super) struct Frame<'a> {
    pub(super) title: &'a Title,
    /// Where the site begins, as seen from the page.
    pub(super) root: &'static str,
    /// The services, for the list beside the page.
    pub(super) names: &'a [Name],
    /// The service whose page it is.
    pub(super) here: Option<&'a Service>,
}

/// A service's name, and that of its files.
pub(super) struct Name {
    pub(super) name: String,
    pub(super) file: String,
}

impl Frame<'_> {
    /// The service whose page it is, if that is its name.
    fn here_at(&self, name: &Name) -> Option<&Service> {
        self.here.filter(|it| it.head.name == name.name)
    }
}

/// The page of the system.
#[derive(Template)]
#[template(path = "index.html", whitespace = "minimize")]
pub(super) struct Index<'a> {
    pub(super) frame: Frame<'a>,
    pub(super) summary: String,
    /// As SVG.
    pub(super) map: &'a str,
    pub(super) problems: &'a [String],
    pub(super) heads: Vec<&'a Head>,
    pub(super) serves_http: bool,
}

/// The page of a service.
#[derive(Template)]
#[template(path = "service.html", whitespace = "minimize")]
pub(super) struct ServicePage<'a> {
    pub(super) frame: Frame<'a>,
    pub(super) service: &'a Service,
    /// What is around it, as SVG.
    pub(super) map: &'a str,
}

/// The system in Markdown, with its services to follow.
#[derive(Template)]
#[template(path = "system.md")]
pub(super) struct SystemText<'a> {
    pub(super) title: &'a Title,
    pub(super) mermaid: String,
    pub(super) problems: &'a [String],
}

/// A service in Markdown.
#[derive(Template)]
#[template(path = "service.md")]
pub(super) struct ServiceText<'a> {
    pub(super) service: &'a Service,
}
