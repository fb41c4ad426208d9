//! Values that are written out: each is looked up on its own.

use serde_json::Value;

use super::{
    Mismatch,
    walk::{Walk, mismatch},
};
use crate::{
    rules::{self, Hit},
    schema::{Alternative, Id, Number, Numbers, Strings, allows, describe, pattern, sample},
};

impl Walk<'_> {
    /// Values that are written out, each looked up on its own. `None` when they are not.
    pub(super) fn literals(
        &self,
        writes: &Alternative,
        like: &[&Alternative],
        reader: Id,
    ) -> Option<Vec<Mismatch>> {
        let values: Vec<Alternative> = match writes {
            Alternative::String(strings) => {
                strings.values.as_ref()?.iter().map(|it| one_string(it)).collect()
            }
            Alternative::Number(Numbers { values: Some(values), .. }) => {
                let one =
                    |it| Numbers { whole: true, values: Some(vec![it]), ..Numbers::default() };
                values
                    .iter()
                    .map(|it| Alternative::Number(Numbers { whole: it.is_whole(), ..one(*it) }))
                    .collect()
            }
            Alternative::Bool(None)
                if like.iter().any(|it| matches!(it, Alternative::Bool(Some(_)))) =>
            {
                [false, true].map(|it| Alternative::Bool(Some(it))).into()
            }
            Alternative::Bool(_) | Alternative::Null => vec![writes.clone()],
            _ => return None,
        };
        let read = |it: &Alternative| like.iter().any(|reads| is_read(it, reads));
        let refused = values.into_iter().filter(|it| !read(it));
        Some(refused.map(|it| self.whole(&rules::schema::literal::RULE, &it, reader)).collect())
    }
}

fn one_string(value: &str) -> Alternative {
    Alternative::String(Strings { values: Some([value.to_owned()].into()), ..Strings::default() })
}

/// Whether one literal is surely read.
fn is_read(literal: &Alternative, reads: &Alternative) -> bool {
    match (literal, reads) {
        (Alternative::Null, Alternative::Null) => true,
        (Alternative::Bool(it), Alternative::Bool(reads)) => reads.is_none() || it == reads,
        (Alternative::String(it), Alternative::String(reads)) => {
            let mut values = it.values.iter().flatten();
            values.all(|it| pattern::string(reads, it) == Some(true))
        }
        (Alternative::Number(it), Alternative::Number(reads)) => {
            it.values.iter().flatten().all(|it| allows(reads, *it))
        }
        _ => false,
    }
}

/// A string that is none of the reader's, when the reader has a list and the writer has not.
pub(super) fn beyond_strings(writes: &Strings, reads: &Strings) -> Option<Mismatch> {
    let values = reads.values.as_ref()?;
    let mut others = ["text", "other", "a", ""].map(str::to_owned).into_iter();
    let other =
        others.find(|it| !values.contains(it) && pattern::string(writes, it) != Some(false));
    let sample =
        || sample::string(writes).filter(|it| it.as_str().is_some_and(|it| !values.contains(it)));
    let hit = Hit {
        field: None,
        writes: describe::strings(writes),
        reads: describe::strings(reads),
        value: other.map(Value::String).or_else(sample),
    };
    Some(mismatch(&rules::schema::literal::RULE, hit))
}

/// A string that the reader takes all but, when the writer may write it.
pub(super) fn excluded_strings(writes: &Strings, reads: &Strings) -> Option<Mismatch> {
    let written = |it: &&String| pattern::string(writes, it) != Some(false);
    let excluded = reads.but.iter().find(written)?;
    let hit = Hit {
        field: None,
        writes: describe::strings(writes),
        reads: describe::strings(reads),
        value: Some(Value::String(excluded.clone())),
    };
    Some(mismatch(&rules::schema::literal::RULE, hit))
}

/// A number that is none of the reader's, when the reader has a list and the writer has not.
pub(super) fn beyond_numbers(writes: &Numbers, reads: &Numbers) -> Option<Mismatch> {
    let values = reads.values.as_ref()?;
    let candidates = sample::candidates(writes).into_iter();
    let mut candidates = candidates.chain((2..100).map(|it: i128| it.into()));
    let other = candidates.find(|it| !values.contains(it) && allows(writes, *it));
    let hit = Hit {
        field: None,
        writes: describe::numbers(writes),
        reads: describe::numbers(reads),
        value: other.and_then(Number::to_json).map(Value::Number),
    };
    Some(mismatch(&rules::schema::literal::RULE, hit))
}
