//! The first.

use kinoko::prelude::*;

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
    async fn connections(&self, from: String, to: String) -> Vec<Connection> {
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
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Train {
        pub number: String,
        pub kind: Kind,
        pub stops: Vec<Stop>,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "snake_case")]
    pub enum Kind {
        Express,
        Regional,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Stop {
        pub station: String,
        pub platform: Option<String>,
    }

    #[derive(Debug, Clone, Fault)]
    pub enum TimetableError {
        UnknownTrain { number: String },
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "timetable", name = "delayed")]
    pub struct Delayed {
        pub train: String,
        pub minutes: i64,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
    #[event(source = "timetable", name = "cancelled")]
    pub struct Cancelled {
        pub train: String,
        pub reason: Option<String>,
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
