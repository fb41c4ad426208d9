//! Knows how a ticket was paid; has travellers told by `notices`; fails where it said nothing before.

use std::num::NonZeroU32;

use kinoko::prelude::*;

use super::super::{fares::v3 as fares, seats::v3 as seats};
pub use super::v2::State;
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
    async fn connections(&self, from: String, to: String, at: Option<u16>) -> Vec<Connection>;
}

#[derive(Deserialize, JsonSchema)]
pub struct Connection {
    train: String,
    departs: i64,
    remark: Option<String>,
}

/// Fares, as far as tickets need them.
#[client(service = "fares")]
pub trait Quotes {
    async fn quote(
        &self,
        journey: fares::Journey,
        travellers: Vec<fares::Traveller>,
        #[arg(default = 1)] days: u32,
    ) -> Result<Price, fares::FareError>;
}

#[derive(Deserialize, JsonSchema)]
pub struct Price {
    cents: u32,
    currency: Currency,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    Chf,
    Eur,
    Gbp,
}

/// Seats, as far as tickets need them.
#[client(service = "seats")]
pub trait Reservations {
    async fn reserve(
        &self,
        train: String,
        count: NonZeroU32,
        #[arg(default)] wishes: Vec<seats::Wish>,
    ) -> Vec<serde_json::Value>;
}

/// Notices, as far as tickets need them.
#[client(service = "notices")]
pub trait Notices {
    async fn send(&self, to: Mail, text: String) -> bool;
}

#[service(name = "tickets")]
impl Tickets {
    #[rpc]
    async fn find(&self, id: String) -> Result<Ticket, TicketError> {
        self.script.outcome()
    }

    #[rpc]
    async fn refund(&self, id: String, reason: Option<String>) -> Result<u32, TicketError> {
        self.script.outcome()
    }

    #[event_handler(source = "notices", event = "bounced")]
    async fn on_bounced(&self, event: Bounced) {}
}

/// What tickets look at of a notice that did not arrive.
#[derive(Deserialize, JsonSchema)]
pub struct Bounced {
    to: Recipient,
}

#[derive(Deserialize, JsonSchema)]
pub enum Recipient {
    Mail(String),
    Phone { country: u16, number: u64 },
}

sampled! {
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub enum Mail {
        #[serde(rename = "Mail")]
        To(String),
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Ticket {
        pub id: String,
        pub cents: u32,
        pub seats: Vec<seats::Seat>,
        pub state: State,
        pub paid: Payment,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "by", rename_all = "snake_case")]
    pub enum Payment {
        Card { last: u16 },
        Voucher { code: String, left: Option<u32> },
        Cash,
    }

    #[derive(Debug, Clone, Fault)]
    pub enum TicketError {
        NoSuchTicket { id: String },
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "tickets", name = "sold")]
    pub struct Sold {
        pub ticket: String,
        pub cents: u32,
        pub paid: Payment,
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
        to.each("timetable.connections", |(from, to, at)| timetable.connections(from, to, at))
            .await;
        let fares = QuotesClient::from(to.client());
        to.each("fares.quote", |(journey, travellers, days)| {
            fares.quote(journey, travellers, days)
        })
        .await;
        let seats = ReservationsClient::from(to.client());
        to.each("seats.reserve", |(train, count, wishes)| seats.reserve(train, count, wishes))
            .await;
        let notices = NoticesClient::from(to.client());
        to.each("notices.send", |(to, text)| notices.send(to, text)).await;
    }

    async fn emits() -> Vec<Emission> {
        vec![emission::<TicketEvents, Sold>().await, emission::<TicketEvents, Refunded>().await]
    }
}
