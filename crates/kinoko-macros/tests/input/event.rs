//! Events, and a set of them.

use kinoko::prelude::*;

/// An order was placed.
///
/// And paid for.
#[derive(Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "orders", name = "placed")]
pub struct OrderPlaced {
    pub id: u64,
}

#[derive(Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "orders", name = "cancelled")]
pub struct OrderCancelled;

#[derive(Event)]
pub enum OrderEvents {
    Placed(OrderPlaced),
    Cancelled(OrderCancelled),
}
