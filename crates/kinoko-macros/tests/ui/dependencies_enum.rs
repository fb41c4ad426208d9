use kinoko::prelude::*;

#[derive(Dependencies)]
enum Orders {
    Users(Client),
}

fn main() {}
