//! Every kind of entrypoint, with every option.

use kinoko::{
    http::{Json, Path, Query},
    prelude::*,
};

#[derive(Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "orders", name = "placed")]
pub struct OrderPlaced {
    id: u64,
}

#[derive(Deserialize, JsonSchema)]
pub struct Page {
    number: u32,
}

#[derive(Dependencies)]
pub struct Everything {}

#[service(name = "everything")]
impl Everything {
    #[event_handler(OrderPlaced)]
    async fn placed(&mut self, event: OrderPlaced) -> Result<(), Fault> {
        let _ = event.id;
        Ok(())
    }

    #[event_handler(
        source = "orders",
        event = "placed",
        mode = "singleton",
        on_failure = "requeue"
    )]
    #[event_handler(source = "orders", event = "cancelled")]
    fn count(&mut self, event: serde_json::Value) {
        let _ = event;
    }

    #[event_handler(OrderPlaced, mode = "broadcast", reliable = false)]
    async fn flush(&self, event: OrderPlaced) {
        let _ = event;
    }

    #[event_handler(OrderPlaced, mode = "broadcast", identifier = std::process::id().to_string())]
    async fn refresh(&self, event: OrderPlaced) {
        let _ = event;
    }

    #[http(GET, "/orders/{id}")]
    async fn show(
        &self,
        Path(id): Path<u64>,
        Query(page): Query<Page>,
    ) -> Result<Json<u64>, Fault> {
        Ok(Json(id + u64::from(page.number)))
    }

    #[http(GET, "/health")]
    fn health(&self) -> &'static str {
        "well"
    }

    #[timer(every = "30s", eager = true)]
    async fn tick(&mut self) {}

    #[entrypoint("sqs", queue = "jobs", workers = 3)]
    async fn work(&mut self, job: String, #[arg(default)] tries: u32) {
        let _ = (job, tries);
    }

    #[entrypoint("raw", with = kinoko::private::nothing)]
    async fn raw(&mut self) {}
}
