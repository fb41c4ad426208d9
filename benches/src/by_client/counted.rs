//! The client for its own sake, with nothing on the other side but the bytes a broker would send: what
//! one publish and one delivery cost it, to be counted and not timed.
//!
//! In the protocol alone, and with tokio around it.

mod driven;
mod protocol;
mod script;
mod socket;

use kinoko_amqp_client::{Properties, Publish};

pub(crate) use self::{
    driven::{deliveries as driven_deliveries, publishes as driven_publishes},
    protocol::{deliveries, publishes},
};

/// What a call's request has: a small body, an id, the exchange of Nameko.
fn publish() -> Publish<'static> {
    Publish {
        exchange: "nameko-rpc".into(),
        routing_key: "greeter.hello".into(),
        mandatory: true,
        properties: properties(),
        body: bytes::Bytes::from_static(BODY),
    }
}

fn properties() -> Properties<'static> {
    Properties {
        content_type: Some("application/json".into()),
        delivery_mode: Some(Properties::PERSISTENT),
        correlation_id: Some("9e107d9d-372b-4d81-9b1e-2d4c6f0a7b55".into()),
        ..Properties::default()
    }
}

const BODY: &[u8] = br#"{"args":["Matt"],"kwargs":{}}"#;
