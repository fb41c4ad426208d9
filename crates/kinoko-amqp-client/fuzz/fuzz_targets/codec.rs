//! Whatever bytes arrive: reading and showing them never panics, and what was read can be written.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kinoko_amqp_client_fuzz::codec::check(bytes));
