//! Typed faults: the same enum at both ends, and any other fault whole.

use kinoko::{DeclaredFault, FaultType, prelude::*};
use kinoko_testing::Harness;
use serde_json::json;

#[derive(Debug, PartialEq, Fault)]
enum PlaceError {
    /// The shop has no such product.
    #[fault(expected, message = "no such product: {sku}")]
    UnknownProduct { sku: String },
    #[fault(
        name = "Broke",
        message = "the till has {have} and needs {need}",
        log = "till at {have}"
    )]
    NoChange { have: u32, need: u32 },
    #[fault(expected, message = "closed")]
    Closed,
}

#[derive(Dependencies)]
struct Shop;

#[service(name = "shop")]
impl Shop {
    #[rpc]
    async fn place(&mut self, sku: String) -> Result<u32, PlaceError> {
        match &*sku {
            "enoki" => Ok(3),
            "shiitake" => Err(PlaceError::NoChange { have: 1, need: 5 }),
            "closed" => Err(PlaceError::Closed),
            "panic" => panic!("no such luck"),
            _ => Err(PlaceError::UnknownProduct { sku }),
        }
    }
}

/// A consumer that shares no code with the shop and knows one of its faults.
mod elsewhere {
    use kinoko::prelude::*;

    #[derive(Debug, PartialEq, Fault)]
    pub(crate) enum Trouble {
        #[fault(message = "no {sku}")]
        UnknownProduct { sku: String },
    }

    #[client(service = "shop")]
    pub(crate) trait Shop {
        async fn place(&self, sku: String) -> Result<u32, Trouble>;
    }
}

#[tokio::test]
async fn callers_get_the_same_enum_back() {
    let harness = Harness::new().service::<Shop>().start().await.unwrap();
    let shop = ShopClient::from(harness.client());
    let place = async |sku: &str| shop.place(sku.to_owned()).await;
    assert_eq!(place("enoki").await, Ok(3));
    let check = async |sku: &str, expected: PlaceError| {
        assert_eq!(place(sku).await, Err(CallError::Declared(expected)));
    };
    check("morel", PlaceError::UnknownProduct { sku: "morel".to_owned() }).await;
    check("shiitake", PlaceError::NoChange { have: 1, need: 5 }).await;
    check("closed", PlaceError::Closed).await;
    let Err(CallError::Other(fault)) = place("panic").await else { panic!("not declared") };
    assert_eq!(fault.kind(), FaultKind::Internal);
    harness.stop().await;
}

#[tokio::test]
async fn a_consumer_may_know_less() {
    use elsewhere::{ShopClient, Trouble};
    let harness = Harness::new().service::<Shop>().start().await.unwrap();
    let shop = ShopClient::from(harness.client());
    let error = shop.place("morel".to_owned()).await.unwrap_err();
    assert_eq!(error, CallError::Declared(Trouble::UnknownProduct { sku: "morel".to_owned() }));
    let error = shop.place("shiitake".to_owned()).await.unwrap_err();
    let CallError::Other(fault) = error else { panic!("{error:?} is not known here") };
    assert_eq!((fault.name(), fault.message()), ("Broke", "the till has 1 and needs 5"));
    assert_eq!(fault.data(), Some(&json!({"have": 1, "need": 5})));
    harness.stop().await;
}

#[test]
fn a_fault_says_what_it_is() {
    let fault = PlaceError::NoChange { have: 1, need: 5 }.into_fault();
    assert_eq!(fault.log(), Some("till at 1"));
    assert!(!fault.is_expected());
    assert!(PlaceError::Closed.into_fault().is_expected());
    assert_eq!(PlaceError::Closed.to_string(), "closed");
    let read = PlaceError::from_fault(&fault);
    assert_eq!(read, Some(PlaceError::NoChange { have: 1, need: 5 }));
    let names: Vec<_> =
        PlaceError::describe().into_iter().map(|it| (it.name, it.expected)).collect();
    let expected = [("UnknownProduct", true), ("Broke", false), ("Closed", true)];
    assert_eq!(names, expected.map(|(name, expected)| (name.to_owned(), expected)));
}
