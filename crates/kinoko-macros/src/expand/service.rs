//! `#[service]`: the implementation of `Service`, and the service's typed client.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::{Ident, ImplItem, ItemImpl, Type, Visibility, spanned::Spanned};

use super::{
    Expansion,
    client::{self, Client},
    method,
};
use crate::{
    ast::{self, Method},
    attr::{self, ClientName, Krate},
    entrypoint::{self, Entrypoint, Kind},
    errors::Errors,
    types::{generic, hides_a_type},
};

/// Expands `#[service(args)] item`.
pub(crate) fn expand(args: TokenStream, item: TokenStream) -> Expansion {
    let mut errors = Errors::default();
    let args = attr::contract_args("service", args, &mut errors);
    let mut item_impl: ItemImpl = match syn::parse2(item.clone()) {
        Ok(item_impl) => item_impl,
        Err(error) => {
            let is_impl = item.clone().into_iter().any(|it| it.to_string() == "impl");
            if is_impl {
                errors.add(error);
            } else {
                errors.at(
                    Span::call_site(),
                    "`#[service]` goes on `impl Orders { … }`, where the methods are",
                );
            }
            return Expansion { tokens: item, errors };
        }
    };
    let methods = methods(&mut item_impl, &args.krate, &mut errors);
    let mut expansion = Expansion::of(&item_impl);
    if let Some(ident) = service_type(&item_impl, &mut errors) {
        let k = args.krate.private();
        expansion.tokens.extend(service_impl(&item_impl, &args.name, &methods, &k));
        let callable = methods.iter().filter(|it| rpc(it).is_some());
        let client_ident = match args.client {
            ClientName::Derived => Some(format_ident!("{ident}Client", span = ident.span())),
            ClientName::Named(ident) => Some(ident),
            ClientName::None => None,
        };
        let callable = client_ident.is_some().then(|| client::named(callable, &mut errors));
        if let (Some(ident), Some(callable)) = (client_ident, callable)
            && !callable.is_empty()
        {
            let vis: Visibility = syn::parse_quote!(pub);
            let docs = attr::docs(&item_impl.attrs);
            let client =
                Client { vis, ident, service: &args.name, docs, methods: &callable, k: &k };
            expansion.tokens.extend(client.items());
        }
    }
    expansion.errors = errors;
    expansion
}

/// How callers reach a method, if they do.
pub(crate) fn rpc(method: &Method) -> Option<bool> {
    method.entrypoints.iter().find_map(|it| match it.kind {
        Kind::Rpc { durable } => Some(durable),
        _ => None,
    })
}

/// Reads the methods, and takes our attributes off them.
fn methods(item: &mut ItemImpl, krate: &Krate, errors: &mut Errors) -> Vec<Method> {
    let self_ty = (*item.self_ty).clone();
    let mut methods = Vec::new();
    for item in &mut item.items {
        let ImplItem::Fn(function) = item else { continue };
        let taken = entrypoint::take(&mut function.attrs);
        if taken.is_empty() {
            ast::refuse_args(&mut function.sig, errors);
            continue;
        }
        let (entrypoints, failed) = errors.during(|errors| {
            let all = taken.iter().filter_map(|it| entrypoint::read(it, krate, errors));
            all.collect::<Vec<Entrypoint>>()
        });
        let mut rpcs = entrypoints.iter().filter(|it| matches!(it.kind, Kind::Rpc { .. }));
        if let Some(second) = rpcs.nth(1) {
            errors.at(second.span, "the method is `#[rpc]` already: leave one out");
        }
        let attrs = &function.attrs;
        let method = Method::read(&mut function.sig, attrs, entrypoints, Some(&self_ty), errors);
        methods.extend(method.filter(|_| !failed));
    }
    methods
}

