//! What happens to a type from one version to the next.

use proptest::prelude::*;

use super::model::{self, FieldOf, Struct, Type};

/// One change: at which of a type's parts, and what is done to it.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    at: usize,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Replace(Type),
    Optional,
    Unwrap,
    List,
    AddField(FieldOf),
    RemoveField(usize),
    Default(usize),
    Skip(usize),
    Deny,
    AddVariant(Struct),
    RemoveVariant(usize),
    Word,
    CatchAll,
    Ends(Option<i128>, Option<i128>),
    Named,
    Turn,
}

pub(crate) fn changes() -> impl Strategy<Value = Vec<Change>> {
    let what = prop_oneof![
        1 => model::types().prop_map(What::Replace),
        2 => Just(What::Optional),
        2 => Just(What::Unwrap),
        1 => Just(What::List),
        3 => model::field(model::types()).prop_map(What::AddField),
        2 => any::<usize>().prop_map(What::RemoveField),
        2 => any::<usize>().prop_map(What::Default),
        2 => any::<usize>().prop_map(What::Skip),
        2 => Just(What::Deny),
        2 => Just(What::AddVariant(Struct { fields: Vec::new(), denies: false, others: None })),
        2 => any::<usize>().prop_map(What::RemoveVariant),
        2 => Just(What::Word),
        2 => Just(What::CatchAll),
        2 => (proptest::option::of(-9..3_i128), proptest::option::of(3..300_i128))
            .prop_map(|(least, most)| What::Ends(least, most)),
        1 => Just(What::Named),
        1 => Just(What::Turn),
    ];
    proptest::collection::vec((0..24_usize, what).prop_map(|(at, what)| Change { at, what }), 0..4)
}

pub(crate) fn apply(of: &Type, changes: &[Change]) -> Type {
    let mut of = of.clone();
    for change in changes {
        let at = change.at % of.count();
        visit(&mut of, &mut Some(at), &mut |part| change_one(part, &change.what));
    }
    of
}

/// Does something to the part that `left` counts down to.
fn visit(of: &mut Type, left: &mut Option<usize>, act: &mut impl FnMut(&mut Type)) {
    let Some(at) = *left else { return };
    *left = at.checked_sub(1);
    if at == 0 {
        act(of);
        return;
    }
    for part in of.parts() {
        visit(part, left, act);
    }
}

fn change_one(of: &mut Type, what: &What) {
    match (what, &mut *of) {
        (What::Replace(by), _) => *of = by.clone(),
        (What::Optional, _) => *of = Type::Optional(Box::new(of.clone())),
        (What::List, _) => *of = Type::List(Box::new(of.clone())),
        (What::Named, _) => *of = Type::Named("X", Box::new(of.clone())),
        (What::Unwrap, Type::Optional(it) | Type::List(it) | Type::Set(it) | Type::Map(it)) => {
            *of = (**it).clone();
        }
        (What::Turn, Type::List(it)) => *of = Type::Set(it.clone()),
        (What::Turn, Type::Set(it)) => *of = Type::List(it.clone()),
        (What::Turn, Type::Map(it)) => *of = Type::Numbered(it.clone()),
        (What::Turn, Type::Numbered(it)) => *of = Type::Map(it.clone()),
        (What::Turn, Type::Integer { .. }) => *of = Type::Float,
        (What::Turn, Type::Recursive { within, .. }) => *within = !*within,
        (What::Turn, Type::Formatted(_)) => *of = Type::Text { least: None, most: None },
        (What::Ends(from, to), Type::Integer { least, most, .. }) => (*least, *most) = (*from, *to),
        (What::Ends(_, to), Type::Text { most, .. }) => {
            *most = to.map(|it| u64::try_from(it).unwrap());
        }
        (What::Word, Type::Words { words, .. }) => {
            if words.len() > 2 {
                drop(words.pop());
            } else {
                words.push("new".to_owned());
            }
        }
        (What::CatchAll, Type::Words { catch_all, .. } | Type::Tagged { catch_all, .. }) => {
            *catch_all = !*catch_all;
        }
        (What::AddVariant(fields), Type::Tagged { variants, .. })
            if variants.iter().all(|(it, _)| it != "new") =>
        {
            variants.push(("new".to_owned(), fields.clone()));
        }
        (What::AddVariant(_), Type::External(variants))
            if variants.iter().all(|(it, _)| it != "new") =>
        {
            variants.push(("new".to_owned(), Type::Bool));
        }
        (What::AddVariant(_), Type::Untagged(parts)) => parts.push(Type::Bool),
        (What::RemoveVariant(at), Type::Tagged { variants, .. }) if variants.len() > 1 => {
            variants.remove(at % variants.len());
        }
        (What::RemoveVariant(at), Type::External(variants)) if variants.len() > 1 => {
            variants.remove(at % variants.len());
        }
        (What::RemoveVariant(at), Type::Untagged(parts)) if parts.len() > 1 => {
            parts.remove(at % parts.len());
        }
        (_, Type::Struct(it) | Type::Recursive { fields: it, .. }) => change_struct(it, what),
        (_, Type::Tagged { variants, .. }) => change_struct(&mut variants[0].1, what),
        _ => {}
    }
}

fn change_struct(of: &mut Struct, what: &What) {
    let count = of.fields.len();
    match what {
        What::AddField(field) if of.fields.iter().all(|it| it.name != field.name) => {
            of.fields.push(field.clone());
        }
        What::RemoveField(at) if count > 0 => drop(of.fields.remove(at % count)),
        What::Default(at) if count > 0 => {
            let field = &mut of.fields[at % count];
            field.default = !field.default;
        }
        What::Skip(at) if count > 0 => {
            let field = &mut of.fields[at % count];
            field.skipped = !field.skipped;
        }
        What::Deny if of.others.is_none() => of.denies = !of.denies,
        _ => {}
    }
}
