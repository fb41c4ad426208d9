use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "my orders")]
impl Orders {
    #[rpc(durabel)]
    async fn place(&self, basket: &str) {
        drop(basket);
    }

    #[timer(every = "30")]
    async fn expire(&self) {}

    #[rpc]
    async fn list(&self) -> Vec<u64> {
        Vec::new()
    }
}

async fn no_mistake_follows_from_those(client: OrdersClient) -> Result<Vec<u64>, Fault> {
    client.list().await
}

fn main() {}
