//! [`Runner`]: the services of a process. Start, run, stop.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use kinoko_manifest::{Schema, ServiceManifest, SettingsInfo};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    BoxFuture, Client, Configuration, Entrypoint, Error, ErrorKind, Memory, Middleware, Resources,
    Running, Service, Transport,
    container::{Container, Environment},
    event::Events,
    memory::Limits,
    rpc::{Nested, Rpc},
    service,
    timer::Timers,
};

/// The services of a process, and what they share.
///
/// Without a transport they talk over an in-process broker.
#[must_use = "a runner does nothing until it is started"]
pub struct Runner {
    /// An in-process broker when there is none.
    transport: Option<Arc<dyn Transport>>,
    config: Arc<Configuration>,
    entrypoints: Vec<Box<dyn Entrypoint>>,
    middleware: Vec<Arc<dyn Middleware>>,
    resources: Resources,
    services: Vec<Registered>,
    /// What services that were left out read: their sections may be in a file all share.
    left_out: Vec<SettingsInfo>,
}

struct Registered {
    name: &'static str,
    manifest: fn() -> ServiceManifest,
    setup: fn(Environment) -> BoxFuture<'static, Result<Container, Error>>,
}

impl Runner {
    /// No services yet, over an in-process broker, with `rpc`, `event` and `timer` entrypoints.
    pub fn new() -> Runner {
        Runner {
            transport: None,
            config: Arc::default(),
            entrypoints: vec![Box::new(Rpc), Box::new(Events), Box::new(Timers)],
            middleware: Vec::new(),
            resources: Resources::default(),
            services: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Carries messages by that transport.
    pub fn transport(mut self, transport: impl Transport) -> Runner {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Reads settings from that configuration.
    pub fn config(mut self, config: impl Into<Arc<Configuration>>) -> Runner {
        self.config = config.into();
        self
    }

    /// Runs that service too.
    pub fn service<S: Service>(mut self) -> Runner {
        self.services.push(Registered {
            name: S::NAME,
            manifest: service::manifest::<S>,
            setup: |env| Box::pin(Container::setup::<S>(env)),
        });
        self
    }

    /// Gives services a value for their [`Shared`](crate::Shared) fields, found by its type.
    pub fn provide<T: Send + Sync + 'static>(mut self, resource: T) -> Runner {
        self.resources.insert(resource);
        self
    }

    /// The same for a value that `main` shares with the services.
    pub fn provide_arc<T: Send + Sync + 'static>(mut self, resource: Arc<T>) -> Runner {
        self.resources.insert_arc(resource);
        self
    }

    /// Runs one more kind of entrypoint; one of the same kind takes the place of the one before.
    pub fn entrypoint(mut self, entrypoint: impl Entrypoint) -> Runner {
        self.entrypoints.retain(|it| it.kind() != entrypoint.kind());
        self.entrypoints.push(Box::new(entrypoint));
        self
    }

    /// Puts code around every call, inside of what was put there before.
    pub fn middleware(mut self, middleware: impl Middleware) -> Runner {
        self.middleware.push(Arc::new(middleware));
        self
    }

    /// Leaves out every service but those named.
    ///
    /// # Errors
    /// When there is none of a name.
    pub fn only(mut self, names: &[String]) -> Result<Runner, Error> {
        for name in names {
            if !self.services.iter().any(|it| it.name == name) {
                let known: Vec<_> = self.services.iter().map(|it| it.name).collect();
                let text = format!("no service `{name}` here: there are {}", known.join(", "));
                return Err(Error::new(ErrorKind::Config, text));
            }
        }
        if !names.is_empty() {
            let all = self.settings();
            self.services.retain(|it| names.iter().any(|name| name == it.name));
            let kept = self.settings();
            self.left_out = all.into_iter().filter(|it| !kept.contains(it)).collect();
        }
        Ok(self)
    }

    /// The manifests of all services, in order.
    pub fn manifests(&self) -> Vec<ServiceManifest> {
        self.services.iter().map(|it| (it.manifest)()).collect()
    }

    /// The sections of the configuration that the services read, those left out too.
    pub fn settings(&self) -> Vec<SettingsInfo> {
        let dependencies = self.manifests().into_iter().flat_map(|it| it.dependencies);
        dependencies.filter_map(|it| it.settings).chain(self.left_out.iter().cloned()).collect()
    }

    /// The same where anything may be in the sections of services that are left out: theirs are in
    /// the file that all share, and it is not for this process to judge them.
    fn judged_settings(&self) -> Vec<SettingsInfo> {
        let mut settings = self.settings();
        let judged = settings.len() - self.left_out.len();
        for other in &mut settings[judged..] {
            other.schema = Schema::Bool(true);
        }
        settings
    }

    /// Whether it runs entrypoints of that kind.
    pub fn runs(&self, kind: &str) -> bool {
        self.entrypoints.iter().any(|it| it.kind() == kind)
    }

    /// What it was configured with.
    pub fn configuration(&self) -> Arc<Configuration> {
        self.config.clone()
    }

    /// Checks all that can be checked without starting: names, kinds of entrypoints, settings.
    ///
    /// # Errors
    /// Names everything that is wrong.
    pub fn check(&self) -> Result<(), Error> {
        let manifests = self.manifests();
        let mut wrong = Vec::new();
        for (index, manifest) in manifests.iter().enumerate() {
            if manifests[..index].iter().any(|it| it.name == manifest.name) {
                wrong.push(format!("there are two services named `{}`", manifest.name));
            }
            for method in &manifest.methods {
                let kind = &method.entrypoint.kind;
                if !self.entrypoints.iter().any(|it| it.kind() == kind) {
                    let (service, method) = (&manifest.name, &method.name);
                    wrong.push(format!(
                        "nothing runs the `{kind}` entrypoint of {service}.{method}: add one that \
                         does with `.entrypoint(…)`"
                    ));
                }
            }
        }
        let declared = match wrong.is_empty() {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Declaration, wrong.join("\n"))),
        };
        Error::all([declared, self.config.check(&self.judged_settings())])
    }

    /// Sets up every dependency and takes it down again, without claiming any work.
    ///
    /// # Errors
    /// When anything of it fails, or an entrypoint could not be bound as it is declared.
    pub async fn check_dependencies(self) -> Result<(), Error> {
        let (running, entrypoints) = self.setup().await?;
        let checked = running.check(&entrypoints);
        running.stop(Duration::ZERO).await;
        checked
    }

    /// Sets up dependencies, binds every entrypoint, then lets all of them run.
    ///
    /// # Errors
    /// When anything of it fails; what was set up before is taken down again.
    pub async fn start(self) -> Result<Running, Error> {
        let config = self.config.clone();
        let (running, entrypoints) = self.setup().await?;
        let bound = match running.check(&entrypoints) {
            Ok(()) => running.bind(&entrypoints, config).await,
            Err(error) => Err(error),
        };
        match bound {
            Ok(()) => Ok(running),
            Err(error) => {
                running.stop(Duration::ZERO).await;
                Err(error)
            }
        }
    }

    async fn setup(self) -> Result<(Running, Vec<Box<dyn Entrypoint>>), Error> {
        self.check()?;
        let name = self.services.first().map_or("kinoko", |it| it.name);
        let manifests = self.manifests();
        let (timeout, largest) =
            (self.config.framework().rpc_timeout, self.config.framework().max_body_size);
        let transport = self.transport.unwrap_or_else(|| {
            Arc::new(Memory::with_limits(Limits { body_size: largest, ..Limits::default() }))
        });
        let client = Client::of_process(transport.clone(), name, largest);
        let env = Environment {
            transport: transport.clone(),
            config: self.config.clone(),
            middleware: self.middleware.into(),
            resources: self.resources,
            client: client.with_timeout(timeout),
        };
        let mut running = Running {
            nested: Arc::new(Nested::new(client, &manifests)),
            client: env.client.clone(),
            transport,
            containers: Vec::new(),
            stopping: CancellationToken::new(),
            ended: CancellationToken::new(),
            entrypoints: TaskTracker::new(),
            calls: TaskTracker::new(),
        };
        let setups = join_all(self.services.iter().map(|it| (it.setup)(env.clone()))).await;
        let mut wrong = Vec::new();
        for setup in setups {
            match setup {
                Ok(container) => running.containers.push(container),
                Err(error) => wrong.push(Err(error)),
            }
        }
        if let Err(error) = Error::all(wrong) {
            running.stop(Duration::ZERO).await;
            return Err(error);
        }
        Ok((running, self.entrypoints))
    }

    /// Starts, runs until `stop` resolves, and stops with the configured grace.
    ///
    /// # Errors
    /// When starting fails, or an entrypoint ends by itself.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<(), Error> {
        let grace = self.config.framework().drain_grace;
        let running = self.start().await?;
        let ended = tokio::select! {
            () = stop => false,
            () = running.ended() => true,
        };
        running.stop(grace).await;
        if ended {
            let text = "an entrypoint ended by itself: see the log for why";
            return Err(Error::new(ErrorKind::Unavailable, text));
        }
        Ok(())
    }
}

impl Default for Runner {
    fn default() -> Runner {
        Runner::new()
    }
}
