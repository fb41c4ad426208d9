//! The service on Kinoko as a program of its own, with nothing in it that it has no use for: what its memory is
//! measured on.

use std::process::ExitCode;

fn main() -> ExitCode {
    kinoko_benches::service_on_kinoko()
}
