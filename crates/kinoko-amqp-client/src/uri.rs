//! `amqp://` URIs, by the [rules RabbitMQ has for them](https://www.rabbitmq.com/docs/uri-spec).

use std::time::Duration;

use crate::{ConnectOptions, Error, Login, Tls, TlsOptions};

pub(crate) fn parse(uri: &str) -> Result<ConnectOptions, Error> {
    let (scheme, rest) = uri.split_once("://").ok_or_else(|| wrong("has no `://`"))?;
    let tls = match scheme {
        "amqp" => false,
        "amqps" => true,
        _ => return Err(wrong("starts with neither `amqp://` nor `amqps://`")),
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match rest.split_once('/') {
        Some((authority, path)) => (authority, Some(path)),
        None => (rest, None),
    };
    // Or part of a password would be taken for a virtual host, and be shown.
    if path.is_some_and(|it| it.contains('@')) {
        return Err(wrong("has an `@` behind its host; write %2F for a `/` in the password"));
    }
    let (login, address) = authority.rsplit_once('@').unwrap_or(("", authority));
    let mut options = ConnectOptions::default();
    let port = if tls { 5671 } else { 5672 };
    options.addresses = vec![address_of(address, port)?];
    let (user, password) = match login.split_once(':') {
        Some((user, password)) => (decode(user)?, decode(password)?),
        None if login.is_empty() => ("guest".to_owned(), "guest".to_owned()),
        None => (decode(login)?, String::new()),
    };
    options.config.login = Login::Plain { user, password };
    if let Some(path) = path {
        options.config.virtual_host = decode(path)?;
    }
    if tls {
        options.tls = Some(Tls::new(TlsOptions::default())?);
    }
    for pair in query.split('&').filter(|it| !it.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        apply(&mut options, name, &decode(value)?)?;
    }
    Ok(options)
}

fn apply(options: &mut ConnectOptions, name: &str, value: &str) -> Result<(), Error> {
    let number =
        || value.parse::<u32>().map_err(|_| wrong(&format!("has a `{name}` that is no number")));
    match name {
        "heartbeat" => options.config.heartbeat = Duration::from_secs(number()?.into()),
        "connection_timeout" => options.timeout = Duration::from_millis(number()?.into()),
        "frame_max" => options.config.frame_max = number()?,
        "channel_max" => {
            options.config.channel_max =
                u16::try_from(number()?).map_err(|_| wrong("has a `channel_max` above 65535"))?;
        }
        "auth_mechanism" => {
            options.config.login =
                match (value.to_ascii_lowercase().as_str(), options.config.login.clone()) {
                    ("plain", it) => it,
                    ("amqplain", Login::Plain { user, password }) => {
                        Login::AmqPlain { user, password }
                    }
                    ("external", _) => Login::External,
                    _ => return Err(wrong("has an `auth_mechanism` nothing here knows")),
                };
        }
        _ => return Err(wrong("has a query parameter nothing here knows")),
    }
    Ok(())
}

fn address_of(address: &str, default: u16) -> Result<(String, u16), Error> {
    let (host, port) = match address.strip_prefix('[').and_then(|it| it.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => match address.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (address, None),
        },
    };
    let port = match port {
        None | Some("") => default,
        Some(port) => port.parse().map_err(|_| wrong("has a port that is none"))?,
    };
    let host = if host.is_empty() { "localhost".to_owned() } else { decode(host)? };
    Ok((host, port))
}

fn decode(text: &str) -> Result<String, Error> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = tail.get(..2).and_then(|it| str::from_utf8(it).ok());
        let byte = digits.and_then(|it| u8::from_str_radix(it, 16).ok());
        bytes.push(byte.ok_or_else(|| wrong("has a `%` without two hexadecimal digits"))?);
        rest = &tail[2..];
    }
    String::from_utf8(bytes).map_err(|_| wrong("has escapes that are not UTF-8"))
}

/// Says what is wrong without quoting the URI, which has a password in it.
fn wrong(what: &str) -> Error {
    Error::invalid(format!("the AMQP URI {what}; write amqp://user:password@host/vhost"))
}

#[cfg(test)]
mod tests {
    use crate::{ConnectOptions, Login};

    #[track_caller]
    fn check(uri: &str, user: &str, password: &str, host: &str, port: u16, vhost: &str) {
        let options = ConnectOptions::from_uri(uri).unwrap();
        assert_eq!(options.addresses, [(host.to_owned(), port)], "{uri}");
        assert_eq!(options.config.virtual_host, vhost, "{uri}");
        let Login::Plain { user: found_user, password: found } = &options.config.login else {
            panic!("{uri}")
        };
        assert_eq!((&**found_user, &**found), (user, password), "{uri}");
    }

    #[test]
    fn uris_mean_what_they_mean_to_rabbitmq() {
        check("amqp://user:pass@host:10000/vhost", "user", "pass", "host", 10000, "vhost");
        check(
            "amqp://us%65r:p%61ss@h%6fst:10000/v%2fhost",
            "user",
            "pass",
            "host",
            10000,
            "v/host",
        );
        check("amqp://", "guest", "guest", "localhost", 5672, "/");
        check("amqp://:@/", "", "", "localhost", 5672, "");
        check("amqp://user@host", "user", "", "host", 5672, "/");
        check("amqp://[::1]", "guest", "guest", "::1", 5672, "/");
        check("amqp://host/%2f", "guest", "guest", "host", 5672, "/");
    }

    #[test]
    fn no_error_shows_the_password() {
        for uri in [
            "http://u:hunter2@h",
            "amqp://u:12/hunter2@h/v",
            "amqp://u:hunter2%zz@h",
            "amqp://u:hunter2@h:port",
            "amqp://u:hunter2@h?heartbeat=x",
            "amqp://u:hunter2@h?password=hunter2",
        ] {
            let error = ConnectOptions::from_uri(uri).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }
}
