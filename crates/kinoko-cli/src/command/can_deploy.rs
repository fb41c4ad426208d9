//! `kinoko can-deploy`.

use std::path::PathBuf;

use clap::Args;
use kinoko_inspect::{
    deploy::{self, Several, Unheard, Unjudged, Verdict},
    fit::Break,
    rules::Level,
};

use super::deployments::Environment;
use crate::{
    exit::{Code, Failure},
    manifests, out,
};

/// Tell whether new versions get along with everything that runs in an environment.
///
/// In both directions: what runs with the new versions, and these with what runs, down to the fields that each of them
/// sends and reads. Ends with 0 for yes and 1 for no.
#[derive(Debug, Args)]
pub(crate) struct CanDeploy {
    /// Manifests of the new versions, or folders of them; `-` is standard input.
    #[arg(required = true, value_name = "MANIFEST|DIR")]
    manifests: Vec<PathBuf>,
    /// The environment they are to run in.
    #[arg(long)]
    env: String,
    #[command(flatten)]
    folder: Environment,
    /// Judge the new versions as if all of them ran and what they replace were gone, not each on its own.
    #[arg(long)]
    simulate: bool,
    /// Say no as well when something could not be judged.
    #[arg(long)]
    strict: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl CanDeploy {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let new = manifests::read(&self.manifests)?;
        let deployed = self.folder.manifests(&self.env)?;
        let several = if self.simulate { Several::Together } else { Several::Apart };
        let mut verdict = deploy::can_deploy(&new, &deployed, several);
        let unsure = !verdict.unjudged.is_empty()
            || !verdict.unheard.is_empty()
            || verdict.breaks.iter().any(|it| it.level == Level::Dangerous);
        verdict.can_deploy &= !(self.strict && unsure);
        if self.json {
            out::json(&verdict)?;
        } else {
            out::text(&text(&verdict, &self.env))?;
        }
        if verdict.can_deploy { Ok(()) } else { Err(Failure::silent(Code::Failed)) }
    }
}

fn text(verdict: &Verdict, environment: &str) -> String {
    let mut text = verdict.breaks.iter().map(one).collect::<String>();
    text += &unjudged(&verdict.unjudged);
    for Unheard { service, version, events } in &verdict.unheard {
        text += &format!(
            "unheard    {service} {version} handles {}, which nothing emits that runs in {environment}\n",
            events.join(", ")
        );
    }
    let answer = if verdict.can_deploy { "yes" } else { "no" };
    let breaks = verdict.breaks.iter().filter(|it| it.level == Level::Breaking).count();
    text + &match (verdict.can_deploy, breaks) {
        (true, _) => format!("{answer}: nothing that runs in {environment} breaks\n"),
        (false, 0) => format!("{answer}: not everything could be judged\n"),
        (false, count) => {
            let s = if count == 1 { "" } else { "s" };
            format!("{answer}: {count} break{s} in {environment}\n")
        }
    }
}

/// One break, for people.
pub(super) fn one(it: &Break) -> String {
    let Break { about, level, consumer, provider, subject, path, writes, reads, value, .. } = it;
    let path = if path.is_empty() { String::new() } else { format!(" {path}") };
    let mut text = format!(
        "{:9}  {consumer} relies on {subject}{path} of {provider}: {} [{}]\n           writes: {writes}\n           reads:  {reads}\n",
        level.word(),
        about.title,
        about.id
    );
    if let Some(value) = value {
        text += &format!("           for example {value}\n");
    }
    let fix = about.fix;
    let (writer, reader) =
        if it.direction.service_reads() { (consumer, provider) } else { (provider, consumer) };
    text + &format!(
        "           to do in {}: {}\n           or in {}: {}\n",
        reader.service, fix.reader, writer.service, fix.writer
    )
}

/// What could not be judged, and how it can be.
pub(super) fn unjudged(unjudged: &[Unjudged]) -> String {
    let mut text = String::new();
    for it in unjudged {
        let Unjudged { service, version, missing, uses } = it;
        text += &format!(
            "unknown    {service} {version} uses {}, and there is no manifest of {missing}\n           \
             to do: write one by hand, as YAML, and publish it; see \"Describing a service by hand\" in the guide\n",
            uses.join(", ")
        );
    }
    text
}
