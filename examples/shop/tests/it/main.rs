//! The shop, from outside: in process, over HTTP, as a program, and over RabbitMQ.

mod binary;
mod customer;
mod http;
mod in_process;
mod killed;
mod manifests;
mod permissions;
mod process;
mod rabbitmq;
