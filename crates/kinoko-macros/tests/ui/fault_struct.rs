use kinoko::prelude::*;

#[derive(Debug, Fault)]
struct PlaceError {
    sku: String,
}

fn main() {}
