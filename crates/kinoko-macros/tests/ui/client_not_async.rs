use kinoko::prelude::*;

#[client(service = "users")]
trait Users {
    fn name(&self, id: u64) -> String;
}

fn main() {}
