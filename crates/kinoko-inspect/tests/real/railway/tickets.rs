//! `tickets`: sells, with the help of the others.

pub(super) mod v1;
pub(super) mod v2;
pub(super) mod v3;
pub(super) mod v4;

use crate::version::Version;

pub(super) fn versions() -> Vec<Version> {
    vec![
        Version::of::<v1::Tickets>("1.0.0"),
        Version::of::<v2::Tickets>("2.0.0"),
        Version::of::<v3::Tickets>("3.0.0"),
        Version::of::<v4::Tickets>("4.0.0"),
    ]
}
