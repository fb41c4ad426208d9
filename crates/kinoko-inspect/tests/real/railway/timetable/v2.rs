//! Can be asked for a time of day; says more of a connection; has night trains.

use std::collections::BTreeMap;

use kinoko::prelude::*;

pub use super::v1::{Stop, TimetableError};
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
    async fn connections(&self, from: String, to: String, at: Option<u16>) -> Vec<Connection> {
        self.script.answer()
    }

    #[rpc]
    async fn train(&self, number: String) -> Result<Train, TimetableError> {
        self.script.outcome()
    }

    /// In kilometres.
    #[rpc]
    async fn distance(&self, from: String, to: String) -> i64 {
        self.script.answer()
    }
}

sampled! {
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Connection {
        pub train: String,
        /// In minutes since midnight.
        pub departs: i64,
        pub arrives: i64,
        pub changes: u8,
        pub legs: Vec<Leg>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub remark: Option<String>,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Leg {
        pub train: String,
        pub from: String,
        pub to: String,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Train {
        pub number: String,
        pub kind: Kind,
        pub stops: Vec<Stop>,
        /// Seats by class.
        pub seats: BTreeMap<u32, u32>,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    pub enum Kind {
        Express,
        Regional,
        Night,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "timetable", name = "delayed")]
    pub struct Delayed {
        pub train: String,
        pub minutes: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub until: Option<String>,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "timetable", name = "cancelled")]
    pub struct Cancelled {
        pub train: String,
        pub reason: Option<Reason>,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    #[serde(tag = "code", content = "text")]
    pub enum Reason {
        Weather,
        Strike,
        Other(String),
    }
}

#[derive(Event)]
pub enum TimetableEvents {
    Delayed(Delayed),
    Cancelled(Cancelled),
}

impl Acts for Timetable {
    async fn emits() -> Vec<Emission> {
        vec![
            emission::<TimetableEvents, Delayed>().await,
            emission::<TimetableEvents, Cancelled>().await,
        ]
    }
}
