//! The seeds of the fuzz targets hold: with any compiler, and without fuzzing.

use std::{fs, path::Path};

use fuzz::{codec, connection};

#[expect(unreachable_pub, reason = "the fuzz targets are crates of their own")]
#[path = "../fuzz/src/lib.rs"]
mod fuzz;

fn check(target: &str, run: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut count = 0;
    for seed in fs::read_dir(folder).unwrap() {
        run(&fs::read(seed.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count > 10, "where are the seeds?");
}

#[test]
fn of_the_codec() {
    check("codec", codec::check);
}

#[test]
fn of_the_connection() {
    check("connection", connection::check);
}
