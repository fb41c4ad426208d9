use kinoko::prelude::*;

#[derive(Event)]
enum OrderEvents {
    Placed { id: u64 },
}

fn main() {}
