//! `#[client]`, and the typed client that `#[service]` makes as well.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Attribute, Ident, ItemTrait, TraitItem, Visibility, spanned::Spanned};

use super::{Expansion, method, service::rpc};
use crate::{
    ast::{IfMissing, Method, Param},
    attr::{self, ClientName, Krate},
    entrypoint::{self, Entrypoint, Kind},
    errors::Errors,
};

/// Expands `#[client(args)] item`.
pub(crate) fn expand(args: TokenStream, item: TokenStream) -> Expansion {
    let mut errors = Errors::default();
    let args = attr::contract_args("client", args, &mut errors);
    let mut item_trait: ItemTrait = match syn::parse2(item.clone()) {
        Ok(item_trait) => item_trait,
        Err(error) => {
            let is_trait = item.clone().into_iter().any(|it| it.to_string() == "trait");
            if is_trait {
                errors.add(error);
            } else {
                let text = "`#[client]` goes on `trait Users { … }` with the methods to call";
                errors.at(Span::call_site(), text);
            }
            return Expansion { tokens: item, errors };
        }
    };
    check_trait(&item_trait, &mut errors);
    let methods = methods(&mut item_trait, &args.krate, &mut errors);
    let mut expansion = Expansion::of(quote! {
        #[allow(async_fn_in_trait, dead_code)]
        #item_trait
    });
    let callable = named(methods.iter(), &mut errors);
    let name = &item_trait.ident;
    let ident = match args.client {
        ClientName::Named(ident) => ident,
        _ if name.to_string().ends_with("Client") => {
            errors.on(
                name,
                "the client takes that name: call the trait after the service, or the client \
                 otherwise with `name = …` in `#[client(…)]`",
            );
            format_ident!("{name}Client", span = name.span())
        }
        _ => format_ident!("{name}Client", span = name.span()),
    };
    let k = args.krate.private();
    let client = Client {
        vis: item_trait.vis.clone(),
        ident,
        service: &args.name,
        docs: attr::docs(&item_trait.attrs),
        methods: &callable,
        k: &k,
    };
    expansion.tokens.extend(client.items());
    expansion.errors = errors;
    expansion
}

/// The methods whose names the client does not have for itself; the others are noted.
pub(crate) fn named<'a>(
    methods: impl Iterator<Item = &'a Method>,
    errors: &mut Errors,
) -> Vec<&'a Method> {
    let (taken, free): (Vec<_>, Vec<_>) = methods.partition(|it| it.name == "connect");
    for method in taken {
        errors.on(
            &method.ident,
            "every client has a `connect` of its own: give the method another name",
        );
    }
    free
}

fn check_trait(item: &ItemTrait, errors: &mut Errors) {
    if !item.generics.params.is_empty() {
        errors.on(&item.generics, "write concrete types: a client is of one service");
    }
    if !item.supertraits.is_empty() {
        errors.on(&item.supertraits, "list the methods to call here: a client has no supertraits");
    }
}

/// Reads the methods, and takes our attributes off them.
fn methods(item: &mut ItemTrait, krate: &Krate, errors: &mut Errors) -> Vec<Method> {
    let mut methods = Vec::new();
    for item in &mut item.items {
        let TraitItem::Fn(function) = item else {
            errors.on(item, "a client has methods only: leave this out");
            continue;
        };
        let taken = entrypoint::take(&mut function.attrs);
        let ((), failed) = errors.during(|errors| {
            if function.sig.asyncness.is_none() {
                errors.on(
                    function.sig.fn_token,
                    "write `async fn`: a call waits for its answer without holding up a thread",
                );
            }
            if let Some(body) = &function.default {
                errors.on(body, "end with `;`: the service has the body");
            }
        });
        let entrypoint = entrypoint(&taken, krate, errors);
        let attrs = &function.attrs;
        let method = Method::read(&mut function.sig, attrs, vec![entrypoint], None, errors);
        methods.extend(method.filter(|_| !failed));
    }
    methods
}

/// `#[rpc]` is what a client calls anyway, so it is there to say `durable`.
fn entrypoint(taken: &[Attribute], krate: &Krate, errors: &mut Errors) -> Entrypoint {
    let mut said = None;
    for attr in taken {
        let Some(entrypoint) = entrypoint::read(attr, krate, errors) else { continue };
        if matches!(entrypoint.kind, Kind::Rpc { .. }) {
            said = Some(entrypoint);
        } else {
            errors.on(attr, "a client calls `#[rpc]` methods: leave this out");
        }
    }
    said.unwrap_or_else(|| Entrypoint {
        kind: Kind::Rpc { durable: false },
        span: Span::call_site(),
        options: Vec::new(),
        at_run_time: Vec::new(),
        extractor: TokenStream::new(),
    })
}

/// A typed client of a service.
pub(crate) struct Client<'a> {
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    /// The service it calls.
    pub(crate) service: &'a str,
    pub(crate) docs: String,
    pub(crate) methods: &'a [&'a Method],
    pub(crate) k: &'a TokenStream,
}

