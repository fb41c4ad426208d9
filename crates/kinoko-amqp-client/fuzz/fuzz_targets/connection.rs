//! Whatever a broker sends and an owner asks for: every token comes back once, and what is kept is
//! bounded.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| kinoko_amqp_client_fuzz::connection::check(bytes));
