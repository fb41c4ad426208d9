//! `#[derive(Fault)]`: an error enum that crosses the wire, and comes back as what it was.

mod arms;
mod variant;

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Data, DeriveInput, Ident};

use self::{
    arms::{display, formatter, from_fault, info, inner_from_fault, into_fault, source},
    variant::Variant,
};
use super::Expansion;
use crate::{attr, errors::Errors};

/// Expands the derive on `item`.
pub(crate) fn expand(item: TokenStream) -> Expansion {
    let mut errors = Errors::default();
    let input: DeriveInput = match syn::parse2(item) {
        Ok(input) => input,
        Err(error) => {
            errors.add(error);
            return Expansion { tokens: TokenStream::new(), errors };
        }
    };
    let k = attr::derive_krate(&input.attrs, &mut errors).private();
    if !input.generics.params.is_empty() {
        errors.on(&input.generics, "write concrete types: callers know a fault by one type");
        return Expansion { tokens: TokenStream::new(), errors };
    }
    let variants = variants(&input, &mut errors);
    let bodies = if errors.is_empty() { Bodies::of(&variants, &k) } else { Bodies::fallback() };
    let conversions = if errors.is_empty() {
        variants.iter().filter_map(|it| conversion(&input.ident, it)).collect()
    } else {
        TokenStream::new()
    };
    let impls = bodies.into_impls(&input.ident, &k);
    Expansion { tokens: quote!(#impls #conversions), errors }
}

fn variants(input: &DeriveInput, errors: &mut Errors) -> Vec<Variant> {
    let Data::Enum(data) = &input.data else {
        errors.at(
            input.ident.span(),
            format!("make it an enum, with a variant for each way to fail: `enum {}`", input.ident),
        );
        return Vec::new();
    };
    for attr in input.attrs.iter().filter(|it| it.path().is_ident("fault")) {
        errors.on(attr, "`#[fault(…)]` describes one way to fail: put it on a variant");
    }
    if data.variants.is_empty() {
        errors.at(input.ident.span(), "no way to fail: add a variant for each");
    }
    let variants: Vec<Variant> = data.variants.iter().map(|it| Variant::read(it, errors)).collect();
    let mut names = HashMap::new();
    for variant in variants.iter().filter(|it| !it.transparent) {
        if let Some(first) = names.insert(&variant.name, &variant.ident) {
            let place = match &variant.name_expr {
                Some(expr) => expr.to_token_stream(),
                None => variant.ident.to_token_stream(),
            };
            errors.on(place, format!(
                "`{first}` goes by the name `{}` already: callers tell faults apart by it, so give \
                 another with `#[fault(name = \"…\")]`",
                variant.name
            ));
        }
    }
    variants
}

/// The bodies of what is implemented.
struct Bodies {
    display: TokenStream,
    source: TokenStream,
    into_fault: TokenStream,
    describe: TokenStream,
    from_fault: TokenStream,
}

impl Bodies {
    fn of(variants: &[Variant], k: &TokenStream) -> Bodies {
        let display = variants.iter().map(display);
        let source = variants.iter().map(source);
        let is_told = variants.iter().any(|it| !it.transparent);
        let message =
            is_told.then(|| quote!(let message = ::std::string::ToString::to_string(&self);));
        let into_fault = variants.iter().map(|it| into_fault(it, k));
        let infos = variants.iter().filter(|it| !it.transparent).map(|it| info(it, k));
        let infos = super::method::vec_of(infos.collect());
        let inner = variants.iter().filter_map(Variant::passes_on);
        let inner_infos =
            inner.map(|it| quote!(faults.extend(<#it as #k::FaultType>::describe());));
        let inner_infos: Vec<TokenStream> = inner_infos.collect();
        let describe = if inner_infos.is_empty() {
            infos
        } else {
            quote! {
                let mut faults = #infos;
                #(#inner_infos)*
                faults
            }
        };
        let inner_from_fault = variants.iter().filter_map(|it| inner_from_fault(it, k));
        let from_fault = variants.iter().filter(|it| it.travels()).map(|it| from_fault(it, k));
        Bodies {
            display: quote!(match self { #(#display)* }),
            source: quote!(match self { #(#source)* }),
            into_fault: quote! {
                #message
                match self { #(#into_fault)* }
            },
            describe,
            from_fault: quote! {
                // The names of the framework's own failures are not this type's.
                if fault.kind() != #k::FaultKind::Application {
                    return ::core::option::Option::None;
                }
                match fault.name() {
                    #(#from_fault)*
                    _ => ::core::option::Option::None #(#inner_from_fault)*,
                }
            },
        }
    }

    /// What stands in for bodies that could not be made, so that a mistake is reported once.
    fn fallback() -> Bodies {
        let body = || quote!(::core::unreachable!());
        Bodies {
            display: body(),
            source: body(),
            into_fault: body(),
            describe: body(),
            from_fault: body(),
        }
    }

    fn into_impls(self, ident: &Ident, k: &TokenStream) -> TokenStream {
        let Bodies { display, source, into_fault, describe, from_fault } = self;
        let formatter = formatter();
        quote! {
            #[automatically_derived]
            impl ::core::fmt::Display for #ident {
                fn fmt(&self, #formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    #display
                }
            }

            #[automatically_derived]
            impl ::core::error::Error for #ident {
                fn source(
                    &self,
                ) -> ::core::option::Option<&(dyn ::core::error::Error + 'static)> {
                    #source
                }
            }

            #[automatically_derived]
            impl #k::FaultType for #ident {
                type AtCaller = #k::CallError<#ident>;

                fn into_fault(self) -> #k::Fault {
                    #into_fault
                }

                fn describe() -> ::std::vec::Vec<#k::FaultInfo> {
                    #describe
                }
            }

            #[automatically_derived]
            impl #k::DeclaredFault for #ident {
                fn from_fault(fault: &#k::Fault) -> ::core::option::Option<#ident> {
                    #from_fault
                }
            }

            #[automatically_derived]
            impl ::core::convert::From<#ident> for #k::Fault {
                fn from(error: #ident) -> #k::Fault {
                    #k::FaultType::into_fault(error)
                }
            }
        }
    }
}

/// `From`, for `?`.
fn conversion(ident: &Ident, variant: &Variant) -> Option<TokenStream> {
    let field = variant.fields.first().filter(|it| it.is_from || variant.transparent)?;
    let (name, ty) = (&variant.ident, &field.ty);
    let made = match &field.ident {
        Some(label) => quote!(#ident::#name { #label: cause }),
        None => quote!(#ident::#name(cause)),
    };
    Some(quote! {
        #[automatically_derived]
        impl ::core::convert::From<#ty> for #ident {
            fn from(cause: #ty) -> #ident {
                #made
            }
        }
    })
}
