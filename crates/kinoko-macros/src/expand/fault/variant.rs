//! [`Variant`]: one way to fail, as its attributes describe it.

use quote::format_ident;
use syn::{Expr, ExprLit, Fields, Ident, Lit, Type, ext::IdentExt, spanned::Spanned};

use crate::{attr, errors::Errors, options::Options, template::Template, types::generic, valid};

/// What `#[fault(…)]` on a variant takes.
const KNOWN: [&str; 7] = ["name", "message", "log", "path", "expected", "status", "transparent"];

/// One variant of an enum with `#[derive(Fault)]`.
pub(super) struct Variant {
    pub(super) ident: Ident,
    /// The name on the wire.
    pub(super) name: String,
    /// Where that is written.
    pub(super) name_expr: Option<Expr>,
    pub(super) docs: String,
    pub(super) form: Form,
    pub(super) fields: Vec<Field>,
    pub(super) message: Template,
    pub(super) log: Option<Template>,
    /// Where Nameko's callers find its class.
    pub(super) path: Option<String>,
    pub(super) expected: bool,
    /// The HTTP status it asks for.
    pub(super) status: Option<u16>,
    /// Whether the one field is a failed call that is passed on as it is.
    pub(super) transparent: bool,
}

/// How the fields are written.
pub(super) enum Form {
    Named,
    Unnamed,
    Unit,
}

pub(super) struct Field {
    /// The name in templates and on the wire; a number where it has none.
    pub(super) name: String,
    /// The name in the variant, where it has one.
    pub(super) ident: Option<Ident>,
    /// What generated code binds it to.
    pub(super) binding: Ident,
    pub(super) ty: Type,
    /// What caused the failure.
    pub(super) is_source: bool,
    /// Whether `?` makes the variant of it.
    pub(super) is_from: bool,
    /// Whether it stays here.
    pub(super) is_skipped: bool,
    /// Whether a caller has the type's default in its place.
    pub(super) is_defaulted: bool,
}

impl Variant {
    /// Whether its fields go to the caller, and it comes back as it was.
    pub(super) fn travels(&self) -> bool {
        !self.transparent && self.fields.iter().all(|it| !it.is_skipped || it.is_defaulted)
    }

    /// The `E` of the `CallError<E>` that it passes on, if that is what it does.
    pub(super) fn passes_on(&self) -> Option<Type> {
        let field = self.fields.first().filter(|_| self.transparent)?;
        generic(&field.ty, "CallError")?.into_iter().next()
    }

    /// The fields that go to the caller.
    pub(super) fn sent(&self) -> impl Iterator<Item = &Field> {
        let travels = self.travels();
        self.fields.iter().filter(move |it| travels && !it.is_skipped)
    }

    pub(super) fn read(variant: &syn::Variant, errors: &mut Errors) -> Variant {
        let ident = variant.ident.clone();
        let docs = attr::docs(&variant.attrs);
        let fields = fields(&variant.fields, errors);
        let names: Vec<String> = fields.iter().map(|it| it.name.clone()).collect();
        let mut options = Options::of(&variant.attrs, "fault", errors);
        let (name, name_expr) = match options.string("name", errors) {
            Some((name, expr)) => {
                if let Err(text) = valid::wire_name(&name) {
                    errors.on(&expr, text);
                }
                (name, Some(expr))
            }
            None => (ident.unraw().to_string(), None),
        };
        let message = template(&mut options, "message", &names, errors);
        let message = message.unwrap_or_else(|| Template::plain(&default_message(&ident, &docs)));
        let variant_read = Variant {
            message,
            log: template(&mut options, "log", &names, errors),
            path: options.string("path", errors).map(|(path, _)| path),
            expected: options.flag("expected", errors).unwrap_or(false),
            status: status(&mut options, errors),
            transparent: options.flag("transparent", errors).unwrap_or(false),
            form: match &variant.fields {
                Fields::Named(_) => Form::Named,
                Fields::Unnamed(_) => Form::Unnamed,
                Fields::Unit => Form::Unit,
            },
            ident,
            name,
            name_expr,
            docs,
            fields,
        };
        options.finish("#[fault]", &KNOWN, errors);
        variant_read.check(variant, errors);
        variant_read
    }

    fn check(&self, variant: &syn::Variant, errors: &mut Errors) {
        if self.transparent && self.fields.len() != 1 {
            errors.on(
                variant,
                format!(
                    "a transparent variant holds what it passes on: write `{}(Fault)`",
                    self.ident
                ),
            );
        }
        let sources = self.fields.iter().filter(|it| it.is_source);
        if let Some(second) = sources.clone().nth(1) {
            errors.on(
                &second.ty,
                "the variant has a source already: leave one `#[fault(source)]` out",
            );
        }
        for field in sources.filter(|it| it.is_from && self.fields.len() > 1) {
            errors.on(
                &field.ty,
                "`?` cannot fill the other fields: leave `#[fault(from)]` only on the one field of \
                 a variant, or write `#[fault(source)]`",
            );
        }
    }
}

fn fields(fields: &Fields, errors: &mut Errors) -> Vec<Field> {
    let mut all = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let mut options = Options::of(&field.attrs, "fault", errors);
        let is_from = options.flag("from", errors).unwrap_or(false);
        let is_source = options.flag("source", errors).unwrap_or(false) || is_from;
        let is_skipped = options.flag("skip", errors).unwrap_or(false) || is_source;
        let is_defaulted = options.flag("default", errors).unwrap_or(false);
        options.finish("#[fault]", &["source", "from", "skip", "default"], errors);
        if is_defaulted && !is_skipped {
            errors.at(
                options.span,
                "the field goes to the caller, who needs no default: write \
                 `#[fault(skip, default)]` to keep it here",
            );
        }
        all.push(Field {
            name: field
                .ident
                .as_ref()
                .map_or_else(|| index.to_string(), |it| it.unraw().to_string()),
            ident: field.ident.clone(),
            binding: field
                .ident
                .clone()
                .unwrap_or_else(|| format_ident!("_{index}", span = field.span())),
            ty: field.ty.clone(),
            is_source,
            is_from,
            is_skipped,
            is_defaulted,
        });
    }
    all
}

fn template(
    options: &mut Options,
    key: &str,
    names: &[String],
    errors: &mut Errors,
) -> Option<Template> {
    let (text, expr) = options.string(key, errors)?;
    match Template::parse(&text, names) {
        Ok(template) => Some(template),
        Err(text) => {
            errors.on(expr, text);
            None
        }
    }
}

fn status(options: &mut Options, errors: &mut Errors) -> Option<u16> {
    let expr = options.take("status")?;
    let status = match &expr {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse::<u16>().ok(),
        _ => None,
    };
    let status = status.filter(|it| (400..600).contains(it));
    if status.is_none() {
        errors.on(expr, "write a status code of HTTP for a failure, 400 to 599");
    }
    status
}

/// The doc comment's first line, else the name in words.
fn default_message(ident: &Ident, docs: &str) -> String {
    match docs.lines().next().map(|it| it.trim_end_matches('.')) {
        Some(line) if !line.is_empty() => line.to_owned(),
        _ => words(&ident.unraw().to_string()),
    }
}

/// `NoSuchProduct` as `no such product`.
fn words(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn names_in_words() {
        assert_eq!(words("NoSuchProduct"), "no such product");
        assert_eq!(words("Empty"), "empty");
    }
}
