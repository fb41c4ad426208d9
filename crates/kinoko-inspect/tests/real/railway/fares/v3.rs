//! Takes classes it does not know, and no fields it does not know, nor ages that cannot be; has offers by number.

use std::collections::BTreeMap;

use kinoko::prelude::*;

pub use super::v2::{Currency, Discount};
use crate::{
    calls::Calls,
    sample::sampled,
    script::Script,
    version::{Acts, Emission, emission},
};

#[derive(Dependencies)]
pub struct Fares {
    script: Shared<Script>,
    timetable: DistancesClient,
    events: Dispatcher<Changed>,
}

/// The timetable, as far as fares need it.
#[client(service = "timetable")]
pub trait Distances {
    async fn distance(&self, from: String, to: String) -> f64;
}

#[service(name = "fares")]
impl Fares {
    #[rpc]
    async fn quote(
        &self,
        journey: Journey,
        travellers: Vec<Traveller>,
        #[arg(default = 1)] days: u32,
    ) -> Result<Price, FareError> {
        self.script.outcome()
    }

    #[rpc]
    async fn offers(&self) -> BTreeMap<u32, Offer> {
        self.script.answer()
    }

    #[event_handler(source = "tickets", event = "sold")]
    async fn on_sold(&self, event: Sold) {}
}

/// What fares look at of a ticket.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sold {
    ticket: String,
    cents: i64,
    travellers: Option<Vec<Traveller>>,
}

sampled! {
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    pub struct Journey {
        pub from: String,
        pub to: String,
        pub class: Class,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub enum Class {
        First,
        Second,
        #[serde(other)]
        #[schemars(transform = kinoko::schema::other)]
        Unknown,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Traveller {
        pub age: u8,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub card: Option<String>,
        #[serde(default)]
        pub discounts: Vec<Discount>,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Price {
        pub cents: u32,
        pub currency: Currency,
        pub discounts: Vec<Discount>,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Offer {
        pub cents: i64,
        pub left: Option<u32>,
    }

    #[derive(Debug, Clone, Fault)]
    pub enum FareError {
        NoFare { from: String, to: Option<String> },
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "fares", name = "changed")]
    pub struct Changed {
        /// All of them, where none is said.
        pub station: Option<String>,
        pub cents: i64,
    }
}

impl Acts for Fares {
    async fn calls(to: &mut Calls) {
        let timetable = DistancesClient::from(to.client());
        to.each("timetable.distance", |(from, to)| timetable.distance(from, to)).await;
    }

    async fn emits() -> Vec<Emission> {
        vec![emission::<Changed, Changed>().await]
    }
}
