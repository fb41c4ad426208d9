struct Orders {}

impl Orders {
    #[kinoko_macros::rpc]
    async fn place(&self) {}
}

fn main() {}
