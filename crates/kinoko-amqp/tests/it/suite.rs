//! What every transport must do, and this one on RabbitMQ does.

use std::{sync::Arc, time::Duration};

use kinoko_amqp::Amqp;
use kinoko_core::{BoxFuture, Error, Transport};
use kinoko_testing::{
    rabbitmq::RabbitNode,
    transport_suite::{self, Features, Subject},
};
use tokio::sync::Mutex;

use crate::case::{Case, Test, test};

pub(crate) const TESTS: &[(&str, Test)] = &[test!("suite", every_case)];

struct Broker {
    node: Arc<Mutex<RabbitNode>>,
    uri: String,
}

impl Subject for Broker {
    fn connect(&self) -> BoxFuture<'_, Result<Arc<dyn Transport>, Error>> {
        Box::pin(async {
            let transport: Arc<dyn Transport> = Arc::new(Amqp::connect(&self.uri).await?);
            Ok(transport)
        })
    }

    fn disconnect(&self) -> Option<BoxFuture<'_, ()>> {
        Some(Box::pin(async {
            let closed = self.node.lock().await.close_all_connections().await;
            closed.expect("the node closes its connections");
        }))
    }

    fn restart(&self) -> Option<BoxFuture<'_, ()>> {
        Some(Box::pin(async {
            let mut node = self.node.lock().await;
            node.stop().await.expect("the node stops");
            node.restart().await.expect("the node starts again");
        }))
    }
}

async fn every_case(case: Case) {
    let broker = Broker { node: case.shared_node(), uri: case.uri.clone() };
    let mut features = Features::default();
    features.fast_unroutable_at_publish = false;
    features.deadline = Duration::from_secs(20);
    let report = transport_suite::run(broker, features).await;
    assert!(report.failed.is_empty(), "{report}");
}
