use kinoko::prelude::*;

struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[rpc]
    async fn place(&self) {}
}

fn main() {}
