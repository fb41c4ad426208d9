//! Types, as far as a macro sees into them: `Result<T, E>`, references, `Self`.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, GenericArgument, PathArguments, Type, visit_mut::VisitMut};

use crate::errors::Errors;

/// The type arguments of a type whose last name is that one.
pub(crate) fn generic(ty: &Type, name: &str) -> Option<Vec<Type>> {
    let path = match ty {
        Type::Path(path) => &path.path,
        Type::Group(group) => return generic(&group.elem, name),
        Type::Paren(paren) => return generic(&paren.elem, name),
        _ => return None,
    };
    let last = path.segments.last().filter(|it| it.ident == name)?;
    let PathArguments::AngleBracketed(args) = &last.arguments else { return None };
    let types = args.args.iter().filter_map(|it| match it {
        GenericArgument::Type(ty) => Some(ty.clone()),
        _ => None,
    });
    Some(types.collect())
}

/// Notes what in a type is not a value of its own.
pub(crate) fn check_owned(ty: &Type, how: &str, errors: &mut Errors) {
    struct Find<'e>(&'e mut Errors, &'e str);

    impl VisitMut for Find<'_> {
        fn visit_type_reference_mut(&mut self, it: &mut syn::TypeReference) {
            let owned = match &*it.elem {
                Type::Path(path) if path.path.is_ident("str") => "String".to_owned(),
                Type::Slice(slice) => format!("Vec<{}>", plain(&slice.elem)),
                elem => plain(elem),
            };
            self.0.on(it, format!("write `{owned}`: it is {}", self.1));
        }

        fn visit_type_impl_trait_mut(&mut self, it: &mut syn::TypeImplTrait) {
            self.0.on(it, format!("write the type out: it is {}", self.1));
        }

        fn visit_lifetime_mut(&mut self, it: &mut syn::Lifetime) {
            self.0.on(it, format!("write an owned type: it is {}", self.1));
        }

        fn visit_expr_mut(&mut self, _: &mut Expr) {}
    }

    Find(errors, how).visit_type_mut(&mut ty.clone());
}

/// A type as text, without the spaces that tokens have between them.
fn plain(ty: &Type) -> String {
    ty.to_token_stream().to_string().replace(" :: ", "::").replace(" < ", "<").replace(" >", ">")
}

/// The type with `Self` replaced by what it stands for.
pub(crate) fn type_without_self(ty: &Type, self_ty: Option<&Type>) -> Type {
    match self_ty {
        Some(self_ty) if mentions(ty.to_token_stream(), "Self") => {
            Type::Verbatim(without_self(ty.to_token_stream(), self_ty))
        }
        _ => ty.clone(),
    }
}

/// Whether there is an `impl Trait` in a type.
pub(crate) fn hides_a_type(ty: &Type) -> bool {
    mentions(ty.to_token_stream(), "impl")
}

fn mentions(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|it| match it {
        TokenTree::Ident(ident) => ident == word,
        TokenTree::Group(group) => mentions(group.stream(), word),
        _ => false,
    })
}

/// Types and expressions alike; an item inside an expression has no business with our `Self`.
pub(crate) fn without_self(tokens: TokenStream, self_ty: &Type) -> TokenStream {
    let replace = |it| match it {
        TokenTree::Ident(ident) if ident == "Self" => self_ty.to_token_stream(),
        TokenTree::Group(group) => {
            let mut replaced = Group::new(group.delimiter(), without_self(group.stream(), self_ty));
            replaced.set_span(group.span());
            TokenTree::Group(replaced).into()
        }
        other => other.into(),
    };
    tokens.into_iter().flat_map(|it| -> TokenStream { replace(it) }).collect()
}
