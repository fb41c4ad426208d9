//! `kinoko call SERVICE.METHOD [JSON | key=value …]`.

use std::sync::Arc;

use clap::Args;
use kinoko_core::{Client, Fault, FaultKind, Transport};
use serde_json::{Map, Value};

use super::broker::{Broker, block_on};
use crate::exit::{Code, Failure};

/// Call a method and print what it returns.
///
/// Arguments are either one JSON text (an object is taken by name, a list by position) or any number
/// of key=value, where a value that is JSON is taken as such and any other as text.
#[derive(Debug, Args)]
pub(crate) struct Call {
    /// The method, as service.method.
    #[arg(value_name = "SERVICE.METHOD", value_parser = target)]
    target: Target,
    /// The arguments.
    #[arg(value_name = "JSON | KEY=VALUE")]
    args: Vec<String>,
    #[command(flatten)]
    broker: Broker,
}

#[derive(Debug, Clone, PartialEq)]
struct Target {
    service: String,
    method: String,
}

impl Call {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let args = arguments(&self.args)?;
        let Target { service, method } = &self.target;
        let result: Value = block_on(async {
            let transport = Arc::new(self.broker.connect().await?);
            let client = Client::over(transport.clone(), "kinoko-cli");
            let client = client.with_timeout(self.broker.timeout);
            let result = client.call(service, method, args).await;
            transport.close().await;
            result.map_err(|fault| failed(&fault, &self.target))
        })?;
        println!("{result:#}");
        Ok(())
    }
}

fn failed(fault: &Fault, Target { service, method }: &Target) -> Failure {
    let (code, mut text) = match fault.kind() {
        FaultKind::UnknownService => {
            (Code::Unknown, format!("nobody serves `{service}`: is it running on this broker?"))
        }
        FaultKind::Timeout => (
            Code::Timeout,
            format!(
                "no reply from {service}.{method} in time: it may not be running at present, or give \
                 it longer with --timeout"
            ),
        ),
        FaultKind::Unavailable => (Code::Unavailable, fault.message().to_owned()),
        _ => (Code::Failed, format!("{service}.{method} failed: {fault}")),
    };
    if let Some(data) = fault.data() {
        text.push_str(&format!("\n{data:#}"));
    }
    Failure::new(code, text)
}

fn target(text: &str) -> Result<Target, String> {
    match text.rsplit_once('.') {
        Some((service, method)) if !service.is_empty() && !method.is_empty() => {
            Ok(Target { service: service.to_owned(), method: method.to_owned() })
        }
        _ => Err("write it as service.method, such as orders.place".to_owned()),
    }
}

fn arguments(args: &[String]) -> Result<Value, Failure> {
    if let [json] = args {
        let is_named = json.contains('=') && !json.trim_start().starts_with(['{', '[', '"']);
        match serde_json::from_str(json) {
            Ok(value) => return Ok(value),
            Err(err) if !is_named => {
                let text = "an argument is JSON or key=value";
                return Err(Failure::usage(format!("{json:?} is neither: {err} ({text})")));
            }
            Err(_) => {}
        }
    }
    let mut named = Map::new();
    for arg in args {
        let Some((key, value)) = arg.split_once('=') else {
            return Err(Failure::usage(format!("{arg:?} is no key=value")));
        };
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        if named.insert(key.to_owned(), value).is_some() {
            return Err(Failure::usage(format!("{key} is given twice")));
        }
    }
    Ok(Value::Object(named))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Target, arguments, target};

    #[test]
    fn arguments_are_json_or_named() {
        let check = |args: &[&str], expected: serde_json::Value| {
            let args: Vec<_> = args.iter().map(|it| (*it).to_owned()).collect();
            assert_eq!(arguments(&args).unwrap(), expected);
        };
        check(&[], json!({}));
        check(&[r#"{"id": 7}"#], json!({"id": 7}));
        check(&["[1, 2]"], json!([1, 2]));
        check(&["7"], json!(7));
        check(&[r#""a=b""#], json!("a=b"));
        check(&["note=x"], json!({"note": "x"}));
        check(
            &["sku=enoki", "quantity=2", "note=a=b"],
            json!({"sku": "enoki", "quantity": 2, "note": "a=b"}),
        );
    }

    #[test]
    fn what_is_neither_says_so() {
        let check = |args: &[&str], expected: &str| {
            let args: Vec<_> = args.iter().map(|it| (*it).to_owned()).collect();
            let text = arguments(&args).unwrap_err().text;
            assert!(text.contains(expected), "{text}");
        };
        check(&["enoki"], "is neither");
        check(&["{"], "is neither");
        check(&[r#"{"a=b""#], "is neither");
        check(&["a=1", "b"], "is no key=value");
        check(&["a=1", "a=2"], "given twice");
    }

    #[test]
    fn a_target_is_a_service_and_a_method() {
        let shop = Target { service: "shop.orders".to_owned(), method: "place".to_owned() };
        assert_eq!(target("shop.orders.place"), Ok(shop));
        for wrong in ["", "orders", ".place", "orders."] {
            assert!(target(wrong).is_err(), "{wrong}");
        }
    }
}
