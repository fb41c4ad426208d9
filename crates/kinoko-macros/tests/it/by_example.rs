//! Items that a `macro_rules!` writes: what is generated for them finds its own names.

use kinoko::{Dependency, EventSet, manifest, prelude::*};

use crate::event::{OrderCancelled, OrderPlaced};

macro_rules! service {
    ($service:ident, $field:ident, $name:literal, $type:ty) => {
        #[derive(Debug, Fault)]
        enum StockError {
            #[fault(message = "no {sku}")]
            None { sku: $type },
            #[fault(transparent)]
            Other(Fault),
        }

        #[derive(Dependencies)]
        struct $service {
            call: CallContext,
            $field: Shared<$type>,
        }

        #[service(name = $name)]
        impl $service {
            #[rpc]
            async fn find(
                &self,
                sku: $type,
                #[arg(default)] note: $type,
            ) -> Result<$type, StockError> {
                match sku == *self.$field {
                    true => Ok(note),
                    false => Err(StockError::None { sku }),
                }
            }

            #[rpc]
            fn caller(&self) -> Option<$type> {
                self.call.caller().map(<$type>::from)
            }
        }

        #[client(service = $name)]
        trait Narrow {
            async fn find(&self, sku: $type) -> Result<$type, StockError>;
        }

        #[derive(Event)]
        enum Events {
            Placed(OrderPlaced),
            Cancelled(OrderCancelled),
        }
    };
}

service!(Stock, outcome, "stock", String);

#[test]
fn manifests_are_made() {
    let manifest = manifest::<Stock>();
    assert_eq!((&*manifest.name, manifest.methods.len()), ("stock", 2));
    assert_eq!(manifest.dependencies[1].field, "outcome");
    assert_eq!(Events::describe().len(), 2);
    let mut calls = Vec::new();
    NarrowClient::describe("shop", "stock", &mut calls);
    assert_eq!(calls[0].client.as_ref().unwrap().service, "stock");
}

#[tokio::test]
async fn calls_are_made() {
    let runner = Runner::new().provide("enoki".to_owned()).service::<Stock>();
    let running = runner.start().await.unwrap();
    let stock = StockClient::from(running.client());
    let note = stock.find("enoki".to_owned(), Some("fresh".to_owned())).await;
    assert_eq!(note.unwrap(), "fresh");
    assert!(stock.caller().await.unwrap().is_some());
    let error = NarrowClient::from(running.client()).find("x".to_owned()).await.unwrap_err();
    assert!(matches!(error, CallError::Declared(StockError::None { sku }) if sku == "x"));
    let other = StockError::from(Fault::internal("x"));
    assert!(matches!(other, StockError::Other(_)));
    running.stop(std::time::Duration::from_secs(1)).await;
}
