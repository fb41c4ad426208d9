use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[rpc]
    async fn place<T>(&self, basket: T) {
        drop(basket);
    }
}

fn main() {}
