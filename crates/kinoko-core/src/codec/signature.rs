//! [`Signature`]: binds what a caller sent to a method's parameters, as a Python call would.
//!
//! Positional and keyword arguments both bind, and the text of a mismatch is the one Python has for
//! it, because that is what the people calling from Nameko know how to read.

use std::borrow::Cow;

use kinoko_manifest::{ParamInfo, Schema};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    arguments::{AFTER_KWARGS, BEFORE_KWARGS},
    excerpt, is_object, lenient,
};
use crate::{Fault, FaultKind, secret};

/// A method's name and parameters. Made once, by the macros.
#[derive(Debug)]
pub struct Signature {
    name: &'static str,
    params: &'static [Param],
}

/// Makes the schema of a type, and of the other side where that has another.
pub type SchemaOf = fn() -> (Schema, Option<Schema>);

/// One parameter of a method.
#[derive(Debug, Clone, Copy)]
pub struct Param {
    name: &'static str,
    default: IfMissing,
    sensitive: bool,
    location: Option<&'static str>,
}

#[derive(Debug, Clone, Copy)]
enum IfMissing {
    Required,
    Null,
    Value(fn() -> Vec<u8>),
}

impl Param {
    /// One that a caller has to give.
    pub const fn required(name: &'static str) -> Param {
        Param { name, default: IfMissing::Required, sensitive: false, location: None }
    }

    /// One that is `None` when not given.
    pub const fn optional(name: &'static str) -> Param {
        Param { name, default: IfMissing::Null, sensitive: false, location: None }
    }

    /// One that has a value, encoded by that function, when not given.
    pub const fn defaulted(name: &'static str, default: fn() -> Vec<u8>) -> Param {
        Param { name, default: IfMissing::Value(default), sensitive: false, location: None }
    }

    /// The same, not to be shown in logs and tools.
    #[must_use]
    pub const fn sensitive(mut self) -> Param {
        self.sensitive = true;
        self
    }

    /// The same, taken from that part of an HTTP request.
    #[must_use]
    pub const fn location(mut self, location: &'static str) -> Param {
        self.location = Some(location);
        self
    }

    fn is_required(&self) -> bool {
        matches!(self.default, IfMissing::Required)
    }
}

impl Signature {
    /// A signature of that name and those parameters.
    ///
    /// # Panics
    /// With more parameters than a method may have, which is twelve.
    pub const fn new(name: &'static str, params: &'static [Param]) -> Signature {
        assert!(params.len() <= MOST, "more parameters than a method may have");
        Signature { name, params }
    }

    /// The method's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What the manifest says of the parameters; one function a parameter makes its schema, and that of the
    /// other side where it is another.
    pub fn params(&self, schemas: &[SchemaOf]) -> Vec<ParamInfo> {
        let schemas = schemas.iter().map(|make| make());
        let describe = |(param, (schema, schema_as_written)): (&Param, _)| ParamInfo {
            name: param.name.to_owned(),
            schema,
            schema_as_written,
            required: param.is_required(),
            default: match param.default {
                IfMissing::Value(default) if !param.sensitive => {
                    serde_json::from_slice(&default()).ok()
                }
                _ => None,
            },
            sensitive: param.sensitive,
            location: param.location.map(str::to_owned),
        };
        self.params.iter().zip(schemas).map(describe).collect()
    }

    /// Decodes a request's body into a tuple of arguments.
    ///
    /// # Errors
    /// [`FaultKind::MalformedRequest`] when it is not a request, [`FaultKind::IncorrectSignature`]
    /// when the arguments are not these parameters.
    pub fn decode<A: FromArguments>(&self, body: &[u8]) -> Result<A, Fault> {
        lenient::read(body, |body| self.decode_strictly(body))
    }

    fn decode_strictly<A: FromArguments>(&self, body: &[u8]) -> Result<A, Fault> {
        let body = str::from_utf8(body).map_err(|err| not_a_request(&err))?;
        let mut room = [None; MOST];
        let values = room
            .get_mut(..self.params.len())
            .ok_or_else(|| Fault::internal("it has more parameters than a method can take"))?;
        if let Some(kwargs) = kwargs_alone(body)
            && let Ok(fits) = self.keywords(kwargs, values)
        {
            fits?;
            return A::from_arguments(&self.bound(values)?);
        }
        // What was no object may have begun like one.
        values.fill(None);
        if !is_object(body) {
            return Err(malformed("a request is an object with `args` and `kwargs`"));
        }
        let request: Request<'_> = serde_json::from_str(body).map_err(|err| not_a_request(&err))?;
        let (Some(args), Some(kwargs)) = (request.args, request.kwargs) else {
            return Err(malformed("Message missing `args` or `kwargs`"));
        };
        let args: Vec<&RawValue> = serde_json::from_str(args.get())
            .map_err(|_| self.mismatch("`args` has to be a list"))?;
        if args.len() > self.params.len() {
            return Err(self.too_many(args.len()));
        }
        for (value, arg) in values.iter_mut().zip(args) {
            *value = Some(arg);
        }
        self.keywords(kwargs.get(), values)
            .map_err(|_| self.mismatch("`kwargs` has to be an object"))??;
        A::from_arguments(&self.bound(values)?)
    }

