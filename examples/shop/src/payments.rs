//! `payments`: charges for orders whose goods are set aside.

use kinoko::prelude::*;

use crate::{
    stock,
    store::{Schema, Store},
};

/// What the service needs.
#[derive(Dependencies)]
pub struct Payments {
    store: Store<Tables>,
    settings: Config<Settings>,
    events: Dispatcher<PaymentEvents>,
}

/// What can be set under `payments`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The most that one order may cost, in cents.
    pub limit: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { limit: 1_000_000 }
    }
}

/// The tables of `payments`.
pub struct Tables;

impl Schema for Tables {
    const STEPS: &'static [&'static str] = &[
        "CREATE TABLE charges (order_id TEXT PRIMARY KEY, amount INTEGER NOT NULL, failure TEXT) STRICT;",
    ];
}

/// Charges for orders.
#[service(name = "payments")]
impl Payments {
    /// Charges for an order, once: the order's id is the charge's. An order that comes again is
    /// told what it was told the first time.
    #[event_handler(stock::Reserved, on_failure = "requeue")]
    async fn on_reserved(&mut self, event: stock::Reserved) -> Result<(), Fault> {
        let stock::Reserved { order, total: amount } = event;
        let failure = self.charge(&order, amount).await?;
        self.store.commit().await?;
        match failure {
            None => self.events.emit(Paid { order, amount }).await,
            Some(reason) => self.events.emit(Failed { order, reason }).await,
        }
    }
}

impl Payments {
    /// Why the charge failed, if it did.
    async fn charge(&mut self, order: &str, amount: i64) -> Result<Option<String>, Fault> {
        let limit = self.settings.limit;
        let failure = (amount > limit).then(|| format!("more than {limit} cents"));
        let db = self.store.begin().await?;
        sqlx::query("INSERT INTO charges VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
            .bind(order)
            .bind(amount)
            .bind(failure)
            .execute(&mut *db)
            .await
            .map_err(Fault::internal)?;
        sqlx::query_scalar("SELECT failure FROM charges WHERE order_id = ?")
            .bind(order)
            .fetch_one(db)
            .await
            .map_err(Fault::internal)
    }
}

/// What payments tells others.
#[derive(Event)]
pub enum PaymentEvents {
    /// An order is paid.
    Paid(Paid),
    /// An order could not be charged.
    Failed(Failed),
}

/// An order is paid.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "payments", name = "paid")]
pub struct Paid {
    /// Which order.
    pub order: String,
    /// What was charged, in cents.
    pub amount: i64,
}

/// An order could not be charged.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "payments", name = "failed")]
pub struct Failed {
    /// Which order.
    pub order: String,
    /// Why.
    pub reason: String,
}
