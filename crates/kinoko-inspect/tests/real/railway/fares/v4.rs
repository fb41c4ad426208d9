//! Knows distances itself; reads a field by its old name and a better one; has codes for stations.

use kinoko::prelude::*;

pub use super::v3::{Class, FareError, Price};
use crate::{
    sample::{Sample, sampled},
    script::Script,
    version::{Acts, Emission, emission},
};

#[derive(Dependencies)]
pub struct Fares {
    script: Shared<Script>,
    events: Dispatcher<Changed>,
}

#[service(name = "fares")]
impl Fares {
    #[rpc]
    async fn quote(
        &self,
        journey: Journey,
        travellers: Vec<Traveller>,
        #[arg(default = 1)] days: u32,
    ) -> Result<Price, FareError> {
        self.script.outcome()
    }

    #[rpc]
    async fn offers(&self) -> Vec<Offer> {
        self.script.answer()
    }

    #[event_handler(source = "tickets", event = "sold")]
    async fn on_sold(&self, event: serde_json::Value) {}
}

#[derive(Clone, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "fares", name = "changed")]
pub struct Changed {
    pub station: String,
    pub cents: i64,
    #[schemars(regex(pattern = "^[A-Z]{2,4}$"))]
    pub code: String,
}

impl Sample for Changed {
    fn to_depth(depth: usize) -> Vec<Changed> {
        let codes = ["ZH", "BRN", "CHUR", "ZH"].map(str::to_owned).into_iter();
        let rows = codes.zip(String::to_depth(depth)).zip(i64::to_depth(depth));
        rows.map(|((code, station), cents)| Changed { station, cents, code }).collect()
    }
}

sampled! {
    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Journey {
        #[serde(alias = "from")]
        #[schemars(transform = kinoko::schema::alias("from"))]
        pub origin: String,
        #[serde(alias = "to")]
        #[schemars(transform = kinoko::schema::alias("to"))]
        pub destination: String,
        pub class: Class,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Traveller {
        pub age: Option<u8>,
        pub card: Option<Card>,
    }

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    #[serde(transparent)]
    pub struct Card(pub String);

    #[derive(Clone, Serialize, Deserialize, JsonSchema)]
    pub struct Offer {
        pub name: String,
        pub cents: i64,
    }
}

impl Acts for Fares {
    async fn emits() -> Vec<Emission> {
        vec![emission::<Changed, Changed>().await]
    }
}
