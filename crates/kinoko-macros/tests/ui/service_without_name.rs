use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service]
impl Orders {
    #[rpc]
    async fn place(&self) {}
}

fn main() {}
