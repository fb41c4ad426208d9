//! The code of the guide at work, and the guide's includes.

mod chapters;
mod directory;
mod includes;
mod manifests;
mod settings;
mod transport;
mod unit;
