use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[timer(every = "30 seconds")]
    async fn expire(&self) {}
}

fn main() {}
