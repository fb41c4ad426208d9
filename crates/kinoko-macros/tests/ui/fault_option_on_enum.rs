use kinoko::prelude::*;

#[derive(Debug, Fault)]
#[fault(expected)]
enum PlaceError {
    Full,
}

fn main() {}
