use kinoko::prelude::*;

#[derive(Debug, Fault)]
enum PlaceError {
    #[fault(transparent)]
    Other,
}

fn main() {}
