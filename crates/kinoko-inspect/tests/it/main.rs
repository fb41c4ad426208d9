//! What the crate does, from outside.

mod maps;
mod pairs;
mod plans;
mod sound;
