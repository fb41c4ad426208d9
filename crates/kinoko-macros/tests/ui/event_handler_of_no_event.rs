use kinoko::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct UserGone {}

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[event_handler(UserGone)]
    async fn forget(&self, user: UserGone) {
        drop(user);
    }
}

fn main() {}
