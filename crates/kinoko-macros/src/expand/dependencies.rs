//! `#[derive(Dependencies)]`: a struct of dependencies is a dependency.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::{Data, DeriveInput, Field, Fields, Ident, ext::IdentExt, spanned::Spanned};

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
    let krate = attr::derive_krate(&input.attrs, &mut errors);
    let k = krate.private();
    let tokens = match named_fields(&input, &mut errors) {
        Some(fields) if fields.is_empty() => without_fields(&input, &k),
        Some(fields) => with_fields(&input, &fields, &k),
        None => fallback(&input, &k),
    };
    Expansion { tokens, errors }
}

fn named_fields(input: &DeriveInput, errors: &mut Errors) -> Option<Vec<Field>> {
    const WHY: &str = "each dependency has a name on the map of services: write \
                       `struct Orders { users: UsersClient }`";
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(fields.named.iter().cloned().collect()),
            Fields::Unnamed(fields) if !fields.unnamed.is_empty() => {
                errors.on(fields, format!("name the fields: {WHY}"));
                None
            }
            _ => Some(Vec::new()),
        },
        Data::Enum(data) => {
            errors.on(data.enum_token, format!("make it a struct: {WHY}"));
            None
        }
        Data::Union(data) => {
            errors.on(data.union_token, format!("make it a struct: {WHY}"));
            None
        }
    }
}

fn with_fields(input: &DeriveInput, fields: &[Field], k: &TokenStream) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let dependencies: Vec<TokenStream> = fields
        .iter()
        .map(|Field { ty, .. }| quote_spanned!(ty.span()=> <#ty as #k::Dependency>))
        .collect();
    let names: Vec<&Ident> = fields.iter().filter_map(|it| it.ident.as_ref()).collect();
    let texts: Vec<String> = names.iter().map(|it| it.unraw().to_string()).collect();
    let last_first: Vec<&Ident> = names.iter().rev().copied().collect();
    let dependencies_last_first: Vec<&TokenStream> = dependencies.iter().rev().collect();
    let (state, docs) = (format_ident!("__State"), attr::docs(&input.attrs));
    quote! {
        const _: () = {
            // A type of its own: that of a private field may not be named in a public interface.
            #[doc(hidden)]
            #[allow(missing_docs, unreachable_pub)]
            pub struct #state #impl_generics #where_clause {
                #(#names: #dependencies::State),*
            }

            #[automatically_derived]
            impl #impl_generics #k::Dependency for #ident #type_generics #where_clause {
                const DOCS: &'static str = #docs;

                type State = #state #type_generics;

                async fn setup(
                    cx: &#k::SetupContext,
                ) -> ::core::result::Result<Self::State, #k::Error> {
                    ::core::result::Result::Ok(#state {
                        #(#names: #dependencies::setup(cx)
                            .await
                            .map_err(|error| error.at(#texts))?),*
                    })
                }

                async fn get(
                    state: &Self::State,
                    call: &#k::CallContext,
                ) -> ::core::result::Result<Self, #k::Fault> {
                    ::core::result::Result::Ok(#ident {
                        #(#names: #dependencies::get(&state.#names, call).await?),*
                    })
                }

                async fn finish(
                    self,
                    outcome: &#k::Outcome,
                ) -> ::core::result::Result<(), #k::Fault> {
                    #(#dependencies_last_first::finish(self.#last_first, outcome).await?;)*
                    ::core::result::Result::Ok(())
                }

                async fn stop(state: &Self::State) {
                    #(#dependencies_last_first::stop(&state.#last_first).await;)*
                }

                fn describe(
                    service: &str,
                    field: &str,
                    out: &mut ::std::vec::Vec<#k::DependencyInfo>,
                ) {
                    #(#dependencies::describe(service, &#k::field(field, #texts), out);)*
                }
            }
        };
    }
}

fn without_fields(input: &DeriveInput, k: &TokenStream) -> TokenStream {
    let value = match &input.data {
        Data::Struct(data) if matches!(data.fields, Fields::Unit) => quote!(Self),
        Data::Struct(data) if matches!(data.fields, Fields::Unnamed(_)) => quote!(Self()),
        _ => quote!(Self {}),
    };
    stateless(input, &quote!(::core::result::Result::Ok(#value)), k)
}

/// What stands in for an implementation that could not be made, so that the mistake is reported once.
fn fallback(input: &DeriveInput, k: &TokenStream) -> TokenStream {
    stateless(input, &quote!(::core::unreachable!()), k)
}

fn stateless(input: &DeriveInput, value: &TokenStream, k: &TokenStream) -> TokenStream {
    let (ident, docs) = (&input.ident, attr::docs(&input.attrs));
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics #k::Dependency for #ident #type_generics #where_clause {
            const DOCS: &'static str = #docs;

            type State = ();

            async fn setup(_cx: &#k::SetupContext) -> ::core::result::Result<(), #k::Error> {
                ::core::result::Result::Ok(())
            }

            async fn get(
                _state: &(),
                _call: &#k::CallContext,
            ) -> ::core::result::Result<Self, #k::Fault> {
                #value
            }
        }
    }
}
