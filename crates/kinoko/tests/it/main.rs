//! The framework as its users see it, over the in-process broker.

mod cancel;
mod clients;
mod echo;
mod events;
mod faults;
mod lifecycle;
mod load;
#[cfg(feature = "amqp")]
mod rabbitmq;
mod road;
mod rough;
mod timers;
