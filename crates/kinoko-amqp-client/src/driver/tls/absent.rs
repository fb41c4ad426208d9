//! [`Tls`] in a build without it.

use tokio::net::TcpStream;

use super::{TlsOptions, tls};
use crate::Error;

/// How to speak TLS, which this build cannot: there is none of these.
#[derive(Debug, Clone)]
pub enum Tls {}

impl Tls {
    /// Says that TLS is not built in.
    ///
    /// # Errors
    /// [`Tls`](crate::ErrorKind::Tls), always.
    pub fn new(_: TlsOptions) -> Result<Tls, Error> {
        Err(tls("TLS is asked for and not built in: switch the feature `tls` on"))
    }

    pub(in crate::driver) async fn handshake(
        &self,
        _: &str,
        _: TcpStream,
    ) -> Result<TcpStream, Error> {
        match *self {}
    }
}
