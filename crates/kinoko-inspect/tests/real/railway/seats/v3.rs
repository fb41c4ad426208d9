//! Seats are pairs now, which takes less room; a reservation of nothing is not taken. Hears of changes to trains in the timetable's new way.

use std::{collections::BTreeMap, num::NonZeroU32};

use kinoko::prelude::*;

pub use super::v2::Wish;
use crate::{
    calls::Calls,
    sample::sampled,
    script::Script,
    version::{Acts, Emission, emission},
};

#[derive(Dependencies)]
pub struct Seats {
    script: Shared<Script>,
    timetable: TrainsClient,
    events: Dispatcher<Released>,
}

/// The timetable, as far as seats need it.
#[client(service = "timetable")]
pub trait Trains {
    async fn train(&self, number: String) -> Option<Train>;
}

#[derive(Deserialize, JsonSchema)]
pub struct Train {
    stops: Vec<Stop>,
}

#[derive(Deserialize, JsonSchema)]
pub struct Stop {
    station: String,
}

#[service(name = "seats")]
impl Seats {
    #[rpc]
    async fn reserve(
        &self,
        train: String,
        count: NonZeroU32,
        #[arg(default)] wishes: Vec<Wish>,
    ) -> Result<Vec<Seat>, SeatError> {
        self.script.outcome()
    }

    /// What a train is made of.
    #[rpc]
    async fn plan(&self, train: String) -> Section {
        self.script.answer()
    }

    #[event_handler(source = "tickets", event = "refunded")]
    async fn on_refunded(&self, event: Refunded) {}

    #[event_handler(source = "timetable", event = "changed")]
    async fn on_changed(&self, event: Changed) {}
}

/// What seats look at of a refund.
#[derive(Deserialize, JsonSchema)]
pub struct Refunded {
    seats: Vec<AnySeat>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum AnySeat {
    Text(String),
    Pair(u8, u16),
    Both { coach: u8, number: u16 },
}

/// What seats look at of a change.
#[derive(Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Changed {
    Cancelled {
        train: String,
    },
    #[serde(other)]
    #[schemars(transform = kinoko::schema::other)]
    Other,
}

sampled! {
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Seat(pub u8, pub u16);

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Section {
        pub seats: Vec<Seat>,
        #[serde(default)]
        pub sections: BTreeMap<String, Section>,
    }

    #[derive(Debug, Clone, Fault)]
    pub enum SeatError {
        Full { left: Option<u32> },
        NoSuchTrain,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "seats", name = "released")]
    pub struct Released {
        pub train: String,
        pub seats: Vec<Seat>,
    }
}

impl Acts for Seats {
    async fn calls(to: &mut Calls) {
        let timetable = TrainsClient::from(to.client());
        to.each("timetable.train", |(number,)| timetable.train(number)).await;
    }

    async fn emits() -> Vec<Emission> {
        vec![emission::<Released, Released>().await]
    }
}
