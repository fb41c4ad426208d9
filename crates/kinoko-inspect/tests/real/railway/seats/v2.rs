//! Looks at less of a train, and does not mind kinds it has not heard of.

use kinoko::prelude::*;

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
    async fn train(&self, number: String) -> Result<Train, TrainError>;
}

#[derive(Debug, Fault)]
pub enum TrainError {
    UnknownTrain { number: String },
}

#[derive(Deserialize, JsonSchema)]
pub struct Train {
    kind: Kind,
    #[serde(default)]
    coaches: Vec<u16>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Express,
    #[serde(other)]
    #[schemars(transform = kinoko::schema::other)]
    Other,
}

#[service(name = "seats")]
impl Seats {
    #[rpc]
    async fn reserve(
        &self,
        train: String,
        count: u32,
        wish: Option<Wish>,
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

    #[event_handler(source = "timetable", event = "cancelled")]
    async fn on_cancelled(&self, event: Cancelled) {}
}

/// What seats look at of a refund.
#[derive(Deserialize, JsonSchema)]
pub struct Refunded {
    ticket: String,
    #[serde(default)]
    seats: Vec<Seat>,
}

/// What seats look at of a cancellation.
#[derive(Deserialize, JsonSchema)]
pub struct Cancelled {
    train: String,
    reason: serde_json::Value,
}

sampled! {
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    #[serde(untagged)]
    pub enum Wish {
        Place(Place),
        Near { near: String },
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    pub enum Place {
        Window,
        Aisle,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Seat {
        pub coach: u8,
        pub number: u16,
        #[serde(default)]
        pub quiet: bool,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Section {
        pub name: String,
        pub seats: Vec<Seat>,
        pub sections: Vec<Section>,
    }

    #[derive(Debug, Clone, Fault)]
    pub enum SeatError {
        Full { left: u32 },
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
