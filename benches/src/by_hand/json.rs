//! The bodies of requests and replies, read and written as their types say.

use std::borrow::Cow;

use serde::{Deserialize, Serialize, de::IgnoredAny};

use crate::Failure;

/// A request as it is sent.
#[derive(Serialize)]
struct Request<'a> {
    args: [(); 0],
    kwargs: Arguments<&'a str>,
}

#[derive(Serialize, Deserialize)]
struct Arguments<T> {
    name: T,
}

/// A request as it is read.
#[derive(Deserialize)]
struct Asked {
    #[serde(rename = "args")]
    _args: IgnoredAny,
    kwargs: Arguments<String>,
}

#[derive(Serialize, Deserialize)]
struct Reply<T> {
    result: T,
    error: Option<String>,
}

/// A name of that many letters.
pub(crate) fn name(size: usize) -> Cow<'static, str> {
    match size {
        4 => "Matt".into(),
        size => "x".repeat(size).into(),
    }
}

pub(crate) fn request(size: usize) -> Result<Vec<u8>, Failure> {
    Ok(serde_json::to_vec(&Request { args: [], kwargs: Arguments { name: &name(size) } })?)
}

/// Runs the method.
pub(crate) fn hello(request: &[u8]) -> Result<Vec<u8>, Failure> {
    let asked: Asked = serde_json::from_slice(request)?;
    let result = format!("Hello, {}!", asked.kwargs.name);
    Ok(serde_json::to_vec(&Reply { result, error: None })?)
}

pub(crate) fn check(reply: &[u8], size: usize) -> Result<(), Failure> {
    let reply: Reply<String> = serde_json::from_slice(reply)?;
    match reply.error {
        None => check_text(&reply.result, size),
        Some(error) => Err(error.into()),
    }
}

/// That a name of that many letters was greeted.
pub(crate) fn check_text(text: &str, size: usize) -> Result<(), Failure> {
    if text.len() == size + "Hello, !".len() { Ok(()) } else { Err(text.into()) }
}
