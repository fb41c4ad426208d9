//! The measurements, and the processes they start: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    kinoko_benches::run()
}
