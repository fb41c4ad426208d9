use kinoko::prelude::*;

use kinoko::http::Query;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[http(GET, "/orders")]
    async fn list(&self, #[arg(default)] page: Query<Vec<u32>>) {
        drop(page);
    }
}

fn main() {}
