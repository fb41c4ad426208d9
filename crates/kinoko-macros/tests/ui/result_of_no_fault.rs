use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders", client = false)]
impl Orders {
    #[event_handler(source = "users", event = "gone")]
    async fn forget(&self, user: u64) -> Result<(), std::io::Error> {
        drop(user);
        Ok(())
    }
}

fn main() {}
