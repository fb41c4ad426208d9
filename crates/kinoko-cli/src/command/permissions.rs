//! `kinoko permissions`.

use std::{collections::BTreeMap, path::PathBuf};

use clap::{Args, ValueEnum};
use kinoko_inspect::permissions::{Also, Permissions as Allowed, Place};
use kinoko_manifest::ServiceManifest;

use crate::{exit::Failure, manifests, out};

/// Print the least that the RabbitMQ user of each service has to be allowed, and what for.
///
/// Each service has a user of its own, of its name, unless --user says otherwise. The exchanges that several use are
/// made before, by an administrator: no service may make them.
#[derive(Debug, Args)]
pub(crate) struct Permissions {
    /// Manifests, or folders of them; `-` is standard input.
    #[arg(required = true, value_name = "MANIFEST|DIR")]
    manifests: Vec<PathBuf>,
    /// In which form.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    format: Form,
    /// One user for all of them, as when they run in one process.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// The virtual host.
    #[arg(long, value_name = "NAME", default_value = "/")]
    vhost: String,
    /// A method that is called and in no manifest, as by a client without a type; `SERVICE.*` is all of them. May be
    /// given several times.
    #[arg(long, value_name = "SERVICE.METHOD", value_parser = call)]
    calls: Vec<(String, Option<String>)>,
    /// Allow replies the shorter way, by the default exchange. It leads to any queue there is.
    #[arg(long)]
    direct_replies: bool,
    /// The exchange of requests and replies, where it is not `nameko-rpc`.
    #[arg(long, value_name = "NAME")]
    rpc_exchange: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Form {
    /// For people: each with its reason.
    Text,
    /// Commands for a shell.
    Rabbitmqctl,
    /// JSON for `rabbitmqctl import_definitions`, which adds to what is there.
    Definitions,
}

fn call(text: &str) -> Result<(String, Option<String>), String> {
    match text.rsplit_once('.') {
        Some((service, method)) if !service.is_empty() && !method.is_empty() => {
            let method = (method != "*").then(|| method.to_owned());
            Ok((service.to_owned(), method))
        }
        _ => Err("a service and a method, as payments.pay or payments.*".to_owned()),
    }
}

impl Permissions {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let manifests = manifests::read(&self.manifests)?;
        let mut dependencies = manifests.iter().flat_map(|it| &it.dependencies);
        let untyped = dependencies.any(|it| it.kind == "client" && it.client.is_none());
        if !self.calls.is_empty() && !untyped {
            let text = "--calls is for clients without a type, and none of these services has one: \
                        what they call is in their manifests";
            return Err(Failure::usage(text.to_owned()));
        }
        let (direct_replies, rpc_exchange) = (self.direct_replies, self.rpc_exchange);
        let also = Also { calls: self.calls, direct_replies, rpc_exchange };
        // Versions of a service have its user in common.
        let mut users: BTreeMap<String, Vec<ServiceManifest>> = BTreeMap::new();
        for it in manifests {
            let user = self.user.clone().unwrap_or_else(|| it.name.clone());
            users.entry(user).or_default().push(it);
        }
        let all: Vec<Allowed> =
            users.iter().map(|(user, manifests)| Allowed::of(user, manifests, &also)).collect();
        let place = Place { vhost: self.vhost };
        let texts = |each: &dyn Fn(&Allowed) -> String| -> String {
            all.iter().map(each).collect::<Vec<_>>().join("\n")
        };
        match self.format {
            Form::Text => out::text(&texts(&Allowed::to_text)),
            Form::Rabbitmqctl => out::text(&texts(&|it| it.to_rabbitmqctl(&place))),
            Form::Definitions => out::json(&Allowed::to_definitions(&all, &place)),
        }
    }
}
