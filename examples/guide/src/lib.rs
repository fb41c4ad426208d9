//! The code of the guide in `docs/guide`, a module a chapter. The guide includes it from here, so
//! what it shows compiles, and `tests/it` sees it work.

pub mod background;
pub mod calling;
pub mod deadlines;
pub mod dependency;
pub mod directory;
pub mod events;
pub mod faults;
pub mod first;
pub mod nameko;
pub mod settings;
pub mod testing;
pub mod transport;
pub mod web;
