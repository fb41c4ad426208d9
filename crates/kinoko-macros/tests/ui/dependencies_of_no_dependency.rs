use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {
    open: Vec<u64>,
}

fn main() {}
