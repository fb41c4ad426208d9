//! A schema in a few words: `integer from 0 to 255`, `"a" or "b"`, `list of Line`.

use super::{
    number::Number,
    shape::{Alternative, Arrays, Id, Numbers, Objects, Rest, Strings},
    shapes::Shapes,
};

/// How many literals are named before the rest is counted.
const NAMED: usize = 6;

impl Shapes {
    /// What a schema allows, in a few words and on one line.
    pub fn describe(&self, id: Id) -> String {
        self.in_words(id, 2)
    }

    fn in_words(&self, id: Id, levels: u32) -> String {
        let shape = self.shape(id);
        if let Some(name) = &shape.name
            && shape.alternatives.iter().any(|it| matches!(it, Alternative::Object(_)))
        {
            return name.clone();
        }
        if shape.alternatives.len() == 6 {
            return "anything".to_owned();
        }
        let parts: Vec<String> =
            shape.alternatives.iter().map(|it| self.one_of(it, levels)).collect();
        match parts.as_slice() {
            [] => "nothing".to_owned(),
            [one] => one.clone(),
            several => several.join(" or "),
        }
    }

    /// One alternative, in a few words.
    pub(crate) fn one_of(&self, alternative: &Alternative, levels: u32) -> String {
        match alternative {
            Alternative::Null => "null".to_owned(),
            Alternative::Bool(None) => "boolean".to_owned(),
            Alternative::Bool(Some(it)) => it.to_string(),
            Alternative::Number(it) => numbers(it),
            Alternative::String(it) => strings(it),
            Alternative::Array(it) => self.arrays(it, levels),
            Alternative::Object(it) => self.objects(it, levels),
        }
    }

    fn arrays(&self, arrays: &Arrays, levels: u32) -> String {
        let Some(levels) = levels.checked_sub(1) else { return "list".to_owned() };
        if !arrays.first.is_empty() {
            let places = arrays.first.iter().map(|it| self.in_words(*it, levels));
            return format!("({})", places.collect::<Vec<_>>().join(", "));
        }
        let of = arrays.rest.map(|it| format!(" of {}", self.in_words(it, levels)));
        let length = match (arrays.least, arrays.most) {
            (0, None) => String::new(),
            (least, None) => format!(", at least {least}"),
            (0, Some(most)) => format!(", at most {most}"),
            (least, Some(most)) if least == most => format!(", exactly {least}"),
            (least, Some(most)) => format!(", {least} to {most}"),
        };
        let set = if arrays.unique { "set" } else { "list" };
        format!("{set}{}{length}", of.unwrap_or_default())
    }

    fn objects(&self, objects: &Objects, levels: u32) -> String {
        let Some(levels) = levels.checked_sub(1) else { return "object".to_owned() };
        if objects.fields.is_empty() {
            let values = match objects.rest {
                Rest::Each(id) => Some(id),
                _ => objects.patterns.values().next().copied(),
            };
            return match values {
                Some(id) => format!("map of {}", self.in_words(id, levels)),
                None => "object".to_owned(),
            };
        }
        let fields = objects.fields.iter().take(NAMED).map(|(name, field)| {
            let optional = if field.required { "" } else { "?" };
            let holds = self.shape(field.shape);
            match holds.alternatives.as_slice() {
                [Alternative::String(it)] if it.values.as_ref().is_some_and(|it| it.len() == 1) => {
                    format!("{name}{optional}: {}", strings(it))
                }
                _ => format!("{name}{optional}"),
            }
        });
        let fields: Vec<String> = fields.collect();
        let more = if objects.fields.len() > NAMED { ", …" } else { "" };
        format!("{{{}{more}}}", fields.join(", "))
    }
}

/// Numbers, in a few words.
pub(crate) fn numbers(numbers: &Numbers) -> String {
    if let Some(values) = &numbers.values {
        return few(values.iter().map(ToString::to_string));
    }
    let mut text = if numbers.whole { "integer" } else { "number" }.to_owned();
    if let Some(size) = size(numbers) {
        return size.to_owned();
    }
    if let Some(least) = numbers.least {
        text += &format!(" {} {}", if least.open { "above" } else { "from" }, least.at);
    }
    if let Some(most) = numbers.most {
        text += &format!(" {} {}", if most.open { "below" } else { "to" }, most.at);
    }
    for step in &numbers.steps {
        text += &format!(", a multiple of {step}");
    }
    text
}

/// The name of the range that integers of a size have.
fn size(numbers: &Numbers) -> Option<&'static str> {
    let (least, most) = (numbers.least?, numbers.most?);
    let (Number::Whole(least), Number::Whole(most)) = (least.at, most.at) else { return None };
    if !numbers.whole || !numbers.steps.is_empty() {
        return None;
    }
    let sizes: [(i128, i128, &str); 8] = [
        (i8::MIN.into(), i8::MAX.into(), "int8"),
        (i16::MIN.into(), i16::MAX.into(), "int16"),
        (i32::MIN.into(), i32::MAX.into(), "int32"),
        (i64::MIN.into(), i64::MAX.into(), "int64"),
        (0, u8::MAX.into(), "uint8"),
        (0, u16::MAX.into(), "uint16"),
        (0, u32::MAX.into(), "uint32"),
        (0, u64::MAX.into(), "uint64"),
    ];
    sizes.into_iter().find(|it| (it.0, it.1) == (least, most)).map(|it| it.2)
}

/// Strings, in a few words.
pub(crate) fn strings(strings: &Strings) -> String {
    if let Some(values) = &strings.values {
        return few(values.iter().map(|it| format!("{it:?}")));
    }
    let mut text = "string".to_owned();
    for format in &strings.formats {
        text += &format!(" ({format})");
    }
    match (strings.least, strings.most) {
        (0, None) => {}
        (least, None) => text += &format!(" of at least {least}"),
        (0, Some(most)) => text += &format!(" of at most {most}"),
        (least, Some(most)) => text += &format!(" of {least} to {most}"),
    }
    for pattern in &strings.patterns {
        text += &format!(" like /{pattern}/");
    }
    if !strings.but.is_empty() {
        text += &format!(" other than {}", few(strings.but.iter().map(|it| format!("{it:?}"))));
    }
    text
}

fn few(values: impl ExactSizeIterator<Item = String>) -> String {
    let count = values.len();
    let mut named: Vec<String> = values.take(NAMED).collect();
    if count > NAMED {
        named.push(format!("{} more", count - NAMED));
    }
    named.join(" or ")
}
