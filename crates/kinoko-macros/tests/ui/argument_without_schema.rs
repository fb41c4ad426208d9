use kinoko::prelude::*;

#[derive(Serialize, Deserialize)]
struct Basket {}

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[rpc]
    async fn place(&self, basket: Basket) {
        drop(basket);
    }
}

fn main() {}
