//! `#[derive(Event)]`: a struct is an event, an enum is a set of events.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Data, DataEnum, DeriveInput, Fields, Type, spanned::Spanned};

use super::{Expansion, shown_at};
use crate::{attr, errors::Errors, options::Options, valid};

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
        errors.on(&input.generics, "write concrete types: those who handle an event know one type");
        return Expansion { tokens: TokenStream::new(), errors };
    }
    let tokens = match &input.data {
        Data::Enum(data) => set(&input, data, &k, &mut errors),
        Data::Struct(_) => event(&input, &k, &mut errors),
        Data::Union(data) => {
            errors.on(data.union_token, "make it a struct: an event is what happened, as data");
            TokenStream::new()
        }
    };
    Expansion { tokens, errors }
}

fn event(input: &DeriveInput, k: &TokenStream, errors: &mut Errors) -> TokenStream {
    let mut options = Options::of(&input.attrs, "event", errors);
    let source = options.string("source", errors);
    let name = options.string("name", errors);
    options.finish("#[event]", &["source", "name"], errors);
    if source.is_none() || name.is_none() {
        errors.at(
            options.span,
            "whose event is it, and what is it called there? write \
             `#[event(source = \"orders\", name = \"placed\")]`",
        );
    }
    let mut checked = |it: Option<(String, syn::Expr)>| match it {
        Some((text, expr)) => {
            if let Err(why) = valid::wire_name(&text) {
                errors.on(expr, why);
            }
            text
        }
        None => String::new(),
    };
    let (source, name) = (checked(source), checked(name));
    let (ident, docs) = (&input.ident, attr::docs(&input.attrs));
    let event = quote_spanned!(ident.span()=> #k::Event for #ident);
    let writes = quote_spanned!(ident.span()=> #k::writes::<#ident>());
    let as_read = quote_spanned!(ident.span()=> #k::as_read::<#ident>());
    quote! {
        #[automatically_derived]
        impl #event {
            const SOURCE: &'static str = #source;
            const TYPE: &'static str = #name;
        }

        #[automatically_derived]
        impl #k::EventSet for #ident {
            fn describe() -> ::std::vec::Vec<#k::EventInfo> {
                ::std::vec::Vec::from([#k::EventInfo {
                    source: ::std::borrow::ToOwned::to_owned(#source),
                    event_type: ::std::borrow::ToOwned::to_owned(#name),
                    docs: ::std::borrow::ToOwned::to_owned(#docs),
                    schema: #writes,
                    schema_as_read: #as_read,
                }])
            }
        }

        #[automatically_derived]
        impl #k::Emits<#ident> for #ident {}
    }
}

fn set(input: &DeriveInput, data: &DataEnum, k: &TokenStream, errors: &mut Errors) -> TokenStream {
    for attr in input.attrs.iter().filter(|it| it.path().is_ident("event")) {
        errors.on(attr, "an enum is a set of events: put `#[event(…)]` on the struct of each");
    }
    if data.variants.is_empty() {
        errors.at(
            Span::call_site(),
            "a set without events: add a variant for each, `Placed(OrderPlaced)`",
        );
    }
    let mut members: Vec<(&syn::Ident, &Type)> = Vec::new();
    for variant in &data.variants {
        match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                let ty = &fields.unnamed[0].ty;
                let text = ty.to_token_stream().to_string();
                if members.iter().any(|(_, it)| it.to_token_stream().to_string() == text) {
                    errors.on(ty, "this event is in the set already: leave one out");
                } else {
                    members.push((&variant.ident, ty));
                }
            }
            _ => errors.on(
                variant,
                format!("a variant holds one event: write `{0}(Order{0})`", variant.ident),
            ),
        }
    }
    let ident = &input.ident;
    let describe = members
        .iter()
        .map(|(_, ty)| quote_spanned!(shown_at(ty.span())=> out.extend(<#ty as #k::EventSet>::describe());));
    let variants: Vec<&syn::Ident> = members.iter().map(|(variant, _)| *variant).collect();
    // A set is often only named, in `Dispatcher<OrderEvents>`; what it holds is not dead for that.
    let holds = errors.is_empty().then(|| {
        quote! {
            const _: fn(#ident) = |set| match set {
                #(#ident::#variants(_event) => {})*
            };
        }
    });
    let members = members.iter().map(|(variant, ty)| {
        let emits = quote_spanned!(ty.span()=> #k::Emits<#ty> for #ident);
        quote! {
            #[automatically_derived]
            impl #emits {}

            #[automatically_derived]
            impl ::core::convert::From<#ty> for #ident {
                fn from(event: #ty) -> #ident {
                    #ident::#variant(event)
                }
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl #k::EventSet for #ident {
            fn describe() -> ::std::vec::Vec<#k::EventInfo> {
                let mut out = ::std::vec::Vec::new();
                #(#describe)*
                out
            }
        }

        #(#members)*

        #holds
    }
}
