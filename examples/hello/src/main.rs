//! A service, a call, the output: `cargo run -p hello`.

use std::{error::Error, time::Duration};

use kinoko::prelude::*;

/// What the service needs: nothing yet.
#[derive(Dependencies)]
struct Greeter;

/// Says hello.
#[service(name = "greeter")]
impl Greeter {
    /// Greets someone by name.
    #[rpc]
    async fn hello(&mut self, name: String) -> String {
        format!("Hello, {name}!")
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let running = Runner::new().service::<Greeter>().start().await?;
    // `#[service]` wrote the client. Here it calls within the process; over RabbitMQ it is
    // `GreeterClient::connect("amqp://…")`, and the rest stays as it is.
    let greeter = GreeterClient::from(running.client());
    println!("{}", greeter.hello("Matt".to_owned()).await?);
    running.stop(Duration::from_secs(1)).await;
    Ok(())
}
