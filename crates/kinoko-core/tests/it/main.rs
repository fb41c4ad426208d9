//! What is said of types, and of the manifest itself, held against what is read.

mod manifests;
mod mutate;
mod schemas;
