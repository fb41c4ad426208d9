//! [`ConnectOptions`]: from names to a connection, under one deadline.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout_at},
};

use super::{Connection, Tls};
use crate::{Error, ErrorKind, protocol::Config, reply_code::Scope, uri};

/// Where a broker is and what a connection to it is to be.
///
/// ```
/// use std::time::Duration;
/// use kinoko_amqp_client::ConnectOptions;
///
/// let mut options = ConnectOptions::from_uri("amqp://svc:s3cret@rabbit-1/orders?heartbeat=5")?;
/// options.addresses.push(("rabbit-2".to_owned(), 5672));
/// options.timeout = Duration::from_secs(3);
/// # assert!(!format!("{options:?}").contains("s3cret"));
/// # Ok::<_, kinoko_amqp_client::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// The brokers of one cluster, as names and ports. They are tried in this order, and of each all
    /// addresses its name has.
    pub addresses: Vec<(String, u16)>,
    /// For all of it: looking names up, TCP, TLS and login, over all addresses together. Each gets an
    /// equal part of what is left.
    pub timeout: Duration,
    /// How to speak TLS; in the clear when there is none.
    pub tls: Option<Tls>,
    /// What the connection is to be.
    pub config: Config,
}

impl Default for ConnectOptions {
    fn default() -> ConnectOptions {
        ConnectOptions {
            addresses: vec![("localhost".to_owned(), 5672)],
            timeout: Duration::from_secs(10),
            tls: None,
            config: Config::default(),
        }
    }
}

impl ConnectOptions {
    /// What a URI says: `amqp://user:password@host:port/vhost`, or `amqps://`, with RabbitMQ's query
    /// parameters `heartbeat` (seconds), `connection_timeout` (milliseconds), `channel_max`, `frame_max`
    /// and `auth_mechanism`.
    ///
    /// # Errors
    /// [`Invalid`](ErrorKind::Invalid) when it is no such URI. The error does not quote it, for it has a
    /// password in it.
    pub fn from_uri(uri: &str) -> Result<ConnectOptions, Error> {
        uri::parse(uri)
    }
}

impl Connection {
    /// Connects to what a [URI](ConnectOptions::from_uri) says and logs in.
    ///
    /// # Errors
    /// As [`connect_with`](Connection::connect_with), and when it is no URI.
    pub async fn connect(uri: &str) -> Result<Connection, Error> {
        Connection::connect_with(&ConnectOptions::from_uri(uri)?).await
    }

    /// Connects to the first broker that lets us in.
    ///
    /// # Errors
    /// That of the last that was tried: [`Lost`](ErrorKind::Lost) when it cannot be reached,
    /// [`TimedOut`](ErrorKind::TimedOut) when nothing is heard in time,
    /// [`Refused`](ErrorKind::Refused) when it does not let us in, [`Tls`](ErrorKind::Tls) when its certificate or
    /// ours is not accepted.
    pub async fn connect_with(options: &ConnectOptions) -> Result<Connection, Error> {
        let deadline = Instant::now() + options.timeout;
        let mut failure = Error::invalid("there is no address to connect to");
        for (index, (host, port)) in options.addresses.iter().enumerate() {
            let until = share(deadline, options.addresses.len() - index);
            let found = timeout_at(until, lookup_host((&**host, *port))).await;
            let addresses: Vec<SocketAddr> = match found {
                Ok(Ok(found)) => found.collect(),
                Ok(Err(err)) => {
                    failure = Error::lost(format!("cannot find {host}: {err}"));
                    continue;
                }
                Err(_) => {
                    failure = late(&format!("cannot find {host}"));
                    continue;
                }
            };
            for (index, address) in addresses.iter().enumerate() {
                let until = share(until, addresses.len() - index);
                match timeout_at(until, open(*address, host, options)).await {
                    Ok(Ok(connection)) => return Ok(connection),
                    Ok(Err(err)) => failure = err,
                    Err(_) => failure = late(&format!("cannot connect to {host}:{port}")),
                }
            }
        }
        Err(failure)
    }
}

/// An equal part of what is left for each of `count`.
fn share(deadline: Instant, count: usize) -> Instant {
    let now = Instant::now();
    let count = u32::try_from(count).unwrap_or(u32::MAX).max(1);
    now + deadline.saturating_duration_since(now) / count
}

async fn open(
    address: SocketAddr,
    host: &str,
    options: &ConnectOptions,
) -> Result<Connection, Error> {
    let stream = TcpStream::connect(address)
        .await
        .and_then(|it| it.set_nodelay(true).map(|()| it))
        .map_err(|err| Error::lost(format!("cannot connect to {address}: {err}")))?;
    if let Some(tls) = &options.tls {
        let stream = tls.handshake(host, stream).await?;
        return Connection::over(stream, options.config.clone()).await;
    }
    Connection::over(stream, options.config.clone()).await
}

fn late(what: &str) -> Error {
    Error::new(ErrorKind::TimedOut, Scope::Connection, format!("{what}: nothing was heard in time"))
}
