//! The first. It was built with the clients of fares and seats.

use kinoko::prelude::*;

use super::super::{fares::v1 as fares, seats::v1 as seats};
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
    fares: fares::FaresClient,
    seats: seats::SeatsClient,
    events: Dispatcher<TicketEvents>,
}

/// The timetable, as far as tickets need it.
#[client(service = "timetable")]
pub trait Connections {
    async fn connections(&self, from: String, to: String) -> Vec<Connection>;
}

#[derive(Deserialize, JsonSchema)]
pub struct Connection {
    train: String,
    departs: i64,
    changes: u8,
}

#[service(name = "tickets")]
impl Tickets {
    #[rpc]
    async fn find(&self, id: String) -> Option<Ticket> {
        self.script.answer()
    }

    #[rpc]
    async fn refund(&self, id: String) -> Result<(), TicketError> {
        self.script.outcome()
    }

    #[event_handler(seats::Released)]
    async fn on_released(&self, event: seats::Released) {}
}

sampled! {
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Ticket {
        pub id: String,
        pub journey: fares::Journey,
        pub cents: i64,
        pub seats: Vec<seats::Seat>,
    }

    #[derive(Debug, Clone, Fault)]
    pub enum TicketError {
        NoSuchTicket { id: String },
        TooLate,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "tickets", name = "sold")]
    pub struct Sold {
        pub ticket: String,
        pub cents: i64,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "tickets", name = "refunded")]
    pub struct Refunded {
        pub ticket: String,
        pub seats: Vec<seats::Seat>,
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
        let fares = fares::FaresClient::from(to.client());
        to.each("fares.quote", |(journey, travellers)| fares.quote(journey, travellers)).await;
        to.each("fares.offers", |()| fares.offers()).await;
        let seats = seats::SeatsClient::from(to.client());
        to.each("seats.reserve", |(train, count, wish)| seats.reserve(train, count, wish)).await;
        to.each("seats.plan", |(train,)| seats.plan(train)).await;
    }

    async fn emits() -> Vec<Emission> {
        vec![emission::<TicketEvents, Sold>().await, emission::<TicketEvents, Refunded>().await]
    }
}
