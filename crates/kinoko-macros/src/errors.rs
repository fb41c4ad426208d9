//! [`Errors`]: everything that is wrong with an item, so that one build shows it all.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// Adds a mistake, shown under those tokens. The text says the remedy.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, text: impl std::fmt::Display) {
        self.add(syn::Error::new_spanned(tokens, text));
    }

    /// Adds a mistake, shown at that place.
    pub(crate) fn at(&mut self, span: Span, text: impl std::fmt::Display) {
        self.add(syn::Error::new(span, text));
    }

    /// Adds what a parser found.
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// The value, or nothing and the mistake noted.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// Runs `read` and says whether it found a mistake.
    pub(crate) fn during<T>(&mut self, read: impl FnOnce(&mut Errors) -> T) -> (T, bool) {
        let before = std::mem::take(self);
        let value = read(self);
        let failed = !self.is_empty();
        let found = std::mem::replace(self, before);
        if let Some(error) = found.0 {
            self.add(error);
        }
        (value, failed)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The texts, in the order found.
    #[cfg(test)]
    pub(crate) fn texts(self) -> Vec<String> {
        self.0.into_iter().flatten().map(|it| it.to_string()).collect()
    }

    /// The mistakes as the compiler reports them; nothing when there are none.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.0.map(|it| it.into_compile_error()).unwrap_or_default()
    }
}
