//! Structs of dependencies: fields, generics, none.

use kinoko::prelude::*;

#[derive(Dependencies)]
pub struct Cached<T: Send + Sync + 'static> {
    values: Shared<Vec<T>>,
    call: CallContext,
}

struct Private;

#[derive(Dependencies)]
pub struct Nested {
    private: Shared<Private>,
    cached: Cached<u8>,
    state: Shared<String>,
    outcome: Empty,
}

#[derive(Dependencies)]
pub struct Empty();
