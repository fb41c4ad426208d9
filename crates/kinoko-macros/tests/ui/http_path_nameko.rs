use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[http(GET, "/orders/<int:id>")]
    async fn show(&self) {}
}

fn main() {}
