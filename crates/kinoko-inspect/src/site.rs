//! The documentation of a system as a static site: pages that need no server and fetch nothing.

mod found;
mod page;
mod parallel;
mod prose;
mod types;

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
    let site = Site::new(title, &manifests)?;
    let mut all = vec![About::default(); manifests.len()];
    parallel::each(
        &manifests,
        |it| site.service(it),
        |at, made| -> Result<(), E> {
            let Made { files, about } = made?;
            all[at] = about;
            files.into_iter().try_for_each(|(path, text)| write(&path, &text))
        },
    )?;
    write("index.html", &site.index(&all)?)?;
    write("system.md", &site.markdown(&all)?)?;
    write("style.css", include_str!("site/style.css"))?;
    write("search.js", include_str!("site/search.js"))?;
    // A script, not JSON: a page that was opened from a disk may not fetch.
    let found = json!(all.iter().flat_map(|it| &it.found).collect::<Vec<_>>());
    write("search-index.js", &format!("window.kinokoIndex = {found};\n"))?;
    if all.iter().any(|it| it.serves_http) {
        write("openapi.json", &documents::text(&documents::openapi(title, &manifests)))?;
    }
    write("asyncapi.json", &documents::text(&documents::asyncapi(title, manifests)))
}

/// What all pages share.
struct Site<'a> {
    title: &'a Title,
    templates: Environment<'static>,
    map: Map,
    problems: Vec<String>,
    /// The services, for the list beside each page.
    names: minijinja::Value,
}

/// What is made of one service.
struct Made {
    files: Vec<(String, String)>,
    about: About,
}

/// What the pages of the system say of a service.
#[derive(Clone, Default)]
struct About {
    head: page::Head,
    serves_http: bool,
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
        Ok(Site { title, templates: templates()?, map, problems, names })
    }

    /// The page of a service, its documents, and what is said of it elsewhere.
    fn service(&self, manifest: &ServiceManifest) -> Result<Made, SiteError> {
        let page = page::service(manifest, &self.map);
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
        let (one, of) = ([manifest], Title::of(manifest));
        if page.serves_http() {
            files.push((path("openapi.json"), documents::text(&documents::openapi(&of, one))));
        }
        files.push((path("asyncapi.json"), documents::text(&documents::asyncapi(&of, one))));
        let (serves_http, found) = (page.serves_http(), found::of(&page));
        Ok(Made { files, about: About { head: page.head, serves_http, markdown, found } })
    }

    /// The page of the system.
    fn index(&self, all: &[About]) -> Result<String, SiteError> {
        let heads: Vec<_> = all.iter().map(|it| &it.head).collect();
        let context = context! {
            title => self.title,
            root => "",
            services => self.names,
            heads,
            map => Drawing::of(&self.map).to_linked_svg(|name| self.link("services/", name)),
            summary => self.map.summary(),
            problems => self.problems,
            serves_http => all.iter().any(|it| it.serves_http),
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
