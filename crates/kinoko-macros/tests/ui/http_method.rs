use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[http(get, "/orders")]
    async fn list(&self) {}
}

fn main() {}
