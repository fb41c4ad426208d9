use kinoko::prelude::*;

#[service(name = "orders")]
#[derive(Dependencies)]
struct Orders {}

fn main() {}
