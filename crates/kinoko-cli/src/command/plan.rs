//! `kinoko plan`.

use std::path::PathBuf;

use clap::Args;
use kinoko_inspect::deploy::{self, Plan, Step};

use super::{can_deploy, deployments::Environment};
use crate::{
    exit::{Code, Failure},
    manifests, out,
};

/// Find an order in which new versions can be deployed one by one, with nothing broken at any moment.
///
/// While a service is rolled out its old and its new version run side by side. Where there is no such order, the versions
/// in between that make one are named. Ends with 0 when there is an order, with 1 when there is none.
#[derive(Debug, Args)]
pub(crate) struct PlanCommand {
    /// Manifests of the new versions, or folders of them; `-` is standard input.
    #[arg(required = true, value_name = "MANIFEST|DIR")]
    manifests: Vec<PathBuf>,
    /// The environment they are to run in.
    #[arg(long)]
    env: String,
    #[command(flatten)]
    folder: Environment,
    /// End with 1 as well when something could not be judged.
    #[arg(long)]
    strict: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl PlanCommand {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let new = manifests::read(&self.manifests)?;
        let mut names: Vec<&str> = new.iter().map(|it| it.name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|it| it[0] == it[1]) {
            return Err(Failure::usage(format!(
                "two versions of {} are to be deployed: plan one after the other",
                pair[0]
            )));
        }
        let deployed = self.folder.manifests(&self.env)?;
        let plan = deploy::plan(&new, &deployed);
        if self.json {
            out::json(&plan)?;
        } else {
            out::text(&text(&plan))?;
        }
        let sure = plan.unsure.is_empty() && plan.unjudged.is_empty();
        let goes = plan.works() && (sure || !self.strict);
        if goes { Ok(()) } else { Err(Failure::silent(Code::Failed)) }
    }
}

fn text(plan: &Plan) -> String {
    let mut text = String::new();
    for conflict in &plan.conflicts {
        let services: Vec<String> = conflict.services.iter().map(ToString::to_string).collect();
        let why = match (conflict.at_the_end, services.len()) {
            (true, _) => "do not get along with each other at all",
            (false, 1) => "does not get along with what runs",
            (false, 2) => "can neither of them go first",
            (false, _) => "each have to wait for the next, round in a circle",
        };
        text += &format!("{} {why}:\n", services.join(", "));
        text += &conflict.breaks.iter().map(can_deploy::one).collect::<String>();
        text.push('\n');
    }
    if !plan.works() {
        text += match (plan.cut_off, plan.steps.is_empty()) {
            (true, _) => {
                "there is no order; not every way to make one was tried, because there are too many\n"
            }
            (false, true) => "there is no order, and no version in between that makes one\n",
            (false, false) => {
                "there is no order of these alone; with versions in between there is one:\n"
            }
        };
    }
    for (number, step) in plan.steps.iter().enumerate() {
        let number = number + 1;
        match step {
            Step::Deploy { deploy, after } => {
                text += &format!("{number}. deploy {deploy}\n");
                for reason in after {
                    text += &format!("     after {}: else {}\n", reason.of, reason.text);
                }
            }
            Step::Expand { service, to } => {
                text += &format!(
                    "{number}. expand: write and deploy a version of {service} that does as the new one, and also\n"
                );
                for reason in to {
                    text += &format!("     for {}: {}\n", reason.of, reason.text);
                }
            }
        }
    }
    text += &plan.unsure.iter().map(can_deploy::one).collect::<String>();
    text + &can_deploy::unjudged(&plan.unjudged)
}
