//! Sends to what is surely an address, and tells of those that did not arrive. Takes no delay it does not know all of.

use kinoko::prelude::*;

use crate::{
    calls::Calls,
    sample::sampled,
    script::Script,
    version::{Acts, Emission, emission},
};

#[derive(Dependencies)]
pub struct Notices {
    script: Shared<Script>,
    tickets: TicketsClient,
    events: Dispatcher<Bounced>,
}

/// Tickets, as far as notices need them.
#[client(service = "tickets")]
pub trait Tickets {
    async fn find(&self, id: String) -> Option<Ticket>;
}

#[derive(Deserialize, JsonSchema)]
pub struct Ticket {
    id: String,
    state: Option<State>,
}

#[derive(Deserialize, JsonSchema)]
pub enum State {
    Valid,
    #[serde(alias = "Refunded")]
    #[schemars(transform = kinoko::schema::alias("Refunded"))]
    Used,
}

#[service(name = "notices")]
impl Notices {
    #[rpc]
    async fn send(&self, to: Recipient, text: String) -> bool {
        self.script.answer()
    }

    #[event_handler(source = "tickets", event = "sold")]
    async fn on_sold(&self, event: Sold) {}

    #[event_handler(source = "timetable", event = "delayed")]
    async fn on_delayed(&self, event: Delayed) {}

    #[event_handler(source = "timetable", event = "cancelled")]
    async fn on_cancelled(&self, event: Cancelled) {}
}

#[derive(Deserialize, JsonSchema)]
pub struct Sold {
    ticket: String,
    #[serde(default)]
    paid: Option<Paid>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Paid {
    Card,
    #[serde(other)]
    #[schemars(transform = kinoko::schema::other)]
    Otherwise,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delayed {
    train: String,
    minutes: i64,
    until: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
pub struct Cancelled {
    train: String,
    reason: Option<Reason>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Reason {
    Text(String),
    Coded { code: String, text: Option<String> },
}

sampled! {
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub enum Recipient {
        Mail(String),
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "notices", name = "bounced")]
    pub struct Bounced {
        pub to: Recipient,
        pub why: Option<String>,
    }
}

impl Acts for Notices {
    async fn calls(to: &mut Calls) {
        let tickets = TicketsClient::from(to.client());
        to.each("tickets.find", |(id,)| tickets.find(id)).await;
    }

    async fn emits() -> Vec<Emission> {
        vec![emission::<Bounced, Bounced>().await]
    }
}
