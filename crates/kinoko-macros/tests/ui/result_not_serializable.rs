use kinoko::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct OrderId {}

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[rpc]
    async fn place(&self) -> OrderId {
        OrderId {}
    }
}

fn main() {}