impl Client<'_> {
    /// The struct, its methods, and what makes it a dependency.
    pub(crate) fn items(&self) -> TokenStream {
        let Client { vis, ident, service, k, .. } = self;
        let mut docs = format!("Calls the `{service}` service.");
        if !self.docs.is_empty() {
            docs = format!("{docs}\n\n{}", self.docs);
        }
        let methods = self.methods.iter().map(|it| self.method(it));
        let calls = method::vec_of(self.methods.iter().map(|it| self.call_info(it)).collect());
        let connect_docs = format!(
            "A client of its own connection to the broker at `url`, for code that is no service: \
             see [`{ident}`]. A service has it as a field instead."
        );
        quote! {
            #[doc = #docs]
            #[derive(::core::clone::Clone, ::core::fmt::Debug)]
            #[allow(dead_code, unreachable_pub)]
            #vis struct #ident(#k::Client);

            #[allow(
                dead_code, deprecated, private_interfaces, unreachable_pub,
                clippy::too_many_arguments
            )]
            #[automatically_derived]
            impl #ident {
                #[doc = #connect_docs]
                ///
                /// # Errors
                /// When the broker cannot be reached.
                pub async fn connect(url: &str) -> ::core::result::Result<#ident, #k::Error> {
                    ::core::result::Result::Ok(#ident(#k::connect(url).await?))
                }

                #(#methods)*
            }

            #[automatically_derived]
            impl ::core::convert::From<#k::Client> for #ident {
                fn from(client: #k::Client) -> #ident {
                    #ident(client)
                }
            }

            #[automatically_derived]
            impl ::core::convert::AsRef<#k::Client> for #ident {
                fn as_ref(&self) -> &#k::Client {
                    &self.0
                }
            }

            #[automatically_derived]
            impl #k::ServiceClient for #ident {}

            #[automatically_derived]
            impl #k::Dependency for #ident {
                type State = #k::Client;

                async fn setup(
                    cx: &#k::SetupContext,
                ) -> ::core::result::Result<#k::Client, #k::Error> {
                    ::core::result::Result::Ok(::core::clone::Clone::clone(&cx.client))
                }

                async fn get(
                    state: &#k::Client,
                    call: &#k::CallContext,
                ) -> ::core::result::Result<#ident, #k::Fault> {
                    ::core::result::Result::Ok(#ident(state.on_behalf_of(call)))
                }

                fn describe(
                    _service: &str,
                    field: &str,
                    out: &mut ::std::vec::Vec<#k::DependencyInfo>,
                ) {
                    #k::describe_client(out, field, #service, #calls);
                }
            }
        }
    }

    fn method(&self, method: &Method) -> TokenStream {
        let (k, service) = (self.k, self.service);
        let Method { ident, name, doc_attrs, passed_on, .. } = method;
        // Apart from a parameter of the same name.
        let args = Ident::new("args", Span::mixed_site());
        let docs = if doc_attrs.is_empty() {
            let text = format!("Calls `{service}.{name}`.");
            quote!(#[doc = #text])
        } else {
            quote!(#(#doc_attrs)*)
        };
        let params = method.params.iter().map(|param| {
            let (name, ty) = (&param.ident, &param.ty);
            match &param.if_missing {
                IfMissing::Default(_) => quote!(#name: ::core::option::Option<#ty>),
                IfMissing::Required | IfMissing::Null => quote!(#name: #ty),
            }
        });
        let adds = method.params.iter().map(|Param { name, ident, if_missing, ty, .. }| {
            let add = match if_missing {
                IfMissing::Required => quote_spanned!(ty.span()=> add),
                IfMissing::Null | IfMissing::Default(_) => quote_spanned!(ty.span()=> add_if),
            };
            quote!(#args.#add(#name, &#ident);)
        });
        let ok = &method.output.ok;
        let error = method.output.error_type(k);
        let fails_with = match &method.output.error {
            Some(error) => quote_spanned!(error.span()=> <#error as #k::FaultType>::AtCaller),
            None => quote!(#k::Fault),
        };
        let guarantee = match rpc(method) {
            Some(true) => quote!(Durable),
            _ => quote!(Fast),
        };
        let mutable = (!method.params.is_empty()).then(|| quote!(mut));
        quote! {
            #docs
            #(#passed_on)*
            pub async fn #ident(
                &self,
                #(#params),*
            ) -> ::core::result::Result<#ok, #fails_with> {
                let #mutable #args = #k::Arguments::new();
                #(#adds)*
                self.0.invoke::<#ok, #error>(#service, #name, #k::Guarantee::#guarantee, #args).await
            }
        }
    }

    fn call_info(&self, method: &Method) -> TokenStream {
        let k = self.k;
        let cfgs = method.passed_on.iter().filter(|it| it.path().is_ident("cfg"));
        let name = &method.name;
        let signature = method::signature(method, &[], k);
        let writes = method.params.iter().map(|it| method::schema_of("given", &it.ty, k));
        let params = method::params(writes);
        let reads = method::schema_of("reads", &method.output.ok, k);
        let faults = method.output.faults(k);
        quote! {
            #(#cfgs)*
            {
                static SIGNATURE: #k::Signature = #signature;
                #k::CallInfo {
                    name: ::std::borrow::ToOwned::to_owned(#name),
                    params: #params,
                    returns: #reads(),
                    faults: #faults,
                }
            }
        }
    }
}
