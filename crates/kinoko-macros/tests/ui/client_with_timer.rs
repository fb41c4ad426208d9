use kinoko::prelude::*;

#[client(service = "users")]
trait Users {
    #[timer(every = "30s")]
    async fn name(&self, id: u64) -> String;
}

fn main() {
        drop(id);
    }
