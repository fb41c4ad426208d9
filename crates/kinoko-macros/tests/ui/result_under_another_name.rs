use kinoko::prelude::*;

type Answer = Result<u32, String>;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[rpc]
    async fn count(&self) -> Answer {
        Err("none".to_owned())
    }
}

fn main() {}
