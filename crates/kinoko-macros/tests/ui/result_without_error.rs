use kinoko::prelude::*;

type Result<T> = std::result::Result<T, Fault>;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[rpc]
    async fn place(&self) -> Result<u64> {
        Ok(1)
    }
}

fn main() {}
