//! From what is configured to a connection to RabbitMQ.

use kinoko_amqp::{Amqp, AmqpOptions, LoginMethod, TlsIdentity, TlsOptions};
use kinoko_core::{
    Error, ErrorKind,
    config::{AmqpTls, Framework, LoginMethod as Configured},
};

/// Connects to the configured RabbitMQ, if one is. `name` is what its listings show.
///
/// # Errors
/// When the configuration cannot be meant, or the broker cannot be reached or refuses.
pub(crate) async fn connect(framework: &Framework, name: &str) -> Result<Option<Amqp>, Error> {
    match options(framework, name)? {
        Some(options) => Amqp::open(options).await.map(Some),
        None => Ok(None),
    }
}

fn options(framework: &Framework, name: &str) -> Result<Option<AmqpOptions>, Error> {
    let Some(uri) = &framework.amqp_uri else { return Ok(None) };
    let mut options = AmqpOptions::new(uri).map_err(|err| err.at("AMQP_URI"))?;
    options.connection_name = name.to_owned();
    options.heartbeat = framework.heartbeat;
    options.rpc_exchange.clone_from(&framework.rpc_exchange);
    options.direct_replies = framework.direct_replies;
    options.max_body = framework.max_body_size;
    options.declare_event_exchanges = framework.declare_event_exchanges;
    options.auto_delete_event_exchanges = framework.auto_delete_event_exchanges;
    options.login = match framework.login_method {
        Configured::AmqPlain => LoginMethod::AmqPlain,
        Configured::External => LoginMethod::External,
        _ => LoginMethod::Plain,
    };
    options.tls = framework.amqp_ssl.as_ref().map(tls).transpose()?;
    Ok(Some(options))
}

fn tls(configured: &AmqpTls) -> Result<TlsOptions, Error> {
    if configured.skip_verification {
        let text = "`cert_reqs: 0` asks not to verify the broker, which is not offered: name the \
                    authority that signed its certificate in `ca_certs`";
        return Err(Error::new(ErrorKind::Config, text).at("AMQP_SSL"));
    }
    // The configuration has seen to it that they come together.
    let pair = configured.certfile.clone().zip(configured.keyfile.clone());
    let identity = pair.map(|(certificate, key)| TlsIdentity { certificate, key });
    Ok(TlsOptions {
        ca_file: configured.ca_certs.clone(),
        identity,
        server_name: configured.server_hostname.clone(),
    })
}

#[cfg(test)]
mod tests {
    use kinoko_core::Configuration;
    use serde_json::{Value, json};

    use super::options;

    fn check(settings: Value, expected: &str) {
        let configuration = Configuration::from_json(settings).unwrap();
        let error = options(configuration.framework(), "test").unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_and_no_password_is_shown() {
        check(json!({"AMQP_URI": "amqp://u:hunter2@h:none"}), "AMQP_URI: ");
        let uri = "amqp://localhost";
        check(json!({"AMQP_URI": uri, "AMQP_SSL": {"cert_reqs": 0}}), "not to verify");
        let configuration =
            Configuration::from_json(json!({"AMQP_URI": "amqp://u:hunter2@h:none"})).unwrap();
        let text = options(configuration.framework(), "test").unwrap_err().to_string();
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn settings_reach_the_link() {
        let settings = json!({"AMQP_URI": "amqp://h", "HEARTBEAT": 5, "rpc_exchange": "other", "direct_replies": false});
        let configuration = Configuration::from_json(settings).unwrap();
        let options = options(configuration.framework(), "orders").unwrap().unwrap();
        assert_eq!((options.heartbeat.as_secs(), &*options.rpc_exchange), (5, "other"));
        assert_eq!(options.connection_name, "orders");
        assert!(!options.direct_replies);
        assert!(super::options(Configuration::default().framework(), "x").unwrap().is_none());
    }
}
