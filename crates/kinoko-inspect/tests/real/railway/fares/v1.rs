//! The first.

use std::collections::BTreeMap;

use kinoko::prelude::*;

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
    async fn distance(&self, from: String, to: String) -> i64;
}

#[service(name = "fares")]
impl Fares {
    #[rpc]
    async fn quote(
        &self,
        journey: Journey,
        travellers: Vec<Traveller>,
    ) -> Result<Price, FareError> {
        self.script.outcome()
    }

    /// Cents, by what it is called.
    #[rpc]
    async fn offers(&self) -> BTreeMap<String, i64> {
        self.script.answer()
    }

    #[event_handler(source = "tickets", event = "sold")]
    async fn on_sold(&self, event: Sold) {}
}

/// What fares look at of a ticket.
#[derive(Deserialize, JsonSchema)]
pub struct Sold {
    ticket: String,
    cents: i64,
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
        First,
        Second,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Traveller {
        pub age: i64,
        pub card: Option<String>,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Price {
        pub cents: i64,
        pub currency: String,
    }

    #[derive(Debug, Clone, Fault)]
    pub enum FareError {
        NoFare { from: String, to: String },
        TooMany(u32),
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "fares", name = "changed")]
    pub struct Changed {
        pub station: String,
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
