//! The first. It was built with the timetable's own types.

use kinoko::prelude::*;

use super::super::timetable::v1 as timetable;
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
    async fn train(&self, number: String) -> Result<Train, timetable::TimetableError>;
}

#[derive(Deserialize, JsonSchema)]
pub struct Train {
    number: String,
    stops: Vec<timetable::Stop>,
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

    #[event_handler(timetable::Cancelled)]
    async fn on_cancelled(&self, event: timetable::Cancelled) {}
}

/// What seats look at of a refund.
#[derive(Deserialize, JsonSchema)]
pub struct Refunded {
    seats: Vec<Seat>,
}

sampled! {
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    pub enum Wish {
        Window,
        Aisle,
        Near(String),
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Seat {
        pub coach: u8,
        pub number: u16,
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
