use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[event_handler(source = "users", event = "gone")]
    async fn forget(&self, user: u64, reason: String) {
        drop(user); drop(reason);
    }
}

fn main() {}
