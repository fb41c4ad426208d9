use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[rpc]
    async fn place(&self, (sku, quantity): (String, u32)) {
        drop((sku, quantity));
    }
}

fn main() {}
