//! What the crate does, from outside.

mod documents;
mod maps;
mod pairs;
mod plans;
mod site;
mod sound;
