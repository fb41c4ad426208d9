//! What `#[service]` implements: a name, and the methods as data with a way to call each.

use kinoko_manifest::{MethodInfo, ServiceManifest};

use crate::{BoxFuture, Call, Dependency, Outcome};

/// A named set of methods over a set of dependencies. Written by `#[service]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a service",
    note = "put `#[service(name = \"…\")]` on its `impl` block, and `#[derive(Dependencies)]` on the struct"
)]
pub trait Service: Dependency {
    /// The name callers address it by.
    const NAME: &'static str;

    /// What the manifest says of it beside its methods and dependencies.
    fn about() -> About;

    /// Its methods, in the order of the source.
    fn methods() -> Vec<Method<Self>>;
}

/// What is known of a service when it is compiled.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The version of its crate.
    pub version: &'static str,
    /// The doc comment on its `impl`.
    pub docs: &'static str,
    /// The source revision, when the build was told one in `KINOKO_REVISION`.
    pub revision: Option<&'static str>,
}

/// One method with an entrypoint: what it is, as data, and how to call it.
pub struct Method<S> {
    /// What the manifest says of it.
    pub info: MethodInfo,
    /// How to call it.
    pub call: Shim<S>,
}

/// Makes the arguments, calls the method, encodes what it returned.
///
/// The service comes in an `Option` that is `Some` so that a method that blocks can be moved to a
/// thread where that is allowed, and back.
pub type Shim<S> = for<'a> fn(&'a mut Option<S>, Call) -> BoxFuture<'a, Outcome>;

/// The manifest of a service. Needs no container, no broker and no configuration.
pub fn manifest<S: Service>() -> ServiceManifest {
    let about = S::about();
    let mut manifest = ServiceManifest::new(S::NAME, about.version);
    manifest.revision = about.revision.map(str::to_owned);
    manifest.docs = if about.docs.is_empty() { S::DOCS } else { about.docs }.to_owned();
    manifest.methods = S::methods().into_iter().map(|it| it.info).collect();
    S::describe(S::NAME, "", &mut manifest.dependencies);
    manifest
}
