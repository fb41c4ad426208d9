//! Calls within one process, over the in-process broker.

use std::{io, time::Duration};

use kinoko::Runner;

use super::{Greeter, GreeterClient};
use crate::{Failure, load, order::Orders};

/// Makes calls as told. `logged`: with a subscriber of the usual level, which nothing is written to
/// as long as nothing goes wrong.
pub(crate) async fn call(logged: bool) -> Result<(), Failure> {
    if logged {
        let logs = tracing_subscriber::fmt().with_env_filter("info").with_writer(io::stderr);
        logs.try_init()?;
    }
    let running = Runner::new().service::<Greeter>().start().await?;
    let greeter = GreeterClient::from(running.client());
    let call = move |_| {
        let greeter = greeter.clone();
        async move { hello(&greeter).await }
    };
    load::run(Orders::ready(None)?, call).await?;
    running.stop(Duration::from_secs(5)).await;
    Ok(())
}

/// Makes that many calls, one after the other. No time passes: where each instruction is counted a call takes
/// dozens of times as long, which is more than it may take without a task.
pub(crate) async fn make(calls: u64) -> Result<(), Failure> {
    tokio::time::pause();
    let running = Runner::new().service::<Greeter>().start().await?;
    let greeter = GreeterClient::from(running.client());
    for _ in 0..calls {
        hello(&greeter).await?;
    }
    running.stop(Duration::from_secs(5)).await;
    Ok(())
}

async fn hello(greeter: &GreeterClient) -> Result<(), Failure> {
    let text = greeter.hello("Matt".to_owned()).await?;
    if text == "Hello, Matt!" { Ok(()) } else { Err(text.into()) }
}
