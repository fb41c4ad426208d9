//! Gives discounts, and reads no distances that are negative.

use std::collections::BTreeMap;

use kinoko::prelude::*;

pub use super::v1::{Changed, Class, FareError, Journey};
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
    async fn distance(&self, from: String, to: String) -> u32;
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
    cents: u32,
    #[serde(default)]
    travellers: Vec<Traveller>,
}

sampled! {
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Traveller {
        pub age: i64,
        pub card: Option<String>,
        #[serde(default)]
        pub discounts: Vec<Discount>,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    #[serde(untagged)]
    pub enum Discount {
        Percent(u8),
        Named { name: String, cents: i64 },
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Price {
        pub cents: i64,
        pub currency: Currency,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "UPPERCASE")]
    pub enum Currency {
        Chf,
        Eur,
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
