//! `timetable`: when trains go, and when they do not.

pub(super) mod v1;
pub(super) mod v2;
pub(super) mod v3;
pub(super) mod v4;

use crate::version::Version;

pub(super) fn versions() -> Vec<Version> {
    vec![
        Version::of::<v1::Timetable>("1.0.0"),
        Version::of::<v2::Timetable>("2.0.0"),
        Version::of::<v3::Timetable>("3.0.0"),
        Version::of::<v4::Timetable>("4.0.0"),
    ]
}
