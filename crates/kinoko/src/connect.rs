//! [`connect`]: a client for code that is no service.

use kinoko_core::{Client, Error};

/// A client of the services behind a broker, by its address: `amqp://user:password@host:5672/vhost`,
/// several separated by `;` for failover.
///
/// # Errors
/// When the address is none, or the broker cannot be reached or refuses.
#[cfg(feature = "amqp")]
pub async fn connect(url: &str) -> Result<Client, Error> {
    let transport = kinoko_amqp::Amqp::connect(url).await?;
    Ok(Client::over(std::sync::Arc::new(transport), "kinoko-client"))
}

/// A client of the services behind a broker: needs the feature `amqp`.
///
/// # Errors
/// Always, without that feature.
#[cfg(not(feature = "amqp"))]
pub async fn connect(_url: &str) -> Result<Client, Error> {
    let text = "built without a transport to a broker: turn on the feature `amqp` of `kinoko`";
    Err(Error::new(kinoko_core::ErrorKind::Config, text))
}
