use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders(Client);

#[service(name = "orders")]
impl Orders {
    #[rpc]
    async fn place(&self) {}
}

fn main() {}
