//! A seat is what is printed on it. Plans are for others to draw, and nobody is told of seats that are free again.

use std::collections::BTreeSet;

use kinoko::prelude::*;

use crate::{calls::Calls, sample::sampled, script::Script, version::Acts};

#[derive(Dependencies)]
pub struct Seats {
    script: Shared<Script>,
    timetable: TrainsClient,
}

/// The timetable, as far as seats need it.
#[client(service = "timetable")]
pub trait Trains {
    async fn train(&self, id: String) -> Result<Train, TrainError>;
}

#[derive(Debug, Fault)]
pub enum TrainError {
    UnknownTrain { id: String },
    NotYetPublished,
}

#[derive(Deserialize, JsonSchema)]
pub struct Train {
    stops: Vec<Stop>,
}

#[derive(Deserialize, JsonSchema)]
pub struct Stop {
    station: String,
    #[serde(default)]
    platform: String,
}

#[service(name = "seats")]
impl Seats {
    #[rpc]
    async fn reserve(
        &self,
        train: String,
        count: u32,
        #[arg(default)] wishes: BTreeSet<Wish>,
    ) -> Result<BTreeSet<Seat>, SeatError> {
        self.script.outcome()
    }

    #[event_handler(source = "tickets", event = "refunded")]
    async fn on_refunded(&self, event: Refunded) {}

    #[event_handler(source = "timetable", event = "changed")]
    #[event_handler(source = "timetable", event = "cancelled")]
    async fn on_change(&self, event: Change) {}
}

/// What seats look at of a refund.
#[derive(Deserialize, JsonSchema)]
pub struct Refunded {
    ticket: String,
}

/// What seats look at of a change.
#[derive(Deserialize, JsonSchema)]
pub struct Change {
    train: String,
}

sampled! {
    #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
    #[serde(untagged)]
    pub enum Wish {
        Place(Place),
        Near { near: String },
    }

    #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    pub enum Place {
        Window,
        Aisle,
    }

    #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
    #[serde(transparent)]
    pub struct Seat(pub String);

    #[derive(Debug, Clone, Fault)]
    pub enum SeatError {
        Full { left: Option<u32> },
        NoSuchTrain,
    }
}

impl Acts for Seats {
    async fn calls(to: &mut Calls) {
        let timetable = TrainsClient::from(to.client());
        to.each("timetable.train", |(id,)| timetable.train(id)).await;
    }
}
