//! Schemas as sets of values: read, compared, and given examples of.
//!
//! A JSON Schema is read into [`Shapes`]: for each JSON type, what values of it must be like. What
//! cannot be read is kept as such, so that nothing is ever proved from half of a schema.
//!
//! Reading order: [`shape`], `shapes`, `read`, `both`.

mod accepts;
mod both;
pub(crate) mod describe;
pub(crate) mod disjoint;
mod fingerprint;
mod number;
pub(crate) mod pattern;
mod read;
pub(crate) mod sample;
pub mod shape;
mod shapes;

pub use number::Number;
pub use shape::{
    Alternative, Arrays, Bound, Field, Id, Numbers, Objects, Rest, Shape, Strings, Unread,
};
pub use shapes::Shapes;

pub(crate) use both::allows;
pub(crate) use fingerprint::{Fingerprint, Fingerprints};
