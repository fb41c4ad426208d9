//! [`Connect`]: `Client::connect(url)`, for code that is no service.

use kinoko_core::{Client, Error};

/// Gives [`Client`] its `connect`, which needs a transport to a broker.
pub trait Connect: Sized {
    /// A client of the services behind a broker, over connections of its own. The address is
    /// `amqp://user:password@host:5672/vhost`; several, separated by `;`, are tried in turn.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use kinoko::prelude::*;
    ///
    /// let client = Client::connect("amqp://guest:guest@localhost").await?;
    /// let greeting: String = client.call("greeter", "hello", ["Matt"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the address is none, the broker cannot be reached or refuses, or this was built without
    /// the feature `amqp`.
    fn connect(url: &str) -> impl Future<Output = Result<Self, Error>> + Send;
}

impl Connect for Client {
    #[cfg(feature = "amqp")]
    async fn connect(url: &str) -> Result<Client, Error> {
        let transport = kinoko_amqp::Amqp::connect(url).await?;
        Ok(Client::over(std::sync::Arc::new(transport), "kinoko-client"))
    }

    #[cfg(not(feature = "amqp"))]
    async fn connect(_url: &str) -> Result<Client, Error> {
        let text = "built without a transport to a broker: turn on the feature `amqp` of `kinoko`";
        Err(Error::new(kinoko_core::ErrorKind::Config, text))
    }
}
