use kinoko::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "orders")]
struct OrderPlaced {}

fn main() {}
