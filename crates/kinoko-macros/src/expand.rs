//! From what was read to what is generated. One file a macro, each a function over tokens.

pub(crate) mod client;
pub(crate) mod dependencies;
pub(crate) mod event;
pub(crate) mod fault;
mod method;
pub(crate) mod service;
#[cfg(test)]
mod tests;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};

use crate::errors::Errors;

/// What a macro made, and what it found wrong. There is always something, so that one mistake does
/// not make everything that uses the item a mistake too.
#[derive(Default)]
pub(crate) struct Expansion {
    pub(crate) tokens: TokenStream,
    pub(crate) errors: Errors,
}

impl Expansion {
    /// The item, or what became of it, before all else.
    pub(crate) fn of(item: impl ToTokens) -> Expansion {
        Expansion { tokens: item.into_token_stream(), errors: Errors::default() }
    }
}

impl From<Expansion> for TokenStream {
    fn from(expansion: Expansion) -> TokenStream {
        let Expansion { tokens, errors } = expansion;
        let errors = errors.into_compile_errors();
        quote!(#tokens #errors)
    }
}

/// Shown there in errors, while names mean what they mean to the macro.
pub(crate) fn shown_at(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// What an entrypoint's attribute is where no `#[service]` took it away: misplaced.
pub(crate) fn stray(name: &str, item: TokenStream) -> Expansion {
    let mut expansion = Expansion::of(item);
    expansion.errors.at(
        Span::call_site(),
        format!("`#[{name}]` goes on a method of an `impl` block with `#[service(name = \"…\")]`"),
    );
    expansion
}
