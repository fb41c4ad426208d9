//! HTTP from end to end: a socket, a route, a method, a response.

mod raw;
mod routes;
mod server;
