//! The parts: what is measured, and how it is shown.

mod callgrind;
mod client_instructions;
mod clients;
mod events;
mod held;
mod http;
mod in_process;
mod instructions;
mod nameko;
mod rpc;
mod start;
mod tools;

use kinoko_testing::rabbitmq::RabbitNode;
use tokio::runtime::Builder;

use crate::{
    Failure,
    options::{Options, Part},
    report::{self, Section},
};

/// Measures what is asked for, shows it, and writes it where that is asked for.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            done = measure(options) => done,
            // Returning stops the processes that were started.
            _ = tokio::signal::ctrl_c() => Err("interrupted".into()),
        }
    })
}

/// Shows a part's tables as soon as they are there: what comes behind them may fail.
fn show(section: &Section, options: &Options) -> Result<(), Failure> {
    println!("{}", section.text);
    match &options.out {
        Some(path) => report::write(path, std::slice::from_ref(section)),
        None => Ok(()),
    }
}

async fn measure(options: &Options) -> Result<(), Failure> {
    let (parts, plan) = (options.parts(), options.plan());
    if options.check {
        show(&instructions::check().await?, options)?;
        return show(&client_instructions::check().await?, options);
    }
    if options.is_complete() {
        show(&report::about(&plan), options)?;
    }
    let broker = if parts.iter().any(|it| it.needs_a_broker()) {
        Some(Broker::start().await?)
    } else {
        None
    };
    for part in parts {
        let section = match (part, &broker) {
            (Part::Rpc, Some(broker)) => rpc::measure(broker, &plan).await?,
            (Part::Events, Some(broker)) => events::measure(broker, &plan).await?,
            (Part::Start, Some(broker)) => start::measure(broker, &plan).await?,
            (Part::Clients, Some(broker)) => clients::measure(broker, &plan).await?,
            (Part::Nameko, Some(broker)) => nameko::measure(broker, &plan).await?,
            (Part::InProcess, _) => in_process::measure(&plan).await?,
            (Part::Http, _) => http::measure(&plan).await?,
            (Part::Tools, _) => tools::measure(&plan)?,
            (Part::Instructions, _) => instructions::measure().await?,
            (Part::ClientInstructions, _) => client_instructions::measure().await?,
            (Part::Rpc | Part::Nameko | Part::Events | Part::Start | Part::Clients, None) => {
                continue;
            }
        };
        show(&section, options)?;
    }
    Ok(())
}

/// A RabbitMQ of the measurement's own, with a virtual host for each side.
struct Broker {
    /// Where each side connects.
    uris: [String; 2],
    #[expect(dead_code, reason = "it runs until this is dropped")]
    node: RabbitNode,
}

impl Broker {
    async fn start() -> Result<Broker, Failure> {
        eprintln!("starting RabbitMQ");
        let node = RabbitNode::start().await?;
        let uris = [node.new_vhost("kinoko").await?, node.new_vhost("by-hand").await?];
        Ok(Broker { uris, node })
    }

    fn uris(&self) -> [&str; 2] {
        self.uris.each_ref().map(|it| &**it)
    }
}
