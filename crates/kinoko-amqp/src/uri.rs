//! [`Endpoint`]: where a broker is and who we are to it, as written in an `AMQP_URI`.
//!
//! The rules are Nameko's: `pyamqp://` is `amqp://`, what is left out is `guest`, `guest`,
//! `localhost`, 5672 and the virtual host `/`, which an empty path means too. The password is never
//! shown.

use std::{fmt, str::FromStr};

use kinoko_core::{Error, ErrorKind};

/// One broker: `amqp://user:password@host:port/vhost`.
///
/// ```
/// let endpoint: kinoko_amqp::Endpoint = "pyamqp://svc:s3cret@rabbit/orders".parse()?;
/// assert_eq!(endpoint.to_string(), "amqp://svc@rabbit:5672/orders");
/// # Ok::<_, kinoko_amqp::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Whether it is spoken to over TLS: `amqps://`.
    pub tls: bool,
    /// The user's name.
    pub user: String,
    pub(crate) password: String,
    /// The host's name or address.
    pub host: String,
    /// The port; 5672, and 5671 with TLS, unless written.
    pub port: u16,
    /// The virtual host.
    pub vhost: String,
}

impl Endpoint {
    /// The endpoints of a list separated by `;`, in the order they are tried.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] when one of them is not an AMQP URI, or there is none.
    pub fn list(uris: &str) -> Result<Vec<Endpoint>, Error> {
        let endpoints = uris
            .split(';')
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .map(str::parse)
            .collect::<Result<Vec<Endpoint>, Error>>()?;
        if endpoints.is_empty() {
            return Err(wrong("is empty"));
        }
        Ok(endpoints)
    }
}

impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(uri: &str) -> Result<Endpoint, Error> {
        let (scheme, rest) =
            uri.split_once("://").ok_or_else(|| wrong("does not start with `amqp://`"))?;
        let tls = match scheme {
            "amqp" | "pyamqp" => false,
            "amqps" => true,
            _ => return Err(wrong("starts with neither `amqp://`, `pyamqp://` nor `amqps://`")),
        };
        let rest = rest.split_once('?').map_or(rest, |(it, _)| it);
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        // Or part of a password would be taken for a virtual host, and be shown.
        if path.contains('@') {
            return Err(wrong("has an `@` behind its host; write %2F for a `/` in the password"));
        }
        let (login, address) = match authority.rsplit_once('@') {
            Some((login, address)) => (login, address),
            None => ("", authority),
        };
        let (user, password) = login.split_once(':').unwrap_or((login, ""));
        let (host, port) = split_port(address)?;
        let or = |text: String, default: &str| {
            if text.is_empty() { default.to_owned() } else { text }
        };
        Ok(Endpoint {
            tls,
            user: or(decode(user)?, "guest"),
            password: or(decode(password)?, "guest"),
            host: or(decode(host)?, "localhost"),
            port: port.unwrap_or(if tls { 5671 } else { 5672 }),
            vhost: or(decode(path)?, "/"),
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "amqps" } else { "amqp" };
        let vhost = if self.vhost == "/" { "" } else { &self.vhost };
        let Endpoint { user, host, port, .. } = self;
        if host.contains(':') {
            return write!(f, "{scheme}://{user}@[{host}]:{port}/{vhost}");
        }
        write!(f, "{scheme}://{user}@{host}:{port}/{vhost}")
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn split_port(address: &str) -> Result<(&str, Option<u16>), Error> {
    let (host, port) = match address.strip_prefix('[').and_then(|it| it.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => match address.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (address, None),
        },
    };
    match port {
        None | Some("") => Ok((host, None)),
        Some(port) => {
            let port = port.parse().map_err(|_| wrong("has a port that is not one"))?;
            Ok((host, Some(port)))
        }
    }
}

fn decode(text: &str) -> Result<String, Error> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
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
    String::from_utf8(bytes).map_err(|_| wrong("has escapes that are not text"))
}

/// Says what is wrong without quoting the URI, which has a password in it.
fn wrong(what: &str) -> Error {
    Error::new(
        ErrorKind::Config,
        format!("the AMQP URI {what}; write amqp://user:password@host/vhost"),
    )
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[track_caller]
    fn check(uri: &str, expected: (&str, &str, &str, u16, &str, bool)) {
        let it: Endpoint = uri.parse().unwrap();
        let found = (&*it.user, &*it.password, &*it.host, it.port, &*it.vhost, it.tls);
        assert_eq!(found, expected, "{uri}");
    }

    #[test]
    fn uris_mean_what_they_mean_to_nameko() {
        check("amqp://", ("guest", "guest", "localhost", 5672, "/", false));
        check("pyamqp://guest:guest@localhost", ("guest", "guest", "localhost", 5672, "/", false));
        check("amqp://h/", ("guest", "guest", "h", 5672, "/", false));
        check("amqp://h/%2F", ("guest", "guest", "h", 5672, "/", false));
        check("amqp://h//namekodoc", ("guest", "guest", "h", 5672, "/namekodoc", false));
        check("amqp://u:p%40%3A@h:1/v?heartbeat=3", ("u", "p@:", "h", 1, "v", false));
        check("amqps://u:p@h/v", ("u", "p", "h", 5671, "v", true));
        check("amqp://u@[::1]:7/v", ("u", "guest", "::1", 7, "v", false));
        check("amqp://a@b:c@d@h", ("a@b", "c@d", "h", 5672, "/", false));
    }

    #[test]
    fn several_are_a_list() {
        let list = Endpoint::list("amqp://a ; amqp://b:7/v;").unwrap();
        assert_eq!(format!("{list:?}"), "[amqp://guest@a:5672/, amqp://guest@b:7/v]");
        assert!(Endpoint::list(" ; ").is_err());
    }

    #[test]
    fn no_error_and_no_display_shows_the_password() {
        for uri in [
            "http://u:hunter2@h",
            "amqp://u:12/hunter2@h/v",
            "amqp://u:hunter2%zz@h",
            "amqp://u:hunter2@h:port",
        ] {
            let error = uri.parse::<Endpoint>().unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
        let endpoint: Endpoint = "amqp://u:hunter2@h".parse().unwrap();
        assert!(!format!("{endpoint} {endpoint:?}").contains("hunter2"));
    }
}
