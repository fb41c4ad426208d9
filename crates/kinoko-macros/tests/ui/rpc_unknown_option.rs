use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[rpc(durabel)]
    async fn place(&self) {}
}

fn main() {}
