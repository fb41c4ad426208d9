//! The transport of the guide does what every transport must.

// ANCHOR: suite
use std::sync::Arc;

use guide::transport::Counting;
use kinoko::{Memory, Transport};
use kinoko_testing::transport_suite::{Features, Subject};

fn broker() -> impl Subject {
    let broker = Counting::new(Memory::new());
    move || {
        let connection: Arc<dyn Transport> = Arc::new(broker.clone());
        async { Ok(connection) }
    }
}

kinoko_testing::transport_suite!(broker(), Features::default());
// ANCHOR_END: suite

#[tokio::test]
async fn what_goes_through_is_counted() {
    use guide::first::{Greeter, GreeterClient};
    use kinoko::prelude::*;

    let transport = Counting::new(Memory::new());
    let running =
        Runner::new().transport(transport.clone()).service::<Greeter>().start().await.unwrap();
    let greeter = GreeterClient::from(running.client());
    greeter.hello("Ada".to_owned(), None).await.unwrap();
    let counts = transport.counts();
    // The request and the reply.
    assert_eq!(counts.sent.load(std::sync::atomic::Ordering::Relaxed), 2);
    assert_eq!(counts.received.load(std::sync::atomic::Ordering::Relaxed), 2);
    running.stop(std::time::Duration::from_secs(1)).await;
}
