//! The attributes but for those that make methods run: what `#[service(…)]`, `#[arg(…)]` and doc
//! comments say.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Attribute, Expr, ExprLit, Ident, Lit, Meta, Path, spanned::Spanned};

use crate::{
    errors::Errors,
    options::{Options, boolean, single_ident, string},
    valid,
};

/// Where generated code finds the runtime.
pub(crate) struct Krate(TokenStream);

impl Krate {
    /// What generated code calls.
    pub(crate) fn private(&self) -> TokenStream {
        let krate = &self.0;
        quote!(#krate::private)
    }

    /// What makes the arguments of `#[http]` methods.
    pub(crate) fn respond(&self) -> TokenStream {
        let krate = &self.0;
        quote!(#krate::http::private::respond)
    }

    fn named(path: Option<Path>) -> Krate {
        Krate(path.map_or_else(|| quote!(::kinoko), |path| path.into_token_stream()))
    }
}

/// The arguments of `#[service(…)]` and `#[client(…)]`.
pub(crate) struct ContractArgs {
    pub(crate) krate: Krate,
    /// The service's name; empty when it is missing, which is an error.
    pub(crate) name: String,
    pub(crate) client: ClientName,
}

pub(crate) enum ClientName {
    /// After the type or trait.
    Derived,
    Named(Ident),
    None,
}

/// Reads the arguments of `#[service(name = "…")]`, or of `#[client(service = "…")]`.
pub(crate) fn contract_args(
    macro_name: &str,
    args: TokenStream,
    errors: &mut Errors,
) -> ContractArgs {
    let key = if macro_name == "service" { "name" } else { "service" };
    let known: &[&str] = if macro_name == "service" {
        &["name", "client", "crate"]
    } else {
        &["service", "name", "crate"]
    };
    let client_key = if macro_name == "service" { "client" } else { "name" };
    let mut options = Options::parse(args, Span::call_site(), errors);
    let krate = options.path("crate", errors);
    let name = match options.take(key) {
        None => {
            let text = format!("which service? write `#[{macro_name}({key} = \"orders\")]`");
            errors.at(Span::call_site(), text);
            String::new()
        }
        Some(expr) => match string(&expr) {
            Ok(name) => {
                if let Err(text) = valid::wire_name(&name) {
                    errors.on(&expr, text);
                }
                name
            }
            Err(error) => {
                errors.add(error);
                String::new()
            }
        },
    };
    let client = match options.take(client_key) {
        None => ClientName::Derived,
        Some(expr) => match (single_ident(&expr), boolean(&expr)) {
            (_, Ok(false)) if macro_name == "service" => ClientName::None,
            (Some(ident), Err(_)) => ClientName::Named(ident),
            _ => {
                let or =
                    if macro_name == "service" { ", or `client = false` for none" } else { "" };
                errors
                    .on(&expr, format!("write the client's name, `{client_key} = ShopClient`{or}"));
                ClientName::Derived
            }
        },
    };
    options.finish(&format!("#[{macro_name}]"), known, errors);
    ContractArgs { krate: Krate::named(krate), name, client }
}

/// The path of the crate in `#[kinoko(crate = path)]` on an item with a derive.
pub(crate) fn derive_krate(attrs: &[Attribute], errors: &mut Errors) -> Krate {
    let mut options = Options::of(attrs, "kinoko", errors);
    let path = options.path("crate", errors);
    options.finish("#[kinoko]", &["crate"], errors);
    Krate::named(path)
}

/// Takes `#[arg(…)]` off a parameter.
pub(crate) fn take_args(attrs: &mut Vec<Attribute>) -> Vec<Attribute> {
    attrs.extract_if(.., |it| it.path().is_ident("arg")).collect()
}

/// What `#[arg(…)]` says of a parameter.
#[derive(Default)]
pub(crate) struct Arg {
    /// The default, if there is one; `None` inside for the type's own.
    pub(crate) default: Option<Option<Expr>>,
    pub(crate) sensitive: bool,
    /// Where it is written, for errors about it.
    pub(crate) span: Option<Span>,
}

/// What the `#[arg(…)]` attributes of a parameter mean.
pub(crate) fn arg(attrs: &[Attribute], errors: &mut Errors) -> Arg {
    let mut arg = Arg { span: attrs.first().map(|it| it.path().span()), ..Arg::default() };
    for attr in attrs {
        let mut options = Options::of_one(attr, errors);
        if let Some(item) = options.take_item("default") {
            arg.default = Some(item.key.map(|_| item.value));
        }
        if options.flag("sensitive", errors) == Some(true) {
            arg.sensitive = true;
        }
        options.finish("#[arg]", &["default", "sensitive"], errors);
    }
    arg
}

/// The doc comment, as text.
pub(crate) fn docs(attrs: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attr in attrs {
        if let Meta::NameValue(meta) = &attr.meta
            && attr.path().is_ident("doc")
            && let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &meta.value
        {
            let text = text.value();
            // A `/** … */` comment is one attribute with many lines.
            lines.extend(
                text.lines().map(|it| it.strip_prefix(' ').unwrap_or(it).trim_end().to_owned()),
            );
            if text.is_empty() {
                lines.push(String::new());
            }
        }
    }
    lines.join("\n").trim().to_owned()
}

/// Copies of the attributes of those names.
pub(crate) fn copies(attrs: &[Attribute], names: &[&str]) -> Vec<Attribute> {
    attrs.iter().filter(|it| names.iter().any(|name| it.path().is_ident(name))).cloned().collect()
}
