//! [`Entrypoint`]: from `#[http(GET, "/orders/{id}")]` to what it means.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Attribute, Expr, ext::IdentExt, spanned::Spanned};

use crate::{
    attr::Krate,
    errors::Errors,
    options::{Options, is_word, single_ident, string},
    valid,
};

/// What makes a method run.
pub(crate) struct Entrypoint {
    pub(crate) kind: Kind,
    /// Where the attribute is.
    pub(crate) span: Span,
    /// What the attribute said, for the manifest: expressions.
    pub(crate) options: Out,
    /// What it said that is another value on each machine: not for the manifest.
    pub(crate) at_run_time: Out,
    /// The function that makes the arguments.
    pub(crate) extractor: TokenStream,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Rpc { durable: bool },
    Event,
    Http,
    Timer,
    Other { name: String, own_extractor: bool },
}

impl Kind {
    /// The name in the manifest.
    pub(crate) fn name(&self) -> &str {
        match self {
            Kind::Rpc { .. } => "rpc",
            Kind::Event => "event",
            Kind::Http => "http",
            Kind::Timer => "timer",
            Kind::Other { name, .. } => name,
        }
    }

    /// Whether arguments and result are JSON, with a schema.
    pub(crate) fn is_json(&self) -> bool {
        !matches!(self, Kind::Http | Kind::Other { own_extractor: true, .. })
    }

    /// Whether a caller gives arguments by name, and may leave some out.
    pub(crate) fn is_called(&self) -> bool {
        matches!(self, Kind::Rpc { .. } | Kind::Other { own_extractor: false, .. })
    }
}

/// Takes the entrypoints' attributes off a method.
pub(crate) fn take(attrs: &mut Vec<Attribute>) -> Vec<Attribute> {
    attrs.extract_if(.., |it| entrypoint_name(it).is_some()).collect()
}

/// The attributes on methods that `#[service]` takes away.
const ENTRYPOINTS: [&str; 5] = ["rpc", "event_handler", "http", "timer", "entrypoint"];

/// `rpc` of `#[rpc]` and of `#[kinoko::rpc]`.
fn entrypoint_name(attr: &Attribute) -> Option<&'static str> {
    let segments = &attr.path().segments;
    let ours = segments.len() == 1 || (segments.len() == 2 && segments[0].ident == "kinoko");
    let last = &segments.last().filter(|_| ours)?.ident;
    ENTRYPOINTS.into_iter().find(|name| last == name)
}

