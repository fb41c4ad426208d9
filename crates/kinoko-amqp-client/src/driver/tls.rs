//! TLS: whom to trust, and who we are.

#[cfg_attr(not(feature = "tls"), path = "tls/absent.rs")]
#[cfg_attr(feature = "tls", path = "tls/present.rs")]
mod implementation;

use std::fmt;

pub use self::implementation::Tls;
use crate::{Error, ErrorKind, reply_code::Scope};

/// What [`Tls`] is made of; all of it may be left out.
#[derive(Clone, Default)]
pub struct TlsOptions {
    /// Certificate authorities in PEM, trusted in addition to the system's.
    pub authorities: Option<Vec<u8>>,
    /// Our own certificate with those it was signed by, and its key, both in PEM, where the broker asks
    /// for one.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
    /// The name the broker's certificate must have, where it is not the one that is connected to.
    pub server_name: Option<String>,
}

impl fmt::Debug for TlsOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsOptions").field("server_name", &self.server_name).finish_non_exhaustive()
    }
}

fn tls(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Tls, Scope::Connection, text)
}
