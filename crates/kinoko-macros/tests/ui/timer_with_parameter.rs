use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[timer(every = "30s")]
    async fn expire(&self, now: u64) {
        drop(now);
    }
}

fn main() {}