/// What an entrypoint's attribute means.
pub(crate) fn read(attr: &Attribute, krate: &Krate, errors: &mut Errors) -> Option<Entrypoint> {
    let name = entrypoint_name(attr)?;
    let mut options = Options::of_one(attr, errors);
    let k = krate.private();
    let (mut out, mut at_run_time) = (Vec::new(), Vec::new());
    let (kind, extractor) = match name {
        "rpc" => (rpc(&mut options, &mut out, errors), quote!(#k::arguments)),
        "event_handler" => {
            event_handler(&mut options, &mut out, &mut at_run_time, &k, errors);
            (Kind::Event, quote!(#k::payload))
        }
        "http" => {
            http(&mut options, &mut out, errors);
            (Kind::Http, krate.respond())
        }
        "timer" => {
            timer(&mut options, &mut out, errors);
            (Kind::Timer, quote!(#k::nothing))
        }
        _ => other(&mut options, &mut out, &k, errors),
    };
    Some(Entrypoint { kind, span: attr.path().span(), options: out, at_run_time, extractor })
}

type Out = Vec<(String, TokenStream)>;

fn rpc(options: &mut Options, out: &mut Out, errors: &mut Errors) -> Kind {
    let durable = options.flag("durable", errors).unwrap_or(false);
    if durable {
        out.push(("durable".to_owned(), quote!(true)));
    }
    options.finish("#[rpc]", &["durable"], errors);
    Kind::Rpc { durable }
}

fn event_handler(
    options: &mut Options,
    out: &mut Out,
    at_run_time: &mut Out,
    k: &TokenStream,
    errors: &mut Errors,
) {
    const KNOWN: [&str; 6] = ["source", "event", "mode", "identifier", "reliable", "on_failure"];
    const HOW: &str = "which event? write its type, `#[event_handler(OrderPlaced)]`, or \
                       `#[event_handler(source = \"orders\", event = \"placed\")]`";
    let event_type = options.take_value(|it| matches!(it, Expr::Path(_)) && !is_word(it, &KNOWN));
    let source = options.string("source", errors);
    let event = options.string("event", errors);
    let checked = source.iter().map(|(name, expr)| (valid::wire_name(name), expr));
    let checked = checked.chain(event.iter().map(|(name, expr)| (valid::wire_pattern(name), expr)));
    for (valid, expr) in checked {
        if let Err(text) = valid {
            errors.on(expr, text);
        }
    }
    match (event_type, source, event) {
        (Some(ty), None, None) => {
            let span = ty.span();
            for (key, constant) in [("source", quote!(SOURCE)), ("event", quote!(TYPE))] {
                let value = quote_spanned!(span=> <#ty as #k::Event>::#constant);
                out.push((key.to_owned(), value));
            }
        }
        (Some(_), Some((_, expr)), _) | (Some(_), None, Some((_, expr))) => {
            errors.on(expr, "the event's type says this already: leave it out");
        }
        (None, Some((source, _)), Some((event, _))) => {
            out.push(("source".to_owned(), quote!(#source)));
            out.push(("event".to_owned(), quote!(#event)));
        }
        (None, _, _) => errors.at(options.span, HOW),
    }
    let mut mode = "service_pool".to_owned();
    if let Some(chosen) =
        options.one_of("mode", &["service_pool", "singleton", "broadcast"], errors)
    {
        out.push(("mode".to_owned(), quote!(#chosen)));
        mode = chosen;
    }
    let identifier = options.take("identifier");
    let reliable = options.flag("reliable", errors);
    if mode == "broadcast" && reliable.unwrap_or(true) && identifier.is_none() {
        errors.at(
            options.span,
            "a reliable broadcast needs to know which instance a queue belongs to: write \
             `reliable = false` to get only what is sent while the instance runs, or \
             `identifier = …` with what stays the same when it restarts",
        );
    }
    if let Some(identifier) = identifier {
        if mode == "broadcast" {
            let known = matches!(identifier, Expr::Lit(_));
            let out = if known { &mut *out } else { at_run_time };
            out.push(("identifier".to_owned(), identifier.into_token_stream()));
        } else {
            errors.on(
                &identifier,
                "only a broadcast has an identifier: add `mode = \"broadcast\"` or leave it out",
            );
        }
    }
    if let Some(reliable) = reliable {
        out.push(("reliable".to_owned(), quote!(#reliable)));
    }
    if let Some(chosen) = options.one_of("on_failure", &["reject", "requeue"], errors) {
        out.push(("on_failure".to_owned(), quote!(#chosen)));
    }
    options.finish("#[event_handler]", &KNOWN, errors);
}

fn http(options: &mut Options, out: &mut Out, errors: &mut Errors) {
    const HOW: &str = "write a method and a path, `#[http(GET, \"/orders/{id}\")]`";
    let method = options.take_value(|it| matches!(it, Expr::Path(_)));
    let path = options.take_value(|it| matches!(it, Expr::Lit(_)));
    let (Some(method), Some(path)) = (method, path) else {
        return errors.at(options.span, HOW);
    };
    match single_ident(&method) {
        None => errors.on(&method, HOW),
        Some(ident) => {
            let name = ident.to_string();
            match valid::http_method(&name) {
                Ok(()) => out.push(("method".to_owned(), quote!(#name))),
                Err(text) => errors.on(&method, text),
            }
        }
    }
    match string(&path).map(|it| (valid::http_path(&it), it)) {
        Err(error) => errors.add(error),
        Ok((Err(text), _)) => errors.on(&path, text),
        Ok((Ok(()), path)) => out.push(("path".to_owned(), quote!(#path))),
    }
    options.finish("#[http]", &[], errors);
}

fn timer(options: &mut Options, out: &mut Out, errors: &mut Errors) {
    match options.string("every", errors) {
        None => errors.at(options.span, "how often? write `#[timer(every = \"30s\")]`"),
        Some((every, expr)) => match valid::interval(&every) {
            Ok(()) => out.push(("every".to_owned(), quote!(#every))),
            Err(text) => errors.on(expr, text),
        },
    }
    if let Some(eager) = options.flag("eager", errors) {
        out.push(("eager".to_owned(), quote!(#eager)));
    }
    options.finish("#[timer]", &["every", "eager"], errors);
}

fn other(
    options: &mut Options,
    out: &mut Out,
    k: &TokenStream,
    errors: &mut Errors,
) -> (Kind, TokenStream) {
    let kind = options.take_value(|it| matches!(it, Expr::Lit(_)));
    let name = kind.and_then(|kind| errors.keep(string(&kind)).map(|name| (name, kind)));
    let name = match name {
        Some((name, expr)) => {
            if let Err(text) = valid::wire_name(&name) {
                errors.on(expr, text);
            }
            name
        }
        None => {
            errors.at(options.span, "which kind? write `#[entrypoint(\"kind\", key = value)]`");
            String::new()
        }
    };
    let with = options.path("with", errors);
    for (key, value) in options.rest() {
        match key {
            Some(key) => out.push((key.unraw().to_string(), value.into_token_stream())),
            None => errors.on(value, "an option has a name: write `key = value`"),
        }
    }
    let own_extractor = with.is_some();
    let extractor = with.map_or_else(|| quote!(#k::arguments), |path| path.into_token_stream());
    (Kind::Other { name, own_extractor }, extractor)
}
