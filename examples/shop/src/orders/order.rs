//! [`Order`]: what a customer wants, and how far it is.

use std::num::NonZeroU16;

use kinoko::prelude::*;

/// What a customer wants, and how far it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// Unique in the world.
    pub id: String,
    /// How far it is.
    pub status: Status,
    /// Why it was cancelled, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What it costs, in cents.
    pub total: i64,
    /// What is wanted.
    pub lines: Vec<Line>,
}

/// One kind of product, and how many.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// Which product.
    pub sku: String,
    /// How many.
    pub quantity: NonZeroU16,
}

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Taken; stock and payments have yet to answer.
    Placed,
    /// All is well.
    Paid,
    /// It will not be delivered.
    Cancelled,
}

impl Order {
    /// An order just taken.
    pub fn new(lines: Vec<Line>, total: i64) -> Order {
        let id = uuid::Uuid::new_v4().to_string();
        Order { id, status: Status::Placed, reason: None, total, lines }
    }
}

impl Status {
    /// As the database has it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Status::Placed => "placed",
            Status::Paid => "paid",
            Status::Cancelled => "cancelled",
        }
    }

    /// From what the database has.
    pub(super) fn from_text(text: &str) -> Option<Status> {
        [Status::Placed, Status::Paid, Status::Cancelled].into_iter().find(|it| it.as_str() == text)
    }
}
