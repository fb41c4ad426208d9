use kinoko::prelude::*;

#[derive(Dependencies)]
struct Orders {}

#[service(name = "orders")]
impl Orders {
    #[entrypoint(queue = "jobs")]
    async fn work(&self, job: String) {
        drop(job);
    }
}

fn main() {}
