//! Every way to describe a failure.

use kinoko::prelude::*;

#[derive(Debug, PartialEq, Fault)]
pub enum UserError {
    NoSuchUser,
}

#[derive(Debug, Fault)]
pub enum PlaceError {
    /// Nothing in the basket.
    ///
    /// Not even an enoki.
    #[fault(expected)]
    EmptyBasket,
    #[fault(name = "OUT", message = "{left} of {sku} left", expected, status = 409)]
    OutOfStock {
        sku: String,
        left: u32,
    },
    TooMany(u32, Vec<String>),
    #[fault(path = "shop.errors.Full", log = "disk at {percent:>3}%")]
    Full {
        percent: u8,
        f: Option<String>,
    },
    #[fault(message = "try again later")]
    Store(#[fault(from)] std::io::Error),
    Boxed {
        #[fault(source)]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    Traced {
        id: u64,
        #[fault(skip, default)]
        trace: Vec<u8>,
    },
    #[fault(transparent)]
    User(CallError<UserError>),
    #[fault(transparent)]
    Other {
        fault: Fault,
    },
}
