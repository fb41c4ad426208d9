//! `mailer`: tells customers. Its mails are log lines.

use kinoko::prelude::*;

use crate::{orders, payments};

/// Needs nothing. It keeps nothing either, so a customer may be told twice: better than not at all.
#[derive(Dependencies)]
pub struct Mailer;

/// Tells customers what became of their orders.
#[service(name = "mailer")]
impl Mailer {
    /// An order is on its way.
    #[event_handler(payments::Paid)]
    async fn on_paid(&mut self, event: payments::Paid) {
        tracing::info!(order = event.order, "mail: your order is on its way");
    }

    /// An order will not come, and why.
    #[event_handler(orders::Cancelled)]
    async fn on_cancelled(&mut self, event: orders::Cancelled) {
        tracing::info!(order = event.order, reason = event.reason, "mail: your order is cancelled");
    }
}
