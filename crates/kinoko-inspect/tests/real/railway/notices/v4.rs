//! Finds tickets by number, counts its tries, and has answers to notices in a thread.

use kinoko::prelude::*;
use serde::{Deserializer, de::Error as _};

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
    events: Dispatcher<NoticeEvents>,
}

/// Tickets, as far as notices need them.
#[client(service = "tickets")]
pub trait Tickets {
    async fn find(&self, id: u64) -> Result<Ticket, FindError>;
}

#[derive(Deserialize, JsonSchema)]
pub struct Ticket {
    cents: u64,
    paid: Option<Paid>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Paid {
    Card { last: u16 },
    Voucher { code: String },
    Cash,
}

#[derive(Debug, Fault)]
pub enum FindError {
    NoSuchTicket { id: u64 },
}

#[service(name = "notices")]
impl Notices {
    #[rpc]
    async fn send(&self, #[arg(default)] urgent: bool, text: String, to: Recipient) -> bool {
        self.script.answer()
    }

    #[event_handler(source = "tickets", event = "sold")]
    async fn on_sold(&self, event: Sold) {}

    #[event_handler(source = "tickets", event = "refunded")]
    async fn on_refunded(&self, event: Refunded) {}

    #[event_handler(source = "timetable", event = "delayed")]
    async fn on_delayed(&self, event: Delayed) {}

    #[event_handler(source = "timetable", event = "changed")]
    async fn on_changed(&self, event: Changed) {}

    #[event_handler(source = "fares", event = "changed")]
    async fn on_fares(&self, event: Fares) {}

    #[event_handler(source = "notices", event = "answered")]
    async fn on_answered(&self, event: Answered) {}
}

#[derive(Deserialize, JsonSchema)]
pub struct Sold {
    ticket: String,
    cents: f64,
}

#[derive(Deserialize, JsonSchema)]
pub struct Refunded {
    ticket: String,
    seats: Vec<serde_json::Value>,
    #[serde(default)]
    reason: Option<Option<String>>,
}

#[derive(Deserialize, JsonSchema)]
pub struct Delayed {
    train: String,
    minutes: Option<i64>,
}

#[derive(Deserialize, JsonSchema)]
pub struct Fares {
    #[serde(default, deserialize_with = "code")]
    #[schemars(regex(pattern = "^[A-Z]{2,5}$"))]
    code: String,
}

/// Of a station, or of a station abroad.
fn code<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let code = String::deserialize(deserializer)?;
    let is_code = (2..=5).contains(&code.len()) && code.bytes().all(|it| it.is_ascii_uppercase());
    if is_code { Ok(code) } else { Err(D::Error::custom("no code of a station")) }
}

#[derive(Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Changed {
    Cancelled { train: String },
    Rerouted { via: Vec<String> },
    Replaced { by: Option<String> },
}

sampled! {
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    pub enum Recipient {
        #[serde(alias = "Mail")]
        #[schemars(transform = kinoko::schema::alias("Mail"))]
        Mail(String),
        Phone { country: u16, number: u64 },
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "notices", name = "bounced")]
    pub struct Bounced {
        pub to: Recipient,
        pub tries: u16,
    }

    /// With what was answered to it.
    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "notices", name = "answered")]
    pub struct Answered {
        pub text: String,
        pub answer: Option<Box<Answered>>,
    }
}

#[derive(Event)]
pub enum NoticeEvents {
    Bounced(Bounced),
    Answered(Answered),
}

impl Acts for Notices {
    async fn calls(to: &mut Calls) {
        let tickets = TicketsClient::from(to.client());
        to.each("tickets.find", |(id,)| tickets.find(id)).await;
    }

    async fn emits() -> Vec<Emission> {
        vec![emission::<NoticeEvents, Bounced>().await, emission::<NoticeEvents, Answered>().await]
    }
}
