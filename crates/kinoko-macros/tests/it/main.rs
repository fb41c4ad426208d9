//! The macros as users meet them: what compiles and works, and what is refused with which words.
#![expect(unreachable_pub, reason = "a binary whose modules are as users write them")]

#[path = "../input/arguments.rs"]
mod arguments;
#[path = "../input/blocking.rs"]
mod blocking;
#[path = "../input/client.rs"]
mod client;
#[path = "../input/dependencies.rs"]
mod dependencies;
#[path = "../input/entrypoints.rs"]
mod entrypoints;
#[path = "../input/event.rs"]
mod event;
#[path = "../input/fault.rs"]
mod fault;
#[path = "../input/hello.rs"]
mod hello;
#[path = "../input/renamed.rs"]
mod renamed;

mod behaviour;
mod by_example;
mod lifecycle;
mod ui;
