//! `cargo run -p shop` runs all five services in one process; with `AMQP_URI` set and
//! `--only orders` and so on they run one per process over RabbitMQ.

use std::{path::PathBuf, process::ExitCode};

use kinoko::{clap, http::Http, prelude::*};
use shop::{
    DataFolder, catalogue::Catalogue, mailer::Mailer, orders::Orders, payments::Payments,
    stock::Stock,
};

/// What the shop's command line takes beside what every service's does.
#[derive(clap::Args)]
struct Options {
    /// Keep orders, stock and payments in that folder; else they are gone when the shop ends.
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let (program, options) = Runner::from_args_with::<Options>();
    let http = Http::configured();
    program
        // An example is for the machine it is tried on.
        .default_setting("WEB_SERVER_ADDRESS", "127.0.0.1:8000")
        .provide(DataFolder(options.data))
        .entrypoint(http.clone())
        .service::<Catalogue>()
        .service::<Orders>()
        .service::<Stock>()
        .service::<Payments>()
        .service::<Mailer>()
        .when_ready(move |_| {
            if let Some(address) = http.address() {
                print_what_to_try(address.port());
            }
        })
        .main()
        .await
}

fn print_what_to_try(port: u16) {
    let shop = format!("http://127.0.0.1:{port}");
    let basket = r#"{"lines": [{"sku": "enoki", "quantity": 2}]}"#;
    println!("The shop is open. Try:\n");
    println!("  curl {shop}/products");
    println!("  curl -i {shop}/orders --json '{basket}'");
    println!("  curl {shop}/orders\n");
    println!("Ctrl-C closes it.");
}
