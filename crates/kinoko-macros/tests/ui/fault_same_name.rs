use kinoko::prelude::*;

#[derive(Debug, Fault)]
enum PlaceError {
    Full,
    #[fault(name = "Full")]
    NoRoom,
}

fn main() {}