    /// Puts keyword arguments to the values there are by position.
    ///
    /// An error is that of a text that is no object; inside of it is what does not fit.
    fn keywords<'a>(
        &self,
        kwargs: &'a str,
        values: &mut [Option<&'a RawValue>],
    ) -> serde_json::Result<Result<(), Fault>> {
        let mut given = serde_json::Deserializer::from_str(kwargs);
        let fits = given.deserialize_map(Keywords { signature: self, values })?;
        given.end()?;
        Ok(fits)
    }

    fn bound<'a>(&'a self, values: &'a [Option<&'a RawValue>]) -> Result<Bound<'a>, Fault> {
        let missing = self.params.iter().zip(values);
        let missing: Vec<&str> = missing
            .filter(|(param, value)| value.is_none() && param.is_required())
            .map(|(param, _)| param.name)
            .collect();
        if missing.is_empty() {
            Ok(Bound { signature: self, values })
        } else {
            Err(self.missing(&missing))
        }
    }

    /// The fault of a payload that is not the one parameter's type.
    pub(crate) fn unreadable(&self, err: &serde_json::Error) -> Fault {
        match self.params.first() {
            Some(param) => self.wrong_type(param, err),
            None => self.mismatch(format!("payload: {err}")),
        }
    }

    /// serde's text has the value in it.
    fn wrong_type(&self, param: &Param, err: &serde_json::Error) -> Fault {
        if param.sensitive {
            return self.mismatch(format!("argument '{}' is not of its type", param.name));
        }
        self.mismatch(format!("argument '{}': {err}", param.name))
    }

    fn mismatch(&self, text: impl AsRef<str>) -> Fault {
        let text = format!("{}() {}", self.name, excerpt(text.as_ref()));
        Fault::new(FaultKind::IncorrectSignature, text)
    }

    /// Python counts the instance a method is called on, and so do we.
    fn too_many(&self, given: usize) -> Fault {
        let (given, most) = (given + 1, self.params.len() + 1);
        let least = self.params.iter().filter(|it| it.is_required()).count() + 1;
        let takes =
            if least == most { most.to_string() } else { format!("from {least} to {most}") };
        let s = if most == 1 { "" } else { "s" };
        self.mismatch(format!("takes {takes} positional argument{s} but {given} were given"))
    }

    fn missing(&self, names: &[&str]) -> Fault {
        let quoted: Vec<String> = names.iter().map(|it| format!("'{it}'")).collect();
        let list = match &quoted[..] {
            [] | [_] => quoted.concat(),
            [first, second] => format!("{first} and {second}"),
            [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
        };
        let (count, s) = (names.len(), if names.len() == 1 { "" } else { "s" });
        self.mismatch(format!("missing {count} required positional argument{s}: {list}"))
    }
}

/// Arguments bound to parameters, still encoded.
#[derive(Debug)]
pub struct Bound<'a> {
    signature: &'a Signature,
    values: &'a [Option<&'a RawValue>],
}

impl Bound<'_> {
    fn decode<T: DeserializeOwned>(&self, index: usize) -> Result<T, Fault> {
        let param = &self.signature.params[index];
        let decoded = match (self.values[index], param.default) {
            (Some(value), _) => serde_json::from_str(value.get()),
            (None, IfMissing::Value(default)) => serde_json::from_slice(&secret::revealed(default)),
            (None, IfMissing::Null | IfMissing::Required) => serde_json::from_str("null"),
        };
        decoded.map_err(|err| self.signature.wrong_type(param, &err))
    }
}

/// A tuple of arguments.
pub trait FromArguments: Sized {
    /// Decodes each from what is bound to its place.
    ///
    /// # Errors
    /// When a value is not of its type.
    fn from_arguments(bound: &Bound<'_>) -> Result<Self, Fault>;
}

macro_rules! tuples {
    ($($name:ident $index:tt),*) => {
        impl<$($name: DeserializeOwned),*> FromArguments for ($($name,)*) {
            fn from_arguments(bound: &Bound<'_>) -> Result<Self, Fault> {
                let _ = bound;
                Ok(($(bound.decode::<$name>($index)?,)*))
            }
        }
    };
}

/// How many arguments the largest tuple has.
const MOST: usize = 12;

tuples!();
tuples!(A 0);
tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);

/// A request's body. Other keys are ignored, as Nameko does.
#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    args: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    kwargs: Option<&'a RawValue>,
}

/// Tells `null` from nothing: Nameko answers the one with a wrong signature, the other with a
/// malformed request.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// The keyword arguments of a request that has no others, as Kinoko's clients write it.
fn kwargs_alone(body: &str) -> Option<&str> {
    body.strip_prefix(BEFORE_KWARGS)?.strip_suffix(AFTER_KWARGS)
}

