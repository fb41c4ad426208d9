//! [`Role`]: what one process of a measurement does.

use std::env;

use clap::{Args, ValueEnum};
use tokio::runtime::{Builder, Runtime};

use crate::{Failure, by_amqprs, by_client, by_hand, by_kinoko, by_nameko, leanest};

/// The environment variable that says where a peer is to connect.
pub(crate) const ADDRESS: &str = "KINOKO_BENCH_ADDRESS";

/// The line a peer is started with.
#[derive(Debug, Args)]
pub(crate) struct PeerLine {
    #[arg(value_enum)]
    role: Role,
    /// How many calls to make, for one that is no more than counted.
    #[arg(default_value_t = 0)]
    calls: u64,
    /// How many of them are on their way at once, for some of those.
    #[arg(default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    in_flight: u64,
    /// How many requests a service has at once that it did not acknowledge, for some of those.
    #[arg(long, default_value_t = PREFETCH, value_parser = clap::value_parser!(u16).range(1..))]
    prefetch: u16,
}

/// Kinoko's default.
pub(crate) const PREFETCH: u16 = 256;

/// What a peer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Role {
    KinokoService,
    KinokoClient,
    ClientService,
    ClientClient,
    ClientHandler,
    ClientDispatcher,
    AmqprsService,
    AmqprsClient,
    LeanestService,
    LeanestClient,
    NamekoService,
    NamekoClient,
    HandService,
    HandClient,
    KinokoHandler,
    KinokoDispatcher,
    HandHandler,
    HandDispatcher,
    KinokoInProcess,
    KinokoInProcessLogged,
    HandInProcess,
    KinokoHttp,
    HandHttp,
    HttpLoad,
    KinokoCounted,
    HandCounted,
    PublishesCounted,
    PublishesDrivenCounted,
    DeliveriesCounted,
    DeliveriesDrivenCounted,
}

impl Role {
    /// As it is written on a command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |it| it.get_name().to_owned())
    }
}

/// Is one peer, from beginning to end.
pub(crate) fn run(line: &PeerLine) -> Result<(), Failure> {
    use Role::{
        AmqprsClient, AmqprsService, ClientClient, ClientDispatcher, ClientHandler, ClientService,
        DeliveriesCounted, DeliveriesDrivenCounted, HandClient, HandCounted, HandDispatcher,
        HandHandler, HandHttp, HandInProcess, HandService, HttpLoad, KinokoClient, KinokoCounted,
        KinokoDispatcher, KinokoHandler, KinokoHttp, KinokoInProcess, KinokoInProcessLogged,
        KinokoService, LeanestClient, LeanestService, NamekoClient, NamekoService,
        PublishesCounted, PublishesDrivenCounted,
    };
    use by_client::counted;
    let at = address();
    let (calls, in_flight) = (line.calls, line.in_flight);
    match line.role {
        KinokoService => kinoko_service(&at, line.prefetch),
        KinokoClient => several()?.block_on(by_kinoko::rpc::call(&at)),
        ClientService => several()?.block_on(by_client::rpc_service::serve(&at)),
        ClientClient => several()?.block_on(by_client::rpc_client::call(&at)),
        ClientHandler => several()?.block_on(by_client::events::handle(&at)),
        ClientDispatcher => several()?.block_on(by_client::events::dispatch(&at)),
        AmqprsService => several()?.block_on(by_amqprs::rpc_service::serve(&at)),
        AmqprsClient => several()?.block_on(by_amqprs::rpc_client::call(&at)),
        LeanestService => several()?.block_on(leanest::rpc::serve(&at)),
        LeanestClient => several()?.block_on(leanest::rpc::call(&at)),
        NamekoService => Err(by_nameko::become_peer("service")),
        NamekoClient => Err(by_nameko::become_peer("client")),
        HandService => hand_service(&at, line.prefetch),
        HandClient => several()?.block_on(by_hand::rpc_client::call(&at)),
        KinokoHandler => several()?.block_on(by_kinoko::events::handle(&at)),
        KinokoDispatcher => several()?.block_on(by_kinoko::events::dispatch(&at)),
        HandHandler => several()?.block_on(by_hand::events::handle(&at)),
        HandDispatcher => several()?.block_on(by_hand::events::dispatch(&at)),
        KinokoHttp => several()?.block_on(by_kinoko::http::serve()),
        HandHttp => several()?.block_on(by_hand::http::serve()),
        HttpLoad => one()?.block_on(by_hand::http_load::call(&at)),
        KinokoInProcess => one()?.block_on(by_kinoko::in_process::call(false)),
        KinokoInProcessLogged => one()?.block_on(by_kinoko::in_process::call(true)),
        HandInProcess => one()?.block_on(by_hand::in_process::call()),
        KinokoCounted => one()?.block_on(by_kinoko::in_process::make(calls)),
        HandCounted => one()?.block_on(by_hand::in_process::make(calls)),
        PublishesCounted => counted::publishes(calls, in_flight),
        PublishesDrivenCounted => one()?.block_on(counted::driven_publishes(calls, in_flight)),
        DeliveriesCounted => counted::deliveries(calls, in_flight),
        DeliveriesDrivenCounted => one()?.block_on(counted::driven_deliveries(calls, in_flight)),
    }
}

/// Where this peer is to connect.
pub(crate) fn address() -> String {
    env::var(ADDRESS).unwrap_or_default()
}

pub(crate) fn kinoko_service(at: &str, prefetch: u16) -> Result<(), Failure> {
    several()?.block_on(by_kinoko::rpc::serve(at, prefetch))
}

pub(crate) fn hand_service(at: &str, prefetch: u16) -> Result<(), Failure> {
    several()?.block_on(by_hand::rpc_service::serve(at, prefetch))
}

/// What `#[tokio::main]` makes.
fn several() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().build()
}

/// One thread, so that what is measured is the work and not the waking of another thread.
fn one() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}
