//! Reads others as loosely as it can, and writes what every version of them reads, or nearly so.

use std::collections::BTreeMap;

use kinoko::prelude::*;

pub use super::v3::{Mail, Payment};
use crate::{
    calls::Calls,
    sample::sampled,
    script::Script,
    version::{Acts, Emission, emission},
};

#[derive(Dependencies)]
pub struct Tickets {
    script: Shared<Script>,
    timetable: ConnectionsClient,
    fares: QuotesClient,
    seats: ReservationsClient,
    notices: NoticesClient,
    events: Dispatcher<TicketEvents>,
}

/// The timetable, as far as tickets need it.
#[client(service = "timetable")]
pub trait Connections {
    async fn connections(
        &self,
        from: String,
        to: String,
    ) -> Vec<BTreeMap<String, serde_json::Value>>;
}

/// Fares, as far as tickets need them.
#[client(service = "fares")]
pub trait Quotes {
    async fn quote(&self, journey: Journey, travellers: Vec<Traveller>) -> Result<Price, Fault>;
    async fn offers(&self) -> serde_json::Value;
}

#[derive(Deserialize, JsonSchema)]
pub struct Price {
    cents: f64,
}

/// Seats, as far as tickets need them.
#[client(service = "seats")]
pub trait Reservations {
    async fn reserve(&self, train: String, count: u32) -> Vec<Seat>;
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Seat {
    Text(String),
    Pair(u8, u16),
    Both { coach: u8, number: u16 },
}

/// Notices, as far as tickets need them.
#[client(service = "notices")]
pub trait Notices {
    async fn send(&self, to: Mail, text: String, #[arg(default)] urgent: bool) -> Option<bool>;
}

#[service(name = "tickets")]
impl Tickets {
    #[rpc]
    async fn find(&self, id: u64) -> Result<Ticket, TicketError> {
        self.script.outcome()
    }

    #[event_handler(source = "notices", event = "bounced")]
    async fn on_bounced(&self, event: Bounced) {}
}

/// What tickets look at of a notice that did not arrive.
#[derive(Deserialize, JsonSchema)]
pub struct Bounced {
    to: serde_json::Value,
    #[serde(default)]
    tries: u8,
}

sampled! {
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Journey {
        pub from: String,
        pub to: String,
        pub class: Class,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub enum Class {
        Second,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Traveller {
        pub age: u8,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub card: Option<String>,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Ticket {
        pub id: u64,
        pub cents: u32,
        pub paid: Payment,
    }

    #[derive(Debug, Clone, Fault)]
    pub enum TicketError {
        NoSuchTicket { id: u64 },
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "tickets", name = "sold")]
    pub struct Sold {
        pub ticket: String,
        pub cents: u32,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "tickets", name = "refunded")]
    pub struct Refunded {
        pub ticket: String,
        /// What is printed on them.
        pub seats: Vec<String>,
    }
}

#[derive(Event)]
pub enum TicketEvents {
    Sold(Sold),
    Refunded(Refunded),
}

impl Acts for Tickets {
    async fn calls(to: &mut Calls) {
        let timetable = ConnectionsClient::from(to.client());
        to.each("timetable.connections", |(from, to)| timetable.connections(from, to)).await;
        let fares = QuotesClient::from(to.client());
        to.each("fares.quote", |(journey, travellers)| fares.quote(journey, travellers)).await;
        to.each("fares.offers", |()| fares.offers()).await;
        let seats = ReservationsClient::from(to.client());
        to.each("seats.reserve", |(train, count)| seats.reserve(train, count)).await;
        let notices = NoticesClient::from(to.client());
        to.each("notices.send", |(to, text, urgent)| notices.send(to, text, urgent)).await;
    }

    async fn emits() -> Vec<Emission> {
        vec![emission::<TicketEvents, Sold>().await, emission::<TicketEvents, Refunded>().await]
    }
}
