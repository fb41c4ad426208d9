//! Says what it needs of others in its own types, and no more than that.

use std::{collections::BTreeMap, num::NonZeroU32};

use kinoko::prelude::*;

use super::super::{
    fares::v2::{Class, Discount},
    seats::v2::{Seat, Wish},
};
pub use super::v1::TicketError;
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
    events: Dispatcher<TicketEvents>,
}

/// The timetable, as far as tickets need it.
#[client(service = "timetable")]
pub trait Connections {
    async fn connections(&self, from: String, to: String, at: Option<u16>) -> Vec<Connection>;
}

#[derive(Deserialize, JsonSchema)]
pub struct Connection {
    train: String,
    departs: u16,
    #[serde(default)]
    remark: String,
}

/// Fares, as far as tickets need them.
#[client(service = "fares")]
pub trait Quotes {
    async fn quote(
        &self,
        journey: Journey,
        travellers: Vec<Traveller>,
    ) -> Result<Price, QuoteError>;
    async fn offers(&self) -> BTreeMap<String, f64>;
}

#[derive(Deserialize, JsonSchema)]
pub struct Price {
    cents: i64,
    currency: String,
}

#[derive(Debug, Fault)]
pub enum QuoteError {
    NoFare { to: String },
    TooMany(u64),
}

/// Seats, as far as tickets need them.
#[client(service = "seats")]
pub trait Reservations {
    async fn reserve(
        &self,
        train: String,
        count: NonZeroU32,
        wish: Option<Wish>,
    ) -> Result<Vec<Seat>, ReserveError>;
    async fn plan(&self, train: String) -> Plan;
}

#[derive(Deserialize, JsonSchema)]
pub struct Plan {
    name: Option<String>,
    #[serde(flatten)]
    more: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Fault)]
pub enum ReserveError {
    Full { left: u32 },
}

#[service(name = "tickets")]
impl Tickets {
    #[rpc]
    async fn find(&self, id: String) -> Option<Ticket> {
        self.script.answer()
    }

    #[rpc]
    async fn refund(&self, id: String, reason: Option<String>) -> Result<(), TicketError> {
        self.script.outcome()
    }

    #[event_handler(source = "seats", event = "released")]
    async fn on_released(&self, event: Released) {}
}

/// What tickets look at of seats that are free again.
#[derive(Deserialize, JsonSchema)]
pub struct Released {
    train: String,
}

sampled! {
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Journey {
        pub from: String,
        pub to: String,
        pub class: Class,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub via: Vec<String>,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Traveller {
        pub age: u8,
        pub card: Option<String>,
        #[serde(default)]
        pub discounts: Vec<Discount>,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Ticket {
        pub id: String,
        pub journey: Journey,
        pub cents: i64,
        pub seats: Vec<Seat>,
        pub state: State,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub enum State {
        Valid,
        Used,
        Refunded,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "tickets", name = "sold")]
    pub struct Sold {
        pub ticket: String,
        pub cents: u32,
        pub travellers: Vec<Traveller>,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "tickets", name = "refunded")]
    pub struct Refunded {
        pub ticket: String,
        pub seats: Vec<Seat>,
        pub reason: Option<String>,
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
        to.each("timetable.connections", |(from, to, at)| timetable.connections(from, to, at))
            .await;
        let fares = QuotesClient::from(to.client());
        to.each("fares.quote", |(journey, travellers)| fares.quote(journey, travellers)).await;
        to.each("fares.offers", |()| fares.offers()).await;
        let seats = ReservationsClient::from(to.client());
        to.each("seats.reserve", |(train, count, wish)| seats.reserve(train, count, wish)).await;
        to.each("seats.plan", |(train,)| seats.plan(train)).await;
    }

    async fn emits() -> Vec<Emission> {
        vec![emission::<TicketEvents, Sold>().await, emission::<TicketEvents, Refunded>().await]
    }
}
