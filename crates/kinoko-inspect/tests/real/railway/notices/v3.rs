//! Calls people too. Sees how a ticket was paid, and what else changes in the timetable.

use kinoko::prelude::*;

use super::super::{tickets::v3 as tickets, timetable::v3 as timetable};
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
    async fn find(&self, id: String) -> Result<Option<Ticket>, tickets::TicketError>;
}

#[derive(Deserialize, JsonSchema)]
pub struct Ticket {
    id: String,
}

#[service(name = "notices")]
impl Notices {
    #[rpc]
    async fn send(
        &self,
        to: Recipient,
        text: String,
        #[arg(default)] urgent: bool,
    ) -> Result<bool, NoticeError> {
        self.script.outcome()
    }

    #[event_handler(tickets::Sold)]
    async fn on_sold(&self, event: Sold) {}

    #[event_handler(timetable::Delayed)]
    async fn on_delayed(&self, event: timetable::Delayed) {}

    #[event_handler(timetable::Changed)]
    async fn on_changed(&self, event: timetable::Changed) {}

    #[event_handler(source = "fares", event = "changed")]
    async fn on_fares(&self, event: Fares) {}
}

#[derive(Deserialize, JsonSchema)]
pub struct Sold {
    ticket: String,
    paid: Option<tickets::Payment>,
}

#[derive(Deserialize, JsonSchema)]
pub struct Fares {
    station: Option<String>,
}

sampled! {
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub enum Recipient {
        Mail(String),
        Phone { country: u16, number: u64 },
    }

    #[derive(Debug, Clone, Fault)]
    pub enum NoticeError {
        TooLong { most: u32 },
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "notices", name = "bounced")]
    pub struct Bounced {
        pub to: Recipient,
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
