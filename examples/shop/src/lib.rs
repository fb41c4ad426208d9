//! A mushroom shop of five services.
//!
//! | service | does | keeps |
//! |---|---|---|
//! | [`catalogue`] | knows what is for sale and at what price | nothing |
//! | [`orders`] | takes orders and sees them through; the HTTP front | orders |
//! | [`stock`] | sets aside what an order needs | how many are left, and what it answered |
//! | [`payments`] | charges | what it charged |
//! | [`mailer`] | tells customers | nothing |
//!
//! An order goes round by events:
//!
//! ```text
//! orders ──placed──▶ stock ──reserved──▶ payments ──paid────▶ orders, mailer
//!    ▲                 │                     │
//!    ├─────refused─────┘                     │
//!    ├─────failed────────────────────────────┘
//!    └─ cancelled ──▶ stock, mailer
//! ```
//!
//! Any of these may come twice: a broker gives a message to someone else when it did not hear that
//! it was handled, and the services repeat themselves when they cannot know. So every handler
//! first looks whether it has dealt with that order, and if so answers as it did before. Because
//! of that, one [timer](orders) is enough to bring every order home, whatever was killed meanwhile.
//!
//! What it does not bring home: events that are with the broker inside the process end with it. An
//! order that was placed comes round again; what was set aside for one that was just cancelled may
//! stay so. Over RabbitMQ that event waits for `stock`.

pub mod catalogue;
pub mod mailer;
pub mod orders;
pub mod payments;
pub mod stock;
pub mod store;

pub use store::DataFolder;
