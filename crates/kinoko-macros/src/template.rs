//! [`Template`]: a text with fields of a variant in it, `"no such product: {sku}"`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Ident, Lit, LitStr};

/// A format string whose placeholders are fields.
#[derive(Debug, PartialEq)]
pub(crate) struct Template {
    /// For `format!`, with placeholders by position.
    format: String,
    /// The fields they stand for, in order.
    fields: Vec<usize>,
}

impl Template {
    /// Reads a format string over fields of those names.
    ///
    /// # Errors
    /// When a placeholder is no field: the text says which there are.
    pub(crate) fn parse(text: &str, names: &[String]) -> Result<Template, String> {
        let mut template = Template { format: String::new(), fields: Vec::new() };
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            template.format.push_str(&rest[..at]);
            rest = &rest[at..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                template.format.push_str(&rest[..2]);
                rest = &rest[2..];
                continue;
            }
            let end = rest.find('}').filter(|_| rest.starts_with('{'));
            let Some(end) = end else {
                return Err("the braces do not match: a brace that is meant is doubled".to_owned());
            };
            let (name, style) = match rest[1..end].split_once(':') {
                Some((name, style)) => (name, format!(":{style}")),
                None => (&rest[1..end], String::new()),
            };
            let Some(field) = names.iter().position(|it| it == name.trim()) else {
                return Err(no_such_field(name.trim(), names));
            };
            let known = template.fields.iter().position(|it| *it == field);
            let index = known.unwrap_or_else(|| {
                template.fields.push(field);
                template.fields.len() - 1
            });
            template.format.push_str(&format!("{{{index}{style}}}"));
            rest = &rest[end + 1..];
        }
        template.format.push_str(rest);
        Ok(template)
    }

    /// A text that is what it says.
    pub(crate) fn plain(text: &str) -> Template {
        Template { format: text.replace('{', "{{").replace('}', "}}"), fields: Vec::new() }
    }

    /// Which fields it uses.
    pub(crate) fn uses(&self, field: usize) -> bool {
        self.fields.contains(&field)
    }

    /// The arguments of `format!`, given what the fields are bound to.
    pub(crate) fn arguments(&self, bindings: &[Ident]) -> TokenStream {
        let format = Lit::Str(LitStr::new(&self.format, proc_macro2::Span::call_site()));
        let fields = self.fields.iter().filter_map(|it| bindings.get(*it));
        let fields = fields.map(ToTokens::to_token_stream);
        quote!(#format #(, #fields)*)
    }
}

fn no_such_field(name: &str, names: &[String]) -> String {
    let list: Vec<String> = names.iter().map(|it| format!("`{{{it}}}`")).collect();
    match (name, &list[..]) {
        (_, []) => {
            format!("the variant has no fields: leave `{{{name}}}` out, or double the braces")
        }
        ("", _) => format!("say which field: there is {}", list.join(", ")),
        _ => format!("no field `{name}`: there is {}", list.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::Template;

    fn check(text: &str, expected: Result<(&str, &[usize]), &str>) {
        let names = ["sku".to_owned(), "left".to_owned()];
        match (Template::parse(text, &names), expected) {
            (Ok(found), Ok((format, fields))) => {
                assert_eq!((&*found.format, &*found.fields), (format, fields), "{text}");
            }
            (Err(found), Err(part)) => assert!(found.contains(part), "{text}: {found}"),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }

    #[test]
    fn placeholders_are_fields() {
        check("plain", Ok(("plain", &[])));
        check("no {sku}", Ok(("no {0}", &[0])));
        check("{left} of {sku:?}, {left:>3}", Ok(("{0} of {1:?}, {0:>3}", &[1, 0])));
        check("{{sku}}", Ok(("{{sku}}", &[])));
    }

    #[test]
    fn what_is_no_field_is_refused() {
        check("{colour}", Err("no field `colour`: there is `{sku}`, `{left}`"));
        check("{}", Err("say which field"));
        check("{sku", Err("do not match"));
        check("sku}", Err("do not match"));
    }
}
