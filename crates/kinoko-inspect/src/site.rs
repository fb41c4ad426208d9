//! The documentation of a system as a static site: pages that need no server and fetch nothing.

mod describing;
mod event;
mod found;
mod links;
mod method;
mod page;
mod parallel;
#[expect(unreachable_pub, reason = "what the attribute of a filter makes")]
mod prose;
mod templates;
mod types;

use std::collections::BTreeSet;

use askama::Template;
use kinoko_manifest::ServiceManifest;
use serde_json::json;

use self::{
    links::Links,
    templates::{Frame, Index, Name, ServicePage, ServiceText, SystemText},
};
use crate::{
    documents::{self, Part, System, Title, Whole},
    map::{Cut, Drawing, Map, Service},
};

/// Why a site could not be made: a fault of its templates.
pub type SiteError = askama::Error;

/// Writes the files of the site, each by its path, as soon as it is made: those of a large system are too many to
/// keep.
///
/// # Errors
/// The first that `write` ends with; or when a template fails, which is a bug.
pub fn site<E: From<SiteError>>(
    title: &Title,
    manifests: Vec<ServiceManifest>,
    mut write: impl FnMut(&str, &str) -> Result<(), E>,
) -> Result<(), E> {
    // Of several versions of a service the last has the page.
    let mut files = BTreeSet::new();
    let mut manifests: Vec<ServiceManifest> =
        manifests.into_iter().rev().filter(|it| files.insert(page::file(&it.name))).collect();
    manifests.reverse();
    let map = Map::of(&manifests);
    let site = Site::new(title, &manifests, &map)?;
    let (mut all, mut drawn) = (vec![About::default(); manifests.len()], String::new());
    if site.serves_http {
        write("openapi.json", &documents::text(&documents::openapi(title, &manifests)))?;
    }
    // The map takes longest, so it is begun first.
    let services = manifests.into_iter().map(|it| Job::Service(Box::new(it)));
    let jobs: Vec<Job> = std::iter::once(Job::Map).chain(services).collect();
    let mut asyncapi = Whole::default();
    parallel::each(
        jobs,
        |it| site.make(it),
        |at, made| -> Result<(), E> {
            match made? {
                Made::Map(it) => drawn = it,
                Made::Service { files, about, asyncapi: part } => {
                    all[at - 1] = about;
                    asyncapi.add(at - 1, *part);
                    files.into_iter().try_for_each(|(path, text)| write(&path, &text))?;
                }
            }
            Ok(())
        },
    )?;
    let rest =
        [Rest::AsyncApi(Box::new(asyncapi)), Rest::Index(drawn), Rest::Markdown, Rest::Found];
    parallel::each(
        rest.into(),
        |it| site.rest(it, &all),
        |_, made| -> Result<(), E> {
            let (path, text) = made?;
            write(path, &text)
        },
    )?;
    write("style.css", include_str!("site/style.css"))?;
    write("search.js", include_str!("site/search.js"))
}

/// What all pages share.
struct Site<'a> {
    title: &'a Title,
    map: &'a Map,
    links: Links<'a>,
    system: System,
    problems: Vec<String>,
    /// The services, for the list beside each page.
    names: Vec<Name>,
    serves_http: bool,
}

/// What there is to make.
enum Job {
    /// The map of the system.
    Map,
    /// The files of a service.
    Service(Box<ServiceManifest>),
}

/// What there is to make when all of that is there.
enum Rest {
    /// The document of all services.
    AsyncApi(Box<Whole>),
    /// The page of the system, with its map.
    Index(String),
    /// All in one file.
    Markdown,
    /// What a search finds.
    Found,
}

enum Made {
    Map(String),
    Service { files: Vec<(String, String)>, about: About, asyncapi: Box<Part> },
}

/// What the pages of the system say of a service.
#[derive(Clone, Default)]
struct About {
    head: page::Head,
    markdown: String,
    found: Vec<serde_json::Value>,
}

