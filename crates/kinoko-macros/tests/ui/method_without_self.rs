use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[rpc]
    async fn place(basket: String) {
        drop(basket);
    }
}

fn main() {}
