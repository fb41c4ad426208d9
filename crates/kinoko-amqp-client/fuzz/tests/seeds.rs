//! The seeds hold: with any compiler, and without fuzzing.

use std::{fs, path::Path};

use kinoko_amqp_client_fuzz::{codec, connection};

fn check(target: &str, run: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
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
