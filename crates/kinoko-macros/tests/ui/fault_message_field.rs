use kinoko::prelude::*;

#[derive(Debug, Fault)]
enum PlaceError {
    #[fault(message = "no {skew} left")]
    OutOfStock { sku: String },
}

fn main() {}
