use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[event_handler(source = "users")]
    async fn forget(&self, user: u64) {
        drop(user);
    }
}

fn main() {}
