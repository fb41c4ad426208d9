//! [`Options`]: what is in the parentheses of an attribute, `durable, every = "30s", GET`.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{
    Attribute, Expr, ExprLit, Ident, Lit, Meta, Path, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream, Parser},
    punctuated::Punctuated,
    spanned::Spanned,
};

use crate::{errors::Errors, valid};

/// The comma-separated list in an attribute, taken apart piece by piece.
pub(crate) struct Options {
    /// Where it is.
    pub(crate) span: Span,
    items: Vec<Item>,
    /// Whether it could be read at all: else nothing more is said about it.
    broken: bool,
}

pub(crate) struct Item {
    pub(crate) key: Option<Ident>,
    pub(crate) value: Expr,
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Item> {
        let has_key =
            input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]);
        if !has_key {
            return Ok(Item { key: None, value: ungrouped(input.parse()?) });
        }
        let key = input.call(Ident::parse_any)?;
        input.parse::<Token![=]>()?;
        Ok(Item { key: Some(key), value: ungrouped(input.parse()?) })
    }
}

/// The value itself: one that came through a `macro_rules!` parameter is wrapped.
fn ungrouped(mut value: Expr) -> Expr {
    while let Expr::Group(group) = value {
        value = *group.expr;
    }
    value
}

impl Options {
    pub(crate) fn parse(tokens: TokenStream, span: Span, errors: &mut Errors) -> Options {
        let items = Punctuated::<Item, Token![,]>::parse_terminated.parse2(tokens);
        let broken = items.is_err();
        let items = errors.keep(items).into_iter().flatten().collect();
        Options { span, items, broken }
    }

    pub(crate) fn of_one(attr: &Attribute, errors: &mut Errors) -> Options {
        let span = attr.path().span();
        match &attr.meta {
            Meta::Path(_) => Options { span, items: Vec::new(), broken: false },
            Meta::List(list) => Options::parse(list.tokens.clone(), span, errors),
            Meta::NameValue(_) => {
                let name = attr.path().to_token_stream();
                errors.on(attr, format!("options go in parentheses: `#[{name}(…)]`"));
                Options { span, items: Vec::new(), broken: true }
            }
        }
    }

    /// All attributes of that name as one list.
    pub(crate) fn of(attrs: &[Attribute], name: &str, errors: &mut Errors) -> Options {
        let mut all = Options { span: Span::call_site(), items: Vec::new(), broken: false };
        for attr in attrs.iter().filter(|it| it.path().is_ident(name)) {
            let one = Options::of_one(attr, errors);
            all.span = one.span;
            all.broken |= one.broken;
            all.items.extend(one.items);
        }
        all
    }

    /// Takes the value of a `key = value`.
    pub(crate) fn take(&mut self, key: &str) -> Option<Expr> {
        let found = self.items.iter().position(|it| it.key.as_ref().is_some_and(|it| it == key))?;
        Some(self.items.remove(found).value)
    }

    /// Takes a `key` or a `key = value`.
    pub(crate) fn take_item(&mut self, key: &str) -> Option<Item> {
        let is_it = |it: &Item| match &it.key {
            Some(found) => found == key,
            None => is_word(&it.value, &[key]),
        };
        let found = self.items.iter().position(is_it)?;
        Some(self.items.remove(found))
    }

    /// Takes the first value without a key that is so.
    pub(crate) fn take_value(&mut self, is_it: impl Fn(&Expr) -> bool) -> Option<Expr> {
        let found = self.items.iter().position(|it| it.key.is_none() && is_it(&it.value))?;
        Some(self.items.remove(found).value)
    }

    /// Takes `key`, `key = true` or `key = false`.
    pub(crate) fn flag(&mut self, key: &str, errors: &mut Errors) -> Option<bool> {
        let item = self.take_item(key)?;
        if item.key.is_none() {
            return Some(true);
        }
        errors.keep(boolean(&item.value))
    }

    /// Takes `key = "text"`, and where the text is.
    pub(crate) fn string(&mut self, key: &str, errors: &mut Errors) -> Option<(String, Expr)> {
        let expr = self.take(key)?;
        let text = errors.keep(string(&expr))?;
        Some((text, expr))
    }

    pub(crate) fn one_of(
        &mut self,
        key: &str,
        known: &[&str],
        errors: &mut Errors,
    ) -> Option<String> {
        let (text, expr) = self.string(key, errors)?;
        if known.contains(&&*text) {
            return Some(text);
        }
        let list: Vec<String> = known.iter().map(|it| format!("\"{it}\"")).collect();
        let meant = valid::near(&text, known).map(|it| format!("did you mean \"{it}\"? "));
        let meant = meant.unwrap_or_default();
        errors.on(expr, format!("no such {key} \"{text}\": {meant}there are {}", list.join(", ")));
        None
    }

    pub(crate) fn path(&mut self, key: &str, errors: &mut Errors) -> Option<Path> {
        match self.take(key)? {
            Expr::Path(path) if path.qself.is_none() => Some(path.path),
            other => {
                errors.on(other, format!("write a path, `{key} = some::path`"));
                None
            }
        }
    }

    pub(crate) fn rest(&mut self) -> impl Iterator<Item = (Option<Ident>, Expr)> + use<> {
        std::mem::take(&mut self.items).into_iter().map(|it| (it.key, it.value))
    }

    /// Reports what was not taken.
    pub(crate) fn finish(&mut self, of: &str, known: &[&str], errors: &mut Errors) {
        if self.broken {
            return;
        }
        for (key, value) in self.rest() {
            let ident = key.or_else(|| single_ident(&value));
            let Some(ident) = ident else {
                errors.on(value, format!("nothing is known of this option: {}", takes(of, known)));
                continue;
            };
            let name = ident.to_string();
            if known.contains(&&*name) {
                let text =
                    format!("`{name}` is given twice, or without a value: write `{name} = …` once");
                errors.on(ident, text);
                continue;
            }
            let meant = valid::near(&name, known).map(|it| format!("did you mean `{it}`? "));
            let meant = meant.unwrap_or_default();
            errors.on(ident, format!("unknown option `{name}`: {meant}{}", takes(of, known)));
        }
    }
}

fn takes(of: &str, known: &[&str]) -> String {
    if known.is_empty() {
        return format!("`{of}` takes no more");
    }
    let list: Vec<String> = known.iter().map(|it| format!("`{it}`")).collect();
    format!("`{of}` takes {}", list.join(", "))
}

/// The text, if it is one.
pub(crate) fn string(expr: &Expr) -> syn::Result<String> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text.value()),
        _ => {
            Err(syn::Error::new_spanned(expr, "write a text in quotes: it is read at compile time"))
        }
    }
}

/// Whether it says `true` or `false`.
pub(crate) fn boolean(expr: &Expr) -> syn::Result<bool> {
    match expr {
        Expr::Lit(ExprLit { lit: Lit::Bool(it), .. }) => Ok(it.value),
        _ => Err(syn::Error::new_spanned(expr, "write `true` or `false`")),
    }
}

/// The name, if it is one and nothing else.
pub(crate) fn single_ident(expr: &Expr) -> Option<Ident> {
    match expr {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident().cloned(),
        _ => None,
    }
}

/// Whether it is one of those names.
pub(crate) fn is_word(expr: &Expr, words: &[&str]) -> bool {
    single_ident(expr).is_some_and(|it| words.iter().any(|word| it == word))
}
