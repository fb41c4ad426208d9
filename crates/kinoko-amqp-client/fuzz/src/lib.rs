//! What the fuzz targets check, as functions of bytes; so a finding can be replayed by any compiler.
//!
//! ```sh
//! cargo install cargo-fuzz                       # once; and a nightly compiler
//! cd crates/kinoko-amqp-client
//! mkdir -p fuzz/corpus/codec fuzz/corpus/connection
//! cargo +nightly fuzz run codec fuzz/corpus/codec fuzz/seeds/codec -- -max_total_time=600 -max_len=8192
//! cargo +nightly fuzz run connection fuzz/corpus/connection fuzz/seeds/connection -- -max_total_time=600
//! cargo test --test seeds                        # the seeds alone, on any compiler
//! ```

pub mod codec;
pub mod connection;

mod broker;
mod input;
mod ledger;
