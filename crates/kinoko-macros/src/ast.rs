//! [`Method`]: a signature, whether it came from an `impl` or a trait, as expansions read it.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, FnArg, Ident, Pat, ReceiverKind, ReturnType, Signature, Type, ext::IdentExt};

use crate::{
    attr::{self, Arg},
    entrypoint::{Entrypoint, Kind},
    errors::Errors,
    types::{check_owned, generic, type_without_self, without_self},
};

/// How many parameters a method may have: the runtime has tuples up to that size.
const MOST_PARAMS: usize = 12;

/// A method that callers, events or the clock can run.
pub(crate) struct Method {
    pub(crate) ident: Ident,
    /// The name on the wire.
    pub(crate) name: String,
    /// The doc comment as text, and as it was written.
    pub(crate) docs: String,
    pub(crate) doc_attrs: Vec<Attribute>,
    /// `#[cfg(…)]` and `#[deprecated]`, which hold for what is generated of it too.
    pub(crate) passed_on: Vec<Attribute>,
    pub(crate) is_async: bool,
    pub(crate) params: Vec<Param>,
    pub(crate) output: Output,
    pub(crate) entrypoints: Vec<Entrypoint>,
}

/// One parameter after `self`.
pub(crate) struct Param {
    /// The name on the wire.
    pub(crate) name: String,
    /// The name in generated code.
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) if_missing: IfMissing,
    pub(crate) sensitive: bool,
}

/// What a parameter is when a caller leaves it out.
pub(crate) enum IfMissing {
    Required,
    /// `None`: the type is written `Option<…>`.
    Null,
    Default(TokenStream),
}

/// What a method returns.
pub(crate) struct Output {
    /// What it returns when it succeeds.
    pub(crate) ok: Type,
    /// The `E` of a `Result<T, E>`.
    pub(crate) error: Option<Type>,
}

impl Method {
    /// Reads a signature. `None` when it has mistakes, which are noted.
    ///
    /// `self_ty` is what `Self` stands for, since generated code says it elsewhere.
    pub(crate) fn read(
        sig: &mut Signature,
        attrs: &[Attribute],
        entrypoints: Vec<Entrypoint>,
        self_ty: Option<&Type>,
        errors: &mut Errors,
    ) -> Option<Method> {
        let (method, failed) = errors.during(|errors| {
            check_form(sig, errors);
            Method {
                ident: sig.ident.clone(),
                name: sig.ident.unraw().to_string(),
                docs: attr::docs(attrs),
                doc_attrs: attr::copies(attrs, &["doc"]),
                passed_on: attr::copies(attrs, &["cfg", "deprecated"]),
                is_async: sig.asyncness.is_some(),
                params: params(sig, &entrypoints, self_ty, errors),
                output: output(sig, &entrypoints, self_ty, errors),
                entrypoints,
            }
        });
        (!failed).then_some(method)
    }
}

/// Takes `#[arg(…)]` off the parameters of a method that has no entrypoint, where it means nothing.
pub(crate) fn refuse_args(sig: &mut Signature, errors: &mut Errors) {
    for input in &mut sig.inputs {
        if let FnArg::Typed(input) = input {
            for attr in attr::take_args(&mut input.attrs) {
                errors.on(
                    attr.path(),
                    "nothing calls this method: add `#[rpc]` to it, or leave `#[arg]` out",
                );
            }
        }
    }
}

fn check_form(sig: &Signature, errors: &mut Errors) {
    const RECEIVER: &str = "take `&mut self` or `&self`: each call has an instance of its own";
    match sig.receiver() {
        None => errors.on(&sig.ident, format!("nothing to call it on: {RECEIVER}")),
        Some(receiver) => match &receiver.kind {
            ReceiverKind::Reference(..) => {}
            ReceiverKind::Typed(_, ty) if matches!(**ty, Type::Reference(_)) => {}
            _ => errors.on(receiver, RECEIVER),
        },
    }
    for param in &sig.generics.params {
        let text = match param {
            syn::GenericParam::Lifetime(_) => {
                "take and return owned types: what is called from afar can share no lifetime"
            }
            _ => "write concrete types: a caller on the wire cannot choose type parameters",
        };
        errors.on(param, text);
    }
    if let syn::Safety::Unsafe(token) = &sig.safety {
        errors.on(token, "leave `unsafe` out: a caller on the wire can promise nothing");
    }
}

