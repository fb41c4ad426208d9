use kinoko::prelude::*;

#[client(service = "users")]
trait Users {
    async fn name(&self, id: u64) -> String {
        id.to_string()
    }
}

fn main() {}
