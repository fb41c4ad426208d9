//! Tells of cancellations again; takes a train's number by the name of id as well; leaves distances to others.

use kinoko::prelude::*;

pub use super::{
    v1::Cancelled,
    v3::{Connection, Kind, Stop},
};
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
        at: Option<u32>,
        #[arg(default)] via: Vec<String>,
    ) -> Vec<Connection> {
        self.script.answer()
    }

    #[rpc]
    async fn train(
        &self,
        number: Option<String>,
        id: Option<String>,
    ) -> Result<Train, TimetableError> {
        self.script.outcome()
    }
}

sampled! {
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Train {
        #[serde(rename = "number")]
        pub id: String,
        pub kind: Kind,
        pub stops: Vec<Stop>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub coaches: Vec<u8>,
    }

    #[derive(Debug, Clone, Fault)]
    pub enum TimetableError {
        UnknownTrain { number: String, id: String },
        NotYetPublished,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "timetable", name = "delayed")]
    pub struct Delayed {
        pub train: String,
        /// Nobody may know.
        pub minutes: Option<u32>,
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
        Replaced { train: String, by: Option<String> },
    }
}

#[derive(Event)]
pub enum TimetableEvents {
    Delayed(Delayed),
    Cancelled(Cancelled),
    Changed(Changed),
}

impl Acts for Timetable {
    async fn emits() -> Vec<Emission> {
        vec![
            emission::<TimetableEvents, Delayed>().await,
            emission::<TimetableEvents, Cancelled>().await,
            emission::<TimetableEvents, Changed>().await,
        ]
    }
}
