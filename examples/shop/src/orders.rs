//! `orders`: takes orders, and sees them through stock and payments. The shop's HTTP front.

mod order;
mod tables;
#[cfg(test)]
mod tests;

use kinoko::{
    http::{StatusCode, axum::http::header::LOCATION},
    prelude::*,
};

pub use order::{Line, Order, Status};
pub use tables::Tables;

use crate::{
    catalogue::{CatalogueClient, CatalogueError, Product},
    payments, stock,
    store::Store,
};

/// What the service needs.
#[derive(Dependencies)]
pub struct Orders {
    store: Store<Tables>,
    catalogue: CatalogueClient,
    events: Dispatcher<OrderEvents>,
}

/// Takes orders and sees them through.
#[service(name = "orders")]
impl Orders {
    /// Takes an order. It is kept when this returns; what becomes of it shows in its status.
    #[rpc]
    pub async fn place(&mut self, lines: Vec<Line>) -> Result<Order, OrderError> {
        if lines.is_empty() {
            return Err(OrderError::NothingOrdered);
        }
        let mut total = 0;
        for Line { sku, quantity } in &lines {
            let product = self.catalogue.get(sku.clone()).await.map_err(of_product)?;
            total += product.price * i64::from(quantity.get());
        }
        let order = Order::new(lines, total);
        tables::insert(self.store.begin().await?, &order).await?;
        self.store.commit().await?;
        if let Err(fault) = self.events.emit(Placed::from(&order)).await {
            // The order is kept, and `remind` tells of it again.
            tracing::warn!(order = order.id, %fault, "nobody was told of an order yet");
        }
        Ok(order)
    }

    /// One order.
    #[rpc]
    pub async fn get(&mut self, id: String) -> Result<Order, OrderError> {
        let found = tables::find(self.store.begin().await?, &id).await?;
        found.ok_or(OrderError::NoSuchOrder { id })
    }

    /// Takes an order.
    #[http(POST, "/orders")]
    async fn create(&mut self, Json(new): Json<NewOrder>) -> Result<Created, OrderError> {
        let order = self.place(new.lines).await?;
        let location = format!("/orders/{}", order.id);
        Ok((StatusCode::CREATED, [(LOCATION, location)], Json(order)))
    }

    /// One order.
    #[http(GET, "/orders/{id}")]
    async fn show(&mut self, Path(id): Path<String>) -> Result<Json<Order>, OrderError> {
        self.get(id).await.map(Json)
    }

    /// The newest orders.
    #[http(GET, "/orders")]
    async fn list(&mut self) -> Result<Json<Vec<Order>>, Fault> {
        Ok(Json(tables::newest(self.store.begin().await?).await?))
    }

    /// What can be ordered.
    #[http(GET, "/products")]
    async fn products(&mut self) -> Result<Json<Vec<Product>>, Fault> {
        self.catalogue.list().await.map(Json)
    }

    /// Cancels an order for which there is not enough.
    #[event_handler(stock::Refused, on_failure = "requeue")]
    async fn on_refused(&mut self, event: stock::Refused) -> Result<(), Fault> {
        self.cancel(event.order, format!("out of stock: {}", event.sku)).await
    }

    /// Cancels an order that could not be charged.
    #[event_handler(payments::Failed, on_failure = "requeue")]
    async fn on_failed(&mut self, event: payments::Failed) -> Result<(), Fault> {
        self.cancel(event.order, event.reason).await
    }

    /// Notes that an order is paid for.
    #[event_handler(payments::Paid, on_failure = "requeue")]
    async fn on_paid(&mut self, event: payments::Paid) -> Result<(), Fault> {
        tables::settle(self.store.begin().await?, &event.order, Status::Paid, None).await?;
        Ok(())
    }

    /// Tells again of orders that nothing has come back for: the process may have died after it
    /// kept an order and before it told of it. Those who did hear of it repeat what they said.
    #[timer(every = "5s", eager = true)]
    pub async fn remind(&mut self) -> Result<(), Fault> {
        let waiting = tables::waiting(self.store.begin().await?).await?;
        self.store.commit().await?;
        for order in &waiting {
            self.events.emit(Placed::from(order)).await?;
        }
        Ok(())
    }
}

impl Orders {
    async fn cancel(&mut self, order: String, reason: String) -> Result<(), Fault> {
        let db = self.store.begin().await?;
        let held = tables::settle(db, &order, Status::Cancelled, Some(&reason)).await?;
        self.store.commit().await?;
        if held == Some(Status::Cancelled) {
            // When this fails, or the process dies before it, the event that led here comes again.
            self.events.emit(Cancelled { order, reason }).await?;
        }
        Ok(())
    }
}

type Created = (StatusCode, [(kinoko::http::axum::http::HeaderName, String); 1], Json<Order>);

/// What `POST /orders` takes.
#[derive(Debug, Deserialize, JsonSchema)]
struct NewOrder {
    lines: Vec<Line>,
}

/// What orders tells others.
#[derive(Event)]
pub enum OrderEvents {
    /// An order was taken.
    Placed(Placed),
    /// An order will not be delivered.
    Cancelled(Cancelled),
}

/// An order was taken.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "orders", name = "placed")]
pub struct Placed {
    /// Which.
    pub order: String,
    /// What is wanted.
    pub lines: Vec<Line>,
    /// What it costs, in cents.
    pub total: i64,
}

impl From<&Order> for Placed {
    fn from(order: &Order) -> Placed {
        Placed { order: order.id.clone(), lines: order.lines.clone(), total: order.total }
    }
}

/// An order will not be delivered: what was set aside for it is free again.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "orders", name = "cancelled")]
pub struct Cancelled {
    /// Which.
    pub order: String,
    /// Why.
    pub reason: String,
}

/// How a call of orders fails.
#[derive(Debug, Fault)]
pub enum OrderError {
    /// There is no order of that id.
    #[fault(expected, status = 404, message = "there is no order {id}")]
    NoSuchOrder {
        /// The id.
        id: String,
    },
    /// An order has to have at least one line.
    #[fault(expected, message = "an order needs at least one line")]
    NothingOrdered,
    /// Nothing of that name is for sale.
    #[fault(expected, message = "there is no product {sku}")]
    UnknownProduct {
        /// What was ordered.
        sku: String,
    },
    /// Something else.
    #[fault(transparent)]
    Other(Fault),
}

fn of_product(error: CallError<CatalogueError>) -> OrderError {
    match error {
        CallError::Declared(CatalogueError::UnknownProduct { sku }) => {
            OrderError::UnknownProduct { sku }
        }
        CallError::Other(fault) => OrderError::Other(fault),
    }
}
