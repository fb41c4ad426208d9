//! [`Tls`] by rustls.

use std::{fmt, sync::Arc};

use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    },
};

use super::{TlsOptions, tls};
use crate::Error;

/// How to speak TLS, made once and used for any number of connections. Versions and ciphers are
/// rustls' and not for choosing.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ClientConfig>,
    server_name: Option<String>,
}

impl Tls {
    /// Reads certificates and keys.
    ///
    /// # Errors
    /// [`Tls`](crate::ErrorKind::Tls) when one cannot be read.
    pub fn new(options: TlsOptions) -> Result<Tls, Error> {
        let mut roots = RootCertStore::empty();
        // Where the system has none, the caller's own must do.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(pem) = &options.authorities {
            let mut found = false;
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate
                    .map_err(|err| tls(format!("a certificate authority is not PEM: {err:?}")))?;
                roots
                    .add(certificate)
                    .map_err(|err| tls(format!("a certificate authority is of no use: {err}")))?;
                found = true;
            }
            if !found {
                return Err(tls("there is no certificate authority in the PEM given as such"));
            }
        }
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|err| tls(err.to_string()))?
            .with_root_certificates(roots);
        let config = match &options.identity {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = CertificateDer::pem_slice_iter(certificate)
                    .collect::<Result<Vec<_>, _>>()
                    .map_err(|err| tls(format!("the client's certificate is not PEM: {err:?}")))?;
                let key = PrivateKeyDer::from_pem_slice(key)
                    .map_err(|err| tls(format!("the client's key is not PEM: {err:?}")))?;
                builder
                    .with_client_auth_cert(chain, key)
                    .map_err(|err| tls(format!("the client's certificate is of no use: {err}")))?
            }
        };
        Ok(Tls { config: Arc::new(config), server_name: options.server_name })
    }

    pub(in crate::driver) async fn handshake(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, Error> {
        let name = self.server_name.as_deref().unwrap_or(host).to_owned();
        let name = ServerName::try_from(name)
            .map_err(|_| tls("the broker's name cannot be the name in a certificate"))?;
        TlsConnector::from(Arc::clone(&self.config))
            .connect(name, stream)
            .await
            .map_err(|err| tls(format!("no TLS with {host}: {err}")))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("server_name", &self.server_name).finish_non_exhaustive()
    }
}
