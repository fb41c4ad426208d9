//! What `#[service]` and `#[client]` say alike of a method: its signature and its types.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Type, spanned::Spanned};

use crate::ast::{IfMissing, Method, Output};

/// The expression of a `Signature`. `locations` says where in a request each parameter comes from,
/// if it says anything.
pub(crate) fn signature(
    method: &Method,
    locations: &[Option<&str>],
    k: &TokenStream,
) -> TokenStream {
    let name = &method.name;
    let params = method.params.iter().enumerate().map(|(index, param)| {
        let (name, ty) = (&param.name, &param.ty);
        let made = match &param.if_missing {
            IfMissing::Required => quote!(#k::Param::required(#name)),
            IfMissing::Null => quote!(#k::Param::optional(#name)),
            IfMissing::Default(default) => {
                quote!(#k::Param::defaulted(#name, || #k::json::<#ty>(#default)))
            }
        };
        let sensitive = param.sensitive.then(|| quote!(.sensitive()));
        let location = locations.get(index).copied().flatten().map(|it| quote!(.location(#it)));
        quote!(#made #sensitive #location)
    });
    quote!(#k::Signature::new(#name, &[#(#params),*]))
}

/// The parameters for the manifest, given for each the function that makes its schema.
pub(crate) fn params(schemas: impl Iterator<Item = TokenStream>) -> TokenStream {
    quote!(SIGNATURE.params(&[#(#schemas),*]))
}

/// `k::reads::<T>` and the like, placed at the type so that a missing trait is reported there.
pub(crate) fn schema_of(function: &str, ty: &Type, k: &TokenStream) -> TokenStream {
    let span = ty.span();
    let function = syn::Ident::new(function, span);
    quote_spanned!(span=> #k::#function::<#ty>)
}

impl Output {
    /// The error type: `Fault` where the method has none of its own.
    pub(crate) fn error_type(&self, k: &TokenStream) -> TokenStream {
        match &self.error {
            Some(error) => error.to_token_stream(),
            None => quote!(#k::Fault),
        }
    }

    /// The expression that lists the faults.
    pub(crate) fn faults(&self, k: &TokenStream) -> TokenStream {
        let error = self.error_type(k);
        let span = self.error.as_ref().map_or_else(proc_macro2::Span::call_site, |it| it.span());
        quote_spanned!(span=> <#error as #k::FaultType>::describe())
    }
}

/// A vector of expressions, each of which may be under a `cfg`.
pub(crate) fn vec_of(items: Vec<TokenStream>) -> TokenStream {
    if items.is_empty() {
        return quote!(::std::vec::Vec::new());
    }
    quote!(::std::vec::Vec::from([#(#items),*]))
}
