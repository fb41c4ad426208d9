use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[http(GET)]
    async fn list(&self) {}
}

fn main() {}