/// The name of the type, if it can be a service.
fn service_type(item: &ItemImpl, errors: &mut Errors) -> Option<Ident> {
    if let Some((path, _)) = &item.trait_ {
        errors.on(path, "`#[service]` goes on the type's own methods: write `impl Orders { … }`");
        return None;
    }
    if !item.generics.params.is_empty() {
        errors.on(
            &item.generics,
            "a service is one concrete type: put what varies in a field, such as \
             `Shared<Box<dyn Store>>`",
        );
        return None;
    }
    match &*item.self_ty {
        Type::Path(path) => path.path.segments.last().map(|it| it.ident.clone()),
        other => {
            errors
                .on(other, "a service is a struct of its dependencies: write `impl Orders { … }`");
            None
        }
    }
}

fn service_impl(item: &ItemImpl, name: &str, methods: &[Method], k: &TokenStream) -> TokenStream {
    let self_ty = &item.self_ty;
    let docs = attr::docs(&item.attrs);
    let entries = methods.iter().flat_map(|method| {
        let entry = |entrypoint| entry(method, entrypoint, self_ty, k);
        method.entrypoints.iter().map(entry)
    });
    let entries = method::vec_of(entries.collect());
    // At the type, so that "is not a dependency" points at the type and not at the attribute.
    let service = quote_spanned!(self_ty.span()=> #k::Service for #self_ty);
    quote! {
        #[automatically_derived]
        impl #service {
            const NAME: &'static str = #name;

            fn about() -> #k::About {
                #k::About {
                    version: ::core::env!("CARGO_PKG_VERSION"),
                    docs: #docs,
                    revision: ::core::option_env!("KINOKO_REVISION"),
                }
            }

            #[allow(deprecated)]
            fn methods() -> ::std::vec::Vec<#k::Method<Self>> {
                #entries
            }
        }
    }
}

