use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[rpc]
    async fn place(&self) {
        let basket = std::rc::Rc::new(());
        std::future::ready(()).await;
        drop(basket);
    }
}

fn main() {}