/// Puts each value of an object to the parameter of its name.
struct Keywords<'s, 'v, 'a> {
    signature: &'s Signature,
    values: &'v mut [Option<&'a RawValue>],
}

impl<'a> Visitor<'a> for Keywords<'_, '_, 'a> {
    /// What does not fit, told once the object was read to its end.
    type Value = Result<(), Fault>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let Keywords { signature, values } = self;
        let mut fits = Ok(());
        while let Some(Key(name)) = map.next_key()? {
            let value = map.next_value()?;
            let problem = match signature.params.iter().position(|it| it.name == name) {
                None => Some("an unexpected keyword argument"),
                Some(index) => values[index].replace(value).map(|_| "multiple values for argument"),
            };
            if let (Some(problem), Ok(())) = (problem, &fits) {
                fits = Err(signature.mismatch(format!("got {problem} '{name}'")));
            }
        }
        Ok(fits)
    }
}

/// `Cow<str>` on its own always copies; in a struct it can borrow.
#[derive(Deserialize, PartialEq, Eq)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

fn not_a_request(err: &dyn std::fmt::Display) -> Fault {
    malformed(format!("the request cannot be read: {}", excerpt(&err.to_string())))
}

fn malformed(text: impl Into<String>) -> Fault {
    Fault::new(FaultKind::MalformedRequest, text)
}

#[cfg(test)]
mod tests {
    use super::{Param, Signature};
    use crate::FaultKind;

    static TWO: Signature = Signature::new(
        "two",
        &[Param::required("a"), Param::defaulted("b", || b"2".to_vec()), Param::optional("c")],
    );

    fn check(body: &str, expected: Result<(i32, i32, Option<i32>), &str>) {
        let found = TWO.decode::<(i32, i32, Option<i32>)>(body.as_bytes());
        match expected {
            Ok(args) => assert_eq!(found.unwrap(), args, "{body}"),
            Err(text) => {
                let fault = found.unwrap_err();
                assert_eq!(fault.kind(), FaultKind::IncorrectSignature, "{body}");
                assert_eq!(fault.message(), text, "{body}");
            }
        }
    }

    #[test]
    fn arguments_bind_as_in_python() {
        check(r#"{"args": [1], "kwargs": {}}"#, Ok((1, 2, None)));
        check(r#"{"args": [1, 5], "kwargs": {"c": 3}}"#, Ok((1, 5, Some(3))));
        check(r#"{"args": [], "kwargs": {"c": 3, "a": 1}, "extra": 0}"#, Ok((1, 2, Some(3))));
        check(r#"{"args": [], "kwargs": {"\u0061": 1}}"#, Ok((1, 2, None)));
        check(r#"{"args": [], "kwargs": {"a": 1}, "x": {}}"#, Ok((1, 2, None)));
    }

    #[test]
    fn mismatches_read_as_in_python() {
        check(
            r#"{"args": [], "kwargs": {}}"#,
            Err("two() missing 1 required positional argument: 'a'"),
        );
        check(
            r#"{"args": [1, 2, 3, 4], "kwargs": {}}"#,
            Err("two() takes from 2 to 4 positional arguments but 5 were given"),
        );
        check(
            r#"{"args": [1], "kwargs": {"zz": 1}}"#,
            Err("two() got an unexpected keyword argument 'zz'"),
        );
        check(
            r#"{"args": [1], "kwargs": {"a": 1}}"#,
            Err("two() got multiple values for argument 'a'"),
        );
        check(
            r#"{"args": [], "kwargs": {"a": 1, "a": 1}}"#,
            Err("two() got multiple values for argument 'a'"),
        );
        check(
            r#"{"args": ["x"], "kwargs": {}}"#,
            Err("two() argument 'a': invalid type: string \"x\", expected i32 at line 1 column 3"),
        );
        check(r#"{"args": [1], "kwargs": []}"#, Err("two() `kwargs` has to be an object"));
        check(r#"{"args": null, "kwargs": {}}"#, Err("two() `args` has to be a list"));
    }

    #[test]
    fn a_sensitive_value_is_not_in_the_text() {
        static LOGIN: Signature = Signature::new("login", &[Param::required("pin").sensitive()]);
        let body = br#"{"args": ["hunter2"], "kwargs": {}}"#;
        let fault = LOGIN.decode::<(u32,)>(body).unwrap_err();
        assert_eq!(fault.message(), "login() argument 'pin' is not of its type");
        let err = serde_json::from_str::<u32>("\"hunter2\"").unwrap_err();
        assert!(!LOGIN.unreadable(&err).message().contains("hunter2"));
    }

    #[test]
    fn what_is_no_request_is_malformed() {
        for body in ["", "[[1], {}]", "null", "\"x\"", "{\"args\": []}", "{\"kwargs\": {}}", "{"] {
            let fault = TWO.decode::<(i32, i32, Option<i32>)>(body.as_bytes()).unwrap_err();
            assert_eq!(fault.kind(), FaultKind::MalformedRequest, "{body}");
        }
    }
}
