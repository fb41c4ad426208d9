//! The transport suite holds transports to what it says: `Memory` passes, broken ones do not.

mod broken;
mod limits;
mod memory;
mod nothing_left;
mod reconnecting;
mod rough;
