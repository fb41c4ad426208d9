//! Dialogues between a client's connection and a broker that is played by the test; the time is virtual.

mod acks;
mod channels;
mod closing;
mod confirms;
mod consumers;
mod content;
mod dialogue;
mod frames;
mod heartbeat;
mod login;
mod lost;
mod pressure;
mod replies;
mod requests;
mod returns;
mod settling;
mod short;
mod tune;
