//! `stock`: sets aside what an order needs, or refuses it.

mod tables;

use kinoko::prelude::*;

pub use tables::Tables;

use crate::{orders, store::Store};

/// What the service needs.
#[derive(Dependencies)]
pub struct Stock {
    store: Store<Tables>,
    settings: Config<Settings>,
    events: Dispatcher<StockEvents>,
}

/// What can be set under `stock`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How many of each product there are at first.
    pub initial: u32,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { initial: 1000 }
    }
}

/// Sets aside what orders need.
#[service(name = "stock")]
impl Stock {
    /// How many of a product are left.
    #[rpc]
    async fn left(&mut self, sku: String) -> Result<i64, Fault> {
        tables::left(self.store.begin().await?, &sku, self.settings.initial).await
    }

    /// Sets aside all that an order needs, or nothing. An order that comes again is told what it
    /// was told the first time.
    #[event_handler(orders::Placed, on_failure = "requeue")]
    async fn on_placed(&mut self, event: orders::Placed) -> Result<(), Fault> {
        let orders::Placed { order, lines, total } = event;
        let initial = self.settings.initial;
        let missing = tables::reserve(self.store.begin().await?, &order, &lines, initial).await?;
        self.store.commit().await?;
        match missing {
            None => self.events.emit(Reserved { order, total }).await,
            Some(sku) => self.events.emit(Refused { order, sku }).await,
        }
    }

    /// Puts back what was set aside.
    #[event_handler(orders::Cancelled, on_failure = "requeue")]
    async fn on_cancelled(&mut self, event: orders::Cancelled) -> Result<(), Fault> {
        tables::release(self.store.begin().await?, &event.order).await
    }
}

/// What stock tells others.
#[derive(Event)]
pub enum StockEvents {
    /// All an order needs is set aside.
    Reserved(Reserved),
    /// An order wants more than there is.
    Refused(Refused),
}

/// All an order needs is set aside.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "stock", name = "reserved")]
pub struct Reserved {
    /// Which order.
    pub order: String,
    /// What it costs, in cents, as the order said.
    pub total: i64,
}

/// An order wants more than there is.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Event)]
#[event(source = "stock", name = "refused")]
pub struct Refused {
    /// Which order.
    pub order: String,
    /// What there is not enough of.
    pub sku: String,
}
