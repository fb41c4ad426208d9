//! The documentation of a system as a static site: pages that need no server and fetch nothing.

mod found;
mod page;
mod parallel;
mod prose;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use kinoko_manifest::ServiceManifest;
use minijinja::{Environment, context};
use serde_json::json;

use crate::{
    documents::{self, Title},
    map::{Cut, Drawing, Map, Service},
};

/// Why a site could not be made: a fault of its templates.
pub type SiteError = minijinja::Error;

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
    let site = Site::new(title, &manifests)?;
    let (mut all, mut map) = (vec![About::default(); manifests.len()], String::new());
    if site.serves_http {
        write("openapi.json", &documents::text(&documents::openapi(title, &manifests)))?;
    }
    // The map takes longest, so it is begun first.
    let services = manifests.into_iter().map(|it| Job::Service(Box::new(it)));
    let jobs: Vec<Job> = std::iter::once(Job::Map).chain(services).collect();
    let mut asyncapi = Ordered::default();
    parallel::each(
        jobs,
        |it| site.make(it),
        |at, made| -> Result<(), E> {
            match made? {
                Made::Map(drawn) => map = drawn,
                Made::Service { manifest, files, about } => {
                    all[at - 1] = about;
                    asyncapi.add(at - 1, *manifest);
                    files.into_iter().try_for_each(|(path, text)| write(&path, &text))?;
                }
            }
            Ok(())
        },
    )?;
    write("asyncapi.json", &documents::text(&asyncapi.document.finish(title)))?;
    write("index.html", &site.index(&map, &all)?)?;
    write("system.md", &site.markdown(&all)?)?;
    write("style.css", include_str!("site/style.css"))?;
    write("search.js", include_str!("site/search.js"))?;
    // A script, not JSON: a page that was opened from a disk may not fetch.
    let found = json!(all.iter().flat_map(|it| &it.found).collect::<Vec<_>>());
    write("search-index.js", &format!("window.kinokoIndex = {found};\n"))
}

/// What all pages share.
struct Site<'a> {
    title: &'a Title,
    templates: Environment<'static>,
    map: Map,
    problems: Vec<String>,
    /// The services, for the list beside each page.
    names: minijinja::Value,
    serves_http: bool,
}

/// What there is to make.
enum Job {
    /// The map of the system.
    Map,
    /// The files of a service.
    Service(Box<ServiceManifest>),
}

enum Made {
    Map(String),
    Service { manifest: Box<ServiceManifest>, files: Vec<(String, String)>, about: About },
}

/// The document of all services, which come in any order and are added in theirs, each gone then.
#[derive(Default)]
struct Ordered {
    document: documents::AsyncApi,
    next: usize,
    early: BTreeMap<usize, ServiceManifest>,
}

impl Ordered {
    fn add(&mut self, at: usize, manifest: ServiceManifest) {
        self.early.insert(at, manifest);
        while let Some(manifest) = self.early.remove(&self.next) {
            self.document.add(&manifest);
            self.next += 1;
        }
    }
}

/// What the pages of the system say of a service.
#[derive(Clone, Default)]
struct About {
    head: page::Head,
    markdown: String,
    found: Vec<serde_json::Value>,
}

impl<'a> Site<'a> {
    fn new(title: &'a Title, manifests: &[ServiceManifest]) -> Result<Site<'a>, SiteError> {
        let map = Map::of(manifests);
        let name =
            |it: &ServiceManifest| context! { name => it.name, file => page::file(&it.name) };
        let problems = map.problems.iter().map(ToString::to_string).collect();
        let names = manifests.iter().map(name).collect();
        let mut methods = manifests.iter().flat_map(|it| &it.methods);
        let serves_http = methods.any(|it| it.entrypoint.kind == "http");
        Ok(Site { title, templates: templates()?, map, problems, names, serves_http })
    }

    fn make(&self, job: Job) -> Result<Made, SiteError> {
        match job {
            Job::Map => {
                let link = |name: &str| self.link("services/", name);
                Ok(Made::Map(Drawing::of(&self.map).to_linked_svg(link)))
            }
            Job::Service(manifest) => self.service(manifest),
        }
    }

    /// The page of a service, its documents, and what is said of it elsewhere.
    fn service(&self, manifest: Box<ServiceManifest>) -> Result<Made, SiteError> {
        let page = page::service(&manifest, &self.map);
        let around = Cut { around: Some(manifest.name.clone()), ..Cut::default() };
        let around = self.map.cut(&around).unwrap_or_default();
        // The one that is not a link is the one whose page it is.
        let elsewhere = |name: &str| self.link("", name).filter(|_| name != manifest.name);
        let map = Drawing::of(&around).to_linked_svg(elsewhere);
        let service = minijinja::Value::from_serialize(&page);
        let (title, services) = (self.title, &self.names);
        let markdown = self.render("service.md", context! { service })?;
        let context = context! { title, root => "../", service, services, map };
        let path = |kind: &str| format!("services/{}.{kind}", page.head.file);
        let mut files = vec![(path("html"), self.render("service.html", context)?)];
        let (one, of) = ([&*manifest], Title::of(&manifest));
        if page.serves_http() {
            files.push((path("openapi.json"), documents::text(&documents::openapi(&of, one))));
        }
        files.push((path("asyncapi.json"), documents::text(&documents::asyncapi(&of, one))));
        let found = found::of(&page);
        let about = About { head: page.head, markdown, found };
        Ok(Made::Service { manifest, files, about })
    }

    /// The page of the system.
    fn index(&self, map: &str, all: &[About]) -> Result<String, SiteError> {
        let heads: Vec<_> = all.iter().map(|it| &it.head).collect();
        let context = context! {
            title => self.title,
            root => "",
            services => self.names,
            heads,
            map,
            summary => self.map.summary(),
            problems => self.problems,
            serves_http => self.serves_http,
        };
        self.render("index.html", context)
    }

    fn markdown(&self, all: &[About]) -> Result<String, SiteError> {
        let (title, problems) = (self.title, &self.problems);
        let context = context! { title, problems, mermaid => self.map.to_mermaid() };
        let mut markdown = self.render("system.md", context)?;
        markdown.extend(all.iter().map(|it| it.markdown.as_str()));
        Ok(markdown)
    }

    /// Where the page of a service is, if there is one.
    fn link(&self, folder: &str, name: &str) -> Option<String> {
        let described = self.map.services.get(name).is_some_and(Service::is_described);
        described.then(|| format!("{folder}{}.html", page::file(name)))
    }

    fn render(&self, name: &str, context: minijinja::Value) -> Result<String, SiteError> {
        self.templates.get_template(name)?.render(context)
    }
}

fn templates() -> Result<Environment<'static>, SiteError> {
    let mut environment = Environment::new();
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.add_filter("prose", prose::prose);
    environment.add_filter("words", prose::words);
    for (name, text) in [
        ("base.html", include_str!("site/templates/base.html")),
        ("index.html", include_str!("site/templates/index.html")),
        ("service.html", include_str!("site/templates/service.html")),
        ("parts.html", include_str!("site/templates/parts.html")),
        ("system.md", include_str!("site/templates/system.md")),
        ("service.md", include_str!("site/templates/service.md")),
    ] {
        environment.add_template(name, text)?;
    }
    Ok(environment)
}
