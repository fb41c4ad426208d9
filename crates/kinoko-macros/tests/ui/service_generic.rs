use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders<T: Send + Sync + 'static> {
    store: Shared<T>,
}

#[service(name = "orders")]
impl<T: Send + Sync + 'static> Orders<T> {
    #[rpc]
    async fn place(&self) {}
}

fn main() {}
