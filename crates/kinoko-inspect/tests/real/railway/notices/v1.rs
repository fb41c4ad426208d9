//! The first. It was built with the event of fares, and reads the others' into types of its own.

use kinoko::prelude::*;

use super::super::fares::v1 as fares;
use crate::{calls::Calls, script::Script, version::Acts};

#[derive(Dependencies)]
pub struct Notices {
    script: Shared<Script>,
    tickets: TicketsClient,
}

/// Tickets, as far as notices need them.
#[client(service = "tickets")]
pub trait Tickets {
    async fn find(&self, id: String) -> Option<Ticket>;
}

#[derive(Deserialize, JsonSchema)]
pub struct Ticket {
    id: String,
    cents: i64,
}

#[service(name = "notices")]
impl Notices {
    /// To whatever is meant by that.
    #[rpc]
    async fn send(&self, to: serde_json::Value, text: String) -> bool {
        self.script.answer()
    }

    #[event_handler(source = "tickets", event = "sold")]
    async fn on_sold(&self, event: Sold) {}

    #[event_handler(source = "timetable", event = "delayed")]
    async fn on_delayed(&self, event: Delayed) {}

    #[event_handler(source = "timetable", event = "cancelled")]
    async fn on_cancelled(&self, event: Cancelled) {}

    #[event_handler(fares::Changed)]
    async fn on_changed(&self, event: fares::Changed) {}
}

#[derive(Deserialize, JsonSchema)]
pub struct Sold {
    ticket: String,
}

#[derive(Deserialize, JsonSchema)]
pub struct Delayed {
    train: String,
    minutes: i64,
}

#[derive(Deserialize, JsonSchema)]
pub struct Cancelled {
    train: String,
    reason: Option<String>,
}

impl Acts for Notices {
    async fn calls(to: &mut Calls) {
        let tickets = TicketsClient::from(to.client());
        to.each("tickets.find", |(id,)| tickets.find(id)).await;
    }
}
