//! TLS: who shows the right certificate is talked to, and nobody else is.

use kinoko_amqp_client::{ConnectOptions, Connection, Error, ErrorKind, Tls, TlsOptions};
use kinoko_testing::rabbitmq::{NodeTls, RabbitNode};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::case::{Case, Test, failed, put, queue, test, to};

pub(crate) const TESTS: &[(&str, Test)] = &[test!("tls", only_the_right_certificate_will_do)];

/// An authority, what it signed for `localhost`, and what it signed for a client, with its key.
fn certificates() -> (NodeTls, (Vec<u8>, Vec<u8>)) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "an authority for tests");
    let authority_key = KeyPair::generate().unwrap();
    let signed = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let sign = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &issuer).unwrap().pem(), key.serialize_pem())
    };
    let (certificate, key) = sign("localhost");
    let (client, client_key) = sign("client");
    let node = NodeTls { authority: signed.pem(), certificate, key };
    (node, (client.into_bytes(), client_key.into_bytes()))
}

async fn connect(uri: &str, options: TlsOptions) -> Result<Connection, Error> {
    let mut to = ConnectOptions::from_uri(uri)?;
    to.tls = Some(Tls::new(options)?);
    Connection::connect_with(&to).await
}

async fn only_the_right_certificate_will_do(_case: Case) {
    let (certificates, identity) = certificates();
    let mut node = RabbitNode::start_with_tls(&certificates).await.unwrap();
    let port = node.tls_port().unwrap();
    let ours = || Some(certificates.authority.clone().into_bytes());
    let others = Some(self::certificates().0.authority.into_bytes());
    let uri = |host: &str| format!("amqps://guest:guest@{host}:{port}/%2F");
    let named = Some("localhost".to_owned());
    for (host, server_name, identity) in
        [("localhost", None, None), ("127.0.0.1", named, None), ("localhost", None, Some(identity))]
    {
        let options = TlsOptions { authorities: ours(), server_name, identity };
        let connection = connect(&uri(host), options).await.unwrap();
        let channel = connection.open_channel().await.unwrap();
        queue(&channel, "queue").await;
        let body = vec![7_u8; 1 << 20].into();
        put(&channel, &kinoko_amqp_client::Publish { body, ..to("queue", "") }).await;
        let (_, delivery) = channel.get("queue", true).await.unwrap().unwrap();
        assert_eq!(delivery.message().body().len(), 1 << 20);
        connection.close().await;
    }
    let with = |authorities| TlsOptions { authorities, ..TlsOptions::default() };
    for (host, authorities) in [("localhost", others), ("localhost", None), ("127.0.0.1", ours())] {
        let error = connect(&uri(host), with(authorities)).await;
        let error = failed(error, ErrorKind::Tls, "certificate");
        assert!(!format!("{error:?}").contains("guest"), "{error:?}");
    }
    let nonsense = Some(b"nonsense".to_vec());
    failed(connect(&uri("localhost"), with(nonsense)).await, ErrorKind::Tls, "PEM");
    // A port that speaks in the clear.
    let plain = format!("amqps://guest:guest@localhost:{}/%2F", node.port());
    failed(connect(&plain, with(ours())).await, ErrorKind::Tls, "");
    node.stop().await.unwrap();
}
