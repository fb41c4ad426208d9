use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[rpc]
    #[rpc(durable)]
    async fn place(&self) {}
}

fn main() {}
