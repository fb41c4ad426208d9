//! `amqps://`: who shows the right certificate is talked to, and nobody else is.

use std::{fs, path::PathBuf};

use kinoko_amqp::{Amqp, AmqpOptions, Error, TlsOptions};
use kinoko_core::Transport;
use kinoko_testing::rabbitmq::{NodeTls, RabbitNode};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::case::{Case, Test, event, test};

pub(crate) const TESTS: &[(&str, Test)] = &[test!("tls", only_the_right_certificate_will_do)];

/// An authority, and what it signed for `localhost`.
fn certificates() -> NodeTls {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "an authority for tests");
    let authority_key = KeyPair::generate().unwrap();
    let signed = authority.self_signed(&authority_key).unwrap();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let node = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = node.signed_by(&key, &issuer).unwrap();
    NodeTls { authority: signed.pem(), certificate: certificate.pem(), key: key.serialize_pem() }
}

/// A file that is gone with the test.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> File {
        let path = std::env::temp_dir().join(format!("kinoko-{}-{name}", std::process::id()));
        fs::write(&path, text).unwrap();
        File(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

async fn only_the_right_certificate_will_do(_case: Case) {
    let certificates = certificates();
    let mut node = RabbitNode::start_with_tls(&certificates).await.unwrap();
    let port = node.tls_port().unwrap();
    let ours = File::new("authority.pem", &certificates.authority);
    let others = File::new("other.pem", &self::certificates().authority);
    let connect = async |host: &str, authority: Option<&File>, name: Option<&str>| {
        let uri = format!("amqps://guest:guest@{host}:{port}/%2F");
        let mut options = AmqpOptions::new(&uri).unwrap();
        options.tls = Some(TlsOptions {
            ca_file: authority.map(|it| it.0.clone()),
            server_name: name.map(str::to_owned),
            ..TlsOptions::default()
        });
        Amqp::open(options).await
    };
    for (host, name) in [("localhost", None), ("127.0.0.1", Some("localhost"))] {
        let amqp = connect(host, Some(&ours), name).await.unwrap();
        amqp.publish(event("over TLS")).await.unwrap();
        amqp.close().await;
    }
    let refused = async |connected: Result<Amqp, Error>, text: &str| match connected {
        Ok(_) => panic!("it was talked to"),
        Err(error) => {
            let error = error.to_string();
            assert!(error.to_lowercase().contains(text), "{error}");
            assert!(!error.contains("guest:guest"), "{error}");
        }
    };
    refused(connect("localhost", Some(&others), None).await, "certificate").await;
    refused(connect("localhost", None, None).await, "certificate").await;
    refused(connect("127.0.0.1", Some(&ours), None).await, "certificate").await;
    node.stop().await.unwrap();
}
