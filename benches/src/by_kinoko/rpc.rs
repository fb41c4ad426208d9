//! Calls through RabbitMQ.

use std::time::Duration;

use kinoko::{Configuration, Runner, amqp::Amqp};

use super::{Greeter, GreeterClient};
use crate::{
    Failure,
    by_hand::json,
    load::{self, Ask},
    order::Orders,
};

/// Serves until the measurement is over.
pub(crate) async fn serve(uri: &str, prefetch: u16) -> Result<(), Failure> {
    let transport = Amqp::connect(uri).await?;
    let config = Configuration::from_json(serde_json::json!({"prefetch": prefetch}))?;
    let runner = Runner::new().config(config).transport(transport).service::<Greeter>();
    let running = runner.start().await?;
    Orders::ready(None)?.serve(|| 0).await?;
    running.stop(Duration::from_secs(5)).await;
    Ok(())
}

/// Makes calls.
pub(crate) async fn call(uri: &str) -> Result<(), Failure> {
    let greeter = GreeterClient::connect(uri).await?;
    let call = move |ask: Ask| {
        let greeter = greeter.clone();
        async move {
            let name = json::name(ask.size).into_owned();
            let text = match ask.durable {
                false => greeter.hello(name).await?,
                true => greeter.hello_durable(name).await?,
            };
            json::check_text(&text, ask.size)
        }
    };
    load::run(Orders::ready(None)?, call).await
}
