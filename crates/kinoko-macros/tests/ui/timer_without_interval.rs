use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[timer]
    async fn expire(&self) {}
}

fn main() {}