impl<'a> Site<'a> {
    fn new(
        title: &'a Title,
        manifests: &[ServiceManifest],
        map: &'a Map,
    ) -> Result<Site<'a>, SiteError> {
        let name =
            |it: &ServiceManifest| Name { name: it.name.clone(), file: page::file(&it.name) };
        let problems = map.problems.iter().map(ToString::to_string).collect();
        let names = manifests.iter().map(name).collect();
        let mut methods = manifests.iter().flat_map(|it| &it.methods);
        let serves_http = methods.any(|it| it.entrypoint.kind == "http");
        let system = System::of(manifests);
        let links = Links::of(map);
        Ok(Site { title, map, links, system, problems, names, serves_http })
    }

    fn make(&self, job: Job) -> Result<Made, SiteError> {
        match job {
            Job::Map => {
                let link = |name: &str| self.link("services/", name);
                Ok(Made::Map(Drawing::of(self.map).to_linked_svg(link)))
            }
            Job::Service(manifest) => self.service(manifest),
        }
    }

    /// The page of a service, its documents, and what is said of it elsewhere.
    fn service(&self, manifest: Box<ServiceManifest>) -> Result<Made, SiteError> {
        let page = page::service(&manifest, self.map, &self.links);
        let around = Cut { around: Some(manifest.name.clone()), ..Cut::default() };
        let around = self.map.cut(&around).unwrap_or_default();
        // The one that is not a link is the one whose page it is.
        let elsewhere = |name: &str| self.link("", name).filter(|_| name != manifest.name);
        let map = Drawing::of(&around).to_linked_svg(elsewhere);
        let markdown = ServiceText { service: &page }.render()?;
        let path = |kind: &str| format!("services/{}.{kind}", page.head.file);
        let frame = self.frame("../", Some(&page));
        let html = ServicePage { frame, service: &page, map: &map }.render()?;
        let mut files = vec![(path("html"), html)];
        let (one, of) = ([&*manifest], Title::of(&manifest));
        if page.serves_http() {
            files.push((path("openapi.json"), documents::text(&documents::openapi(&of, one))));
        }
        let asyncapi = Box::new(self.system.part(&manifest));
        files.push((path("asyncapi.json"), asyncapi.text()));
        let found = found::of(&page);
        let about = About { head: page.head, markdown, found };
        Ok(Made::Service { files, about, asyncapi })
    }

    fn rest(&self, rest: Rest, all: &[About]) -> Result<(&'static str, String), SiteError> {
        Ok(match rest {
            Rest::AsyncApi(whole) => ("asyncapi.json", whole.text(self.title)),
            Rest::Index(map) => ("index.html", self.index(&map, all)?),
            Rest::Markdown => ("system.md", self.markdown(all)?),
            Rest::Found => {
                // A script, not JSON: a page that was opened from a disk may not fetch.
                let found = json!(all.iter().flat_map(|it| &it.found).collect::<Vec<_>>());
                ("search-index.js", format!("window.kinokoIndex = {found};\n"))
            }
        })
    }

    /// The page of the system.
    fn index(&self, map: &str, all: &[About]) -> Result<String, SiteError> {
        let heads: Vec<_> = all.iter().map(|it| &it.head).collect();
        let frame = self.frame("", None);
        let (summary, problems) = (self.map.summary(), &*self.problems);
        Index { frame, summary, map, problems, heads, serves_http: self.serves_http }.render()
    }

    fn markdown(&self, all: &[About]) -> Result<String, SiteError> {
        let (title, problems, mermaid) = (self.title, &*self.problems, self.map.to_mermaid());
        let mut markdown = SystemText { title, mermaid, problems }.render()?;
        for it in all {
            markdown.push_str("\n\n");
            markdown.push_str(&it.markdown);
        }
        markdown.push('\n');
        Ok(markdown)
    }

    fn frame<'b>(&'b self, root: &'static str, here: Option<&'b page::Service>) -> Frame<'b> {
        Frame { title: self.title, root, names: &self.names, here }
    }

    /// Where the page of a service is, if there is one.
    fn link(&self, folder: &str, name: &str) -> Option<String> {
        let described = self.map.services.get(name).is_some_and(Service::is_described);
        described.then(|| format!("{folder}{}.html", page::file(name)))
    }
}
