//! The example prints what the README says it prints.

use std::process::Command;

#[test]
fn it_says_hello() {
    let output = Command::new(env!("CARGO_BIN_EXE_hello")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "Hello, Matt!\n");
    assert!(output.status.success());
}
