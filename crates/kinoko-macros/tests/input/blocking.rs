//! Methods that are not `async`.

use kinoko::prelude::*;

#[derive(Dependencies)]
pub struct Sums {}

#[service(name = "sums", client = false)]
impl Sums {
    #[rpc]
    fn add(&self, a: i64, b: i64) -> i64 {
        a + b
    }

    #[rpc]
    fn divide(&self, a: i64, b: i64) -> Result<i64, Fault> {
        a.checked_div(b).ok_or_else(|| Fault::internal("division by zero"))
    }
}
