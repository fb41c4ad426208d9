use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    async fn place(&self, #[arg(default)] note: String) {
        drop(note);
    }
}

fn main() {}