fn params(
    sig: &mut Signature,
    entrypoints: &[Entrypoint],
    self_ty: Option<&Type>,
    errors: &mut Errors,
) -> Vec<Param> {
    let mut params = Vec::new();
    for input in &mut sig.inputs {
        let FnArg::Typed(input) = input else { continue };
        let arg = attr::arg(&attr::take_args(&mut input.attrs), errors);
        let name = binding(&input.pat);
        let is_plain = matches!(&*input.pat, Pat::Ident(it) if it.subpat.is_none());
        if !is_plain && entrypoints.iter().any(|it| it.kind.is_json()) {
            errors.on(
                &input.pat,
                "give the parameter a name, as in `basket: Basket`: callers know it by that",
            );
        }
        if arg.default.is_some()
            && let Some(entrypoint) = entrypoints.iter().find(|it| !it.kind.is_called())
        {
            let kind = entrypoint.kind.name();
            errors.at(
                arg.span.unwrap_or_else(Span::call_site),
                format!(
                    "only a caller by name can leave an argument out, and `{kind}` is none: \
                         write an `Option<…>`, or `#[serde(default)]` inside the type"
                ),
            );
        }
        check_owned(&input.ty, "decoded from a message", errors);
        let ident = name.unwrap_or_else(|| format_ident!("arg{}", params.len()));
        params.push(Param {
            name: ident.unraw().to_string(),
            ident,
            ty: type_without_self(&input.ty, self_ty),
            if_missing: if_missing(&arg, &input.ty, self_ty),
            sensitive: arg.sensitive,
        });
    }
    if params.len() > MOST_PARAMS {
        errors.on(
            &sig.inputs,
            format!(
                "more than {MOST_PARAMS} parameters: put those that belong together in a struct"
            ),
        );
    }
    for entrypoint in entrypoints {
        entrypoint.check_params(&params, errors);
    }
    params
}

impl Entrypoint {
    fn check_params(&self, params: &[Param], errors: &mut Errors) {
        match (&self.kind, params) {
            (Kind::Event, [_]) | (Kind::Timer, []) => {}
            (Kind::Event, [] | [_, _, ..]) => {
                errors.at(self.span, "a handler takes one parameter after `self`: the event");
            }
            (Kind::Timer, _) => {
                errors.at(self.span, "a timer has nothing to give: leave only `self`");
            }
            _ => {}
        }
    }
}

fn if_missing(arg: &Arg, ty: &Type, self_ty: Option<&Type>) -> IfMissing {
    match &arg.default {
        Some(Some(expr)) => {
            let expr = expr.to_token_stream();
            IfMissing::Default(match self_ty {
                Some(self_ty) => without_self(expr, self_ty),
                None => expr,
            })
        }
        Some(None) => {
            let ty = type_without_self(ty, self_ty);
            IfMissing::Default(quote!(<#ty as ::core::default::Default>::default()))
        }
        None if generic(ty, "Option").is_some() => IfMissing::Null,
        None => IfMissing::Required,
    }
}

fn output(
    sig: &Signature,
    entrypoints: &[Entrypoint],
    self_ty: Option<&Type>,
    errors: &mut Errors,
) -> Output {
    let ReturnType::Type(_, ty) = &sig.output else {
        return Output { ok: syn::parse_quote!(()), error: None };
    };
    let (ok, error) = match generic(ty, "Result").as_deref() {
        Some([ok, error]) => (ok.clone(), Some(error.clone())),
        Some([_]) => {
            errors.on(
                ty,
                "write the error type out, as in `Result<T, Fault>`: it is part of the interface",
            );
            ((**ty).clone(), None)
        }
        _ => ((**ty).clone(), None),
    };
    if entrypoints.iter().any(|it| it.kind.is_json()) {
        check_owned(&ok, "encoded into a message, and decoded by the caller", errors);
    }
    if let Some(error) = &error {
        check_owned(error, "encoded into a message, and decoded by the caller", errors);
    }
    Output {
        ok: type_without_self(&ok, self_ty),
        error: error.map(|error| type_without_self(&error, self_ty)),
    }
}

/// The one name that a pattern binds.
fn binding(pat: &Pat) -> Option<Ident> {
    match pat {
        Pat::Ident(it) => Some(it.ident.clone()),
        Pat::Paren(it) => binding(&it.pat),
        Pat::Reference(it) => binding(&it.pat),
        Pat::Type(it) => binding(&it.pat),
        Pat::TupleStruct(it) if it.elems.len() == 1 => binding(&it.elems[0]),
        Pat::Tuple(it) if it.elems.len() == 1 => binding(&it.elems[0]),
        _ => None,
    }
}
