use kinoko::prelude::*;

#[client]
trait Users {
    async fn name(&self, id: u64) -> String;
}

fn main() {
        drop(id);
    }
