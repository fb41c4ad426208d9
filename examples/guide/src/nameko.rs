//! Chapter "Nameko side by side".

// ANCHOR: orders
use kinoko::prelude::*;

/// What the service needs.
#[derive(Dependencies)]
pub struct Orders {
    catalogue: CatalogueClient,
    events: Dispatcher<Placed>,
}

/// Takes orders.
#[service(name = "orders")]
impl Orders {
    #[rpc]
    async fn place(&mut self, sku: String, #[arg(default = 1)] quantity: u32) -> Result<(), Fault> {
        let product = self.catalogue.get(sku.clone()).await?;
        self.events.emit(Placed { sku, total: product.price * quantity }).await
    }

    #[event_handler(source = "payments", event = "paid")]
    async fn on_paid(&mut self, _payload: serde_json::Value) {}

    #[timer(every = "5s")]
    async fn remind(&mut self) {}
}

#[client(service = "catalogue")]
trait Catalogue {
    async fn get(&self, sku: String) -> Product;
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Product {
    price: u32,
}

/// An order was taken.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "orders", name = "placed")]
pub struct Placed {
    sku: String,
    total: u32,
}
// ANCHOR_END: orders
