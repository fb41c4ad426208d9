//! Tells of all changes in one event, and no longer of cancellations in one of their own; drops what was in `legs` anyway.

use kinoko::prelude::*;

pub use super::v2::{Delayed, Kind, Leg};
use crate::{
    sample::sampled,
    script::Script,
    version::{Acts, Emission, emission},
};

#[derive(Dependencies)]
pub struct Timetable {
    script: Shared<Script>,
    events: Dispatcher<TimetableEvents>,
}

#[service(name = "timetable")]
impl Timetable {
    /// Ways from one station to another.
    #[rpc]
    async fn connections(
        &self,
        from: String,
        to: String,
        at: Option<u16>,
        #[arg(default)] via: Vec<String>,
    ) -> Vec<Connection> {
        self.script.answer()
    }

    #[rpc]
    async fn train(&self, number: String) -> Result<Train, TimetableError> {
        self.script.outcome()
    }

    /// In kilometres.
    #[rpc]
    async fn distance(&self, from: String, to: String) -> u32 {
        self.script.answer()
    }
}

sampled! {
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Connection {
        pub train: String,
        /// In minutes since midnight.
        pub departs: u16,
        pub arrives: u16,
        pub legs: Vec<Leg>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub remark: Option<String>,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Train {
        pub number: String,
        pub kind: Kind,
        pub stops: Vec<Stop>,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Stop {
        pub station: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        pub platform: Option<String>,
        /// Where the doors are.
        pub doors: (char, u8),
    }

    #[derive(Debug, Clone, Fault)]
    pub enum TimetableError {
        UnknownTrain { number: String },
        NotYetPublished,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "timetable", name = "changed")]
    pub struct Changed {
        #[serde(flatten)]
        pub change: Change,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "what", rename_all = "snake_case")]
    pub enum Change {
        Cancelled { train: String },
        Rerouted { train: String, via: Vec<String> },
    }
}

#[derive(Event)]
pub enum TimetableEvents {
    Delayed(Delayed),
    Changed(Changed),
}

impl Acts for Timetable {
    async fn emits() -> Vec<Emission> {
        vec![
            emission::<TimetableEvents, Delayed>().await,
            emission::<TimetableEvents, Changed>().await,
        ]
    }
}
