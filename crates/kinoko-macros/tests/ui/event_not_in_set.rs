use kinoko::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "orders", name = "placed")]
struct OrderPlaced {}

#[derive(Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "orders", name = "shipped")]
struct OrderShipped {}

#[derive(Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "orders", name = "lost")]
struct OrderLost {}

#[derive(Event)]
enum OrderEvents {
    Placed(OrderPlaced),
    Shipped(OrderShipped),
}

async fn lose(events: Dispatcher<OrderEvents>) -> Result<(), Fault> {
    events.emit(OrderLost {}).await
}

fn main() {}
