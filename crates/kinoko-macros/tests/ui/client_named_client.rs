use kinoko::prelude::*;

#[client(service = "users")]
trait UsersClient {
    async fn name(&self, id: u64) -> String;
}

fn main() {
        drop(id);
    }
