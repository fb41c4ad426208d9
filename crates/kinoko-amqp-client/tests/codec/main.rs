//! The codec: what is written is read again, and what cannot be read is an error and nothing worse.

mod bounds;
mod depth;
mod frames;
mod make;
mod methods;
mod properties;
mod random;
mod secrets;
mod tables;
