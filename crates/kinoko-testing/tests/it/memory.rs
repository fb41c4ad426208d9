//! The in-process transport does what every transport must.

use std::sync::Arc;

use kinoko_core::{Memory, Transport};
use kinoko_testing::transport_suite::{Features, Subject};

kinoko_testing::transport_suite!(broker(), Features::default());

fn broker() -> impl Subject {
    let memory = Memory::new();
    move || {
        let transport: Arc<dyn Transport> = Arc::new(memory.clone());
        async { Ok(transport) }
    }
}
