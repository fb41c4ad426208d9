use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[rpc]
    async fn place(&self, #[arg(secret)] token: String) {
        drop(token);
    }
}

fn main() {}
