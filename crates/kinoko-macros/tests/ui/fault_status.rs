use kinoko::prelude::*;

#[derive(Debug, Fault)]
enum PlaceError {
    #[fault(status = 200)]
    Full,
}

fn main() {}