/// One method under one entrypoint: how to call it, and what the manifest says of it.
fn entry(method: &Method, entrypoint: &Entrypoint, self_ty: &Type, k: &TokenStream) -> TokenStream {
    let passed_on = method.passed_on.iter().filter(|it| it.path().is_ident("cfg"));
    let described: Vec<Described> =
        method.params.iter().map(|it| described(&it.ty, entrypoint)).collect();
    let locations: Vec<Option<&str>> = described.iter().map(|it| it.location).collect();
    let signature = method::signature(method, &locations, k);
    let shim = shim(method, entrypoint, self_ty, k);
    let (name, docs, kind) = (&method.name, &method.docs, entrypoint.kind.name());
    let options = entrypoint.options.iter().map(|(key, value)| quote!(.option(#key, #value)));
    let at_run_time = entrypoint.at_run_time.iter();
    let at_run_time = at_run_time.map(|(key, value)| quote!(.option_at_run_time(#key, #value)));
    let options = options.chain(at_run_time);
    let params = if entrypoint.kind.is_json() {
        method::params(method.params.iter().map(|it| method::schema_of("taken", &it.ty, k)))
    } else {
        method::params(
            described
                .iter()
                .map(|Described { ty, .. }| quote_spanned!(ty.span()=> #k::reads_or_any!(#ty))),
        )
    };
    let returns = returns(method, entrypoint, k);
    let faults = method.output.faults(k);
    let as_read = if entrypoint.kind.is_json() {
        let as_read = method::schema_of("as_read", &method.output.ok, k);
        quote!(#as_read())
    } else {
        quote!(::core::option::Option::None)
    };
    // Where the method is, not where the macro is.
    let location = quote_spanned! {method.ident.span()=>
        #k::location(::core::file!(), ::core::line!())
    };
    quote! {
        #(#passed_on)*
        {
            static SIGNATURE: #k::Signature = #signature;
            #shim
            #k::Method {
                info: #k::MethodInfo {
                    name: ::std::borrow::ToOwned::to_owned(#name),
                    docs: ::std::borrow::ToOwned::to_owned(#docs),
                    entrypoint: #k::EntrypointInfo::new(#kind) #(#options)*,
                    params: #params,
                    returns: #returns,
                    returns_as_read: #as_read,
                    faults: #faults,
                    location: #location,
                },
                call,
            }
        }
    }
}

/// The function that makes the arguments and calls the method.
fn shim(method: &Method, entrypoint: &Entrypoint, self_ty: &Type, k: &TokenStream) -> TokenStream {
    // These resolve to what this macro binds even where a parameter has the same name.
    let service = Ident::new("service", Span::mixed_site());
    let this = Ident::new("this", Span::mixed_site());
    let given = Ident::new("given", Span::mixed_site());
    let ident = &method.ident;
    // What the runtime asks of arguments and results is missed where the method is, not where the
    // macro is.
    let extractor = placed(entrypoint.extractor.clone(), ident.span());
    let names: Vec<&Ident> = method.params.iter().map(|it| &it.ident).collect();
    let types = method.params.iter().map(|it| &it.ty);
    let call = quote!(#this.#ident(#(#names),*));
    let wait = method.is_async.then(|| quote!(.await));
    let result = match &method.output.error {
        Some(_) => quote!(#call #wait),
        None => quote!(::core::result::Result::Ok::<_, #k::Fault>(#call #wait)),
    };
    let body = if method.is_async {
        quote! {{
            let #this = #k::this(#service);
            async move { #result }
        }}
    } else {
        quote!(#k::blocking(#service, move |#this: &mut #self_ty| #result))
    };
    let boxed = placed(quote!(::std::boxed::Box::pin), ident.span());
    let made = quote_spanned! {ident.span()=>
        #boxed(#extractor(#given, &SIGNATURE, move |(#(#names,)*): (#(#types,)*)| #body))
    };
    quote! {
        fn call<'a>(
            #service: &'a mut ::core::option::Option<#self_ty>,
            #given: #k::Call,
        ) -> #k::BoxFuture<'a, #k::Outcome> {
            #made
        }
    }
}

/// The same path, shown at that place in errors.
fn placed(path: TokenStream, span: Span) -> TokenStream {
    let place = |mut token: TokenTree| {
        token.set_span(token.span().located_at(span));
        token
    };
    path.into_iter().map(place).collect()
}

/// What the manifest says of a parameter's type.
struct Described<'a> {
    ty: std::borrow::Cow<'a, Type>,
    location: Option<&'static str>,
}

/// The extractors of HTTP wrap what they read, and say where they read it.
fn described<'a>(ty: &'a Type, entrypoint: &Entrypoint) -> Described<'a> {
    const LOCATIONS: [(&str, &str); 4] =
        [("Path", "path"), ("Query", "query"), ("Json", "body"), ("Form", "body")];
    if entrypoint.kind == Kind::Http {
        for (wrapper, location) in LOCATIONS {
            if let Some([inner]) = generic(ty, wrapper).as_deref() {
                let ty = std::borrow::Cow::Owned(inner.clone());
                return Described { ty, location: Some(location) };
            }
        }
    }
    Described { ty: std::borrow::Cow::Borrowed(ty), location: None }
}

fn returns(method: &Method, entrypoint: &Entrypoint, k: &TokenStream) -> TokenStream {
    let ok = &method.output.ok;
    if entrypoint.kind.is_json() {
        let writes = method::schema_of("writes", ok, k);
        // On the type's span, where the complaint of a hidden `Result` belongs.
        return quote_spanned! {ok.span()=> {
            #[expect(unused_imports, reason = "one of the two applies")]
            use #k::{HiddenResult as _, NoHiddenResult as _};
            (&#k::Probe::<#ok>::new()).is_seen();
            #writes()
        }};
    }
    let ty = match generic(ok, "Json").as_deref() {
        Some([inner]) if entrypoint.kind == Kind::Http => inner.clone(),
        // `impl Trait` cannot be said here. What stands for it has no schema either.
        _ if hides_a_type(ok) => syn::parse_quote!(fn()),
        _ => ok.clone(),
    };
    quote_spanned!(ty.span()=> #k::writes_or_any!(#ty))
}
