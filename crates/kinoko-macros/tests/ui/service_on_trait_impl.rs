use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

trait Place {
    async fn place(&self);
}

#[service(name = "orders")]
impl Place for Orders {
    #[rpc]
    async fn place(&self) {}
}

fn main() {}
