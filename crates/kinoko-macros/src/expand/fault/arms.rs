//! What is generated of each [`Variant`]: the arms of the matches.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Ident, Type, spanned::Spanned};

use super::variant::{Field, Form, Variant};
use crate::types::generic;

/// Apart from a field of the same name.
pub(super) fn formatter() -> Ident {
    Ident::new("f", Span::mixed_site())
}

impl Variant {
    /// A pattern that binds those fields.
    fn pattern(&self, wanted: impl Fn(usize, &Field) -> bool) -> TokenStream {
        let ident = &self.ident;
        let fields = self.fields.iter().enumerate();
        match self.form {
            Form::Unit => quote!(Self::#ident),
            Form::Named => {
                let names =
                    fields.filter(|(index, it)| wanted(*index, it)).map(|(_, it)| &it.binding);
                let names: Vec<&Ident> = names.collect();
                let rest = (names.len() < self.fields.len()).then(|| quote!(..));
                quote!(Self::#ident { #(#names,)* #rest })
            }
            Form::Unnamed => {
                let names = fields.map(|(index, it)| {
                    if wanted(index, it) { it.binding.to_token_stream() } else { quote!(_) }
                });
                quote!(Self::#ident(#(#names),*))
            }
        }
    }

    fn bindings(&self) -> Vec<Ident> {
        self.fields.iter().map(|it| it.binding.clone()).collect()
    }

    fn source_field(&self) -> Option<&Field> {
        self.fields.iter().find(|it| it.is_source)
    }
}

pub(super) fn display(variant: &Variant) -> TokenStream {
    let f = formatter();
    if variant.transparent {
        let pattern = variant.pattern(|_, _| true);
        let inner = &variant.fields[0].binding;
        return quote!(#pattern => ::core::fmt::Display::fmt(#inner, #f),);
    }
    let pattern = variant.pattern(|index, _| variant.message.uses(index));
    let message = variant.message.arguments(&variant.bindings());
    quote!(#pattern => ::core::write!(#f, #message),)
}

pub(super) fn source(variant: &Variant) -> TokenStream {
    if variant.transparent {
        let pattern = variant.pattern(|_, _| true);
        let inner = &variant.fields[0].binding;
        return quote!(#pattern => ::core::error::Error::source(#inner),);
    }
    let pattern = variant.pattern(|_, it| it.is_source);
    match variant.source_field() {
        None => quote!(#pattern => ::core::option::Option::None,),
        Some(Field { binding, ty, .. }) => {
            let boxed = matches!(generic(ty, "Box").as_deref(), Some([Type::TraitObject(_), ..]));
            let deref = boxed.then(|| quote!(&**));
            quote_spanned!(ty.span()=> #pattern => ::core::option::Option::Some(#deref #binding),)
        }
    }
}

pub(super) fn into_fault(variant: &Variant, k: &TokenStream) -> TokenStream {
    if variant.transparent {
        let pattern = variant.pattern(|_, _| true);
        let Field { binding, ty, .. } = &variant.fields[0];
        return quote_spanned!(ty.span()=> #pattern => #k::Fault::from(#binding),);
    }
    let log = match (&variant.log, variant.source_field()) {
        (Some(log), _) => {
            let log = log.arguments(&variant.bindings());
            Some(quote!(.with_log(::std::format!(#log))))
        }
        (None, Some(Field { binding, .. })) => {
            Some(quote!(.with_log(::std::string::ToString::to_string(&#binding))))
        }
        (None, None) => None,
    };
    let sent: Vec<&Field> = variant.sent().collect();
    let pattern = variant.pattern(|index, it| {
        let logged = variant.log.as_ref().map_or(it.is_source, |log| log.uses(index));
        logged || (variant.travels() && !it.is_skipped)
    });
    let entries = sent.iter().map(|Field { name, binding, ty, .. }| {
        let value = quote_spanned!(ty.span()=> #k::serde_json::to_value(&#binding));
        quote!((::std::borrow::ToOwned::to_owned(#name), #value.unwrap_or_default()))
    });
    let data = (!sent.is_empty()).then(|| {
        quote! {
            .with_data(#k::serde_json::Value::Object(
                ::core::iter::FromIterator::from_iter([#(#entries),*]),
            ))
        }
    });
    let name = &variant.name;
    let path = variant.path.as_ref().map(|path| quote!(.with_path(#path)));
    let expected = variant.expected.then(|| quote!(.expected()));
    let status = variant.status.map(|status| quote!(.with_status(#status)));
    quote!(#pattern => #k::Fault::application(#name, message) #data #path #status #log #expected,)
}

pub(super) fn from_fault(variant: &Variant, k: &TokenStream) -> TokenStream {
    let (name, ident) = (&variant.name, &variant.ident);
    let has_data = variant.sent().next().is_some();
    let data = has_data.then(|| quote!(let data = fault.data()?;));
    let values = variant.fields.iter().map(|Field { name, ident, ty, is_skipped, .. }| {
        let value = if *is_skipped {
            quote_spanned!(ty.span()=> <#ty as ::core::default::Default>::default())
        } else {
            let read = quote_spanned!(ty.span()=> #k::serde_json::from_value::<#ty>);
            quote!(#read(data.get(#name).cloned().unwrap_or_default()).ok()?)
        };
        let label = ident.as_ref().map(|ident| quote!(#ident:));
        quote!(#label #value)
    });
    let made = match variant.form {
        Form::Unit => quote!(Self::#ident),
        Form::Named => quote!(Self::#ident { #(#values),* }),
        Form::Unnamed => quote!(Self::#ident(#(#values),*)),
    };
    quote!(#name => {
        #data
        ::core::option::Option::Some(#made)
    })
}

/// What another enum declares, as the variant that passes it on.
pub(super) fn inner_from_fault(variant: &Variant, k: &TokenStream) -> Option<TokenStream> {
    let (inner, ident) = (variant.passes_on()?, &variant.ident);
    let field = variant.fields.first()?;
    let declared = quote!(#k::CallError::Declared(error));
    let made = match &field.ident {
        Some(label) => quote!(Self::#ident { #label: #declared }),
        None => quote!(Self::#ident(#declared)),
    };
    let read = quote_spanned!(inner.span()=> <#inner as #k::DeclaredFault>::from_fault);
    Some(quote!(.or_else(|| #read(fault).map(|error| #made))))
}

pub(super) fn info(variant: &Variant, k: &TokenStream) -> TokenStream {
    let Variant { name, docs, expected, .. } = variant;
    let status = match variant.status {
        Some(status) => quote!(::core::option::Option::Some(#status)),
        None => quote!(::core::option::Option::None),
    };
    let data = match variant.sent().next() {
        None => quote!(::core::option::Option::None),
        Some(_) => {
            let schema = data_schema(variant, k);
            quote!(::core::option::Option::Some(#schema))
        }
    };
    quote! {
        #k::FaultInfo {
            name: ::std::borrow::ToOwned::to_owned(#name),
            docs: ::std::borrow::ToOwned::to_owned(#docs),
            expected: #expected,
            status: #status,
            data: #data,
        }
    }
}

/// The schema of an object of the fields.
///
/// It is made of that of a tuple of them, so that what they share is defined once.
fn data_schema(variant: &Variant, k: &TokenStream) -> TokenStream {
    let types = variant.sent().map(|it| &it.ty);
    let names: Vec<&String> = variant.sent().map(|it| &it.name).collect();
    let indices = 0..names.len();
    quote! {{
        let mut schema = #k::writes::<(#(#types,)*)>();
        let fields = schema["prefixItems"].take();
        if let ::core::option::Option::Some(schema) = schema.as_object_mut() {
            schema.retain(|key, _| key.starts_with('$'));
        }
        schema["type"] = #k::serde_json::json!("object");
        schema["properties"] = #k::serde_json::json!({ #(#names: fields[#indices]),* });
        schema["required"] = #k::serde_json::json!([#(#names),*]);
        schema
    }}
}
