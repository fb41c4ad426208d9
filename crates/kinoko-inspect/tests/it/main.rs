//! What the crate does, from outside.

mod documents;
mod hostile;
mod maps;
mod pairs;
mod permissions;
mod plans;
mod site;
mod sound;
