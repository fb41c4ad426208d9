//! Requests to the `http` entrypoint.

use std::time::Duration;

use kinoko::{http::Http, prelude::*};

use crate::{Failure, order::Orders};

/// Says hello.
#[derive(Dependencies)]
struct Site;

#[service(name = "site")]
impl Site {
    #[http(GET, "/hello/{name}")]
    async fn hello(&mut self, Path(name): Path<String>) -> Result<String, Fault> {
        Ok(format!("Hello, {name}!"))
    }
}

/// Serves until the measurement is over.
pub(crate) async fn serve() -> Result<(), Failure> {
    let http = Http::on("127.0.0.1:0");
    let running = Runner::new().service::<Site>().entrypoint(http.clone()).start().await?;
    Orders::ready(http.address().map(|it| it.to_string()))?.serve(|| 0).await?;
    running.stop(Duration::from_secs(5)).await;
    Ok(())
}
