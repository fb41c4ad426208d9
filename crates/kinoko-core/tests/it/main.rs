//! The framework without a network, from outside: what it says of types.

mod schemas;
