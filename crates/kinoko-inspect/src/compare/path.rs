//! [`Path`]: where in a value something is.

use std::fmt;

/// A place in a value: `lines[].quantity`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Path(pub Vec<Step>);

/// One step further in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into a field of an object: `.name`.
    Field(String),
    /// Into each element of a list: `[]`.
    Item,
    /// Into one place of a tuple, from 0: `[2]`.
    Place(usize),
    /// Into each value of a map: `{}`.
    Entry,
    /// Into one variant of an enum, by what tells it apart: `<paid>`.
    Variant(String),
}

impl Path {
    /// The same place, seen from one step further out.
    #[must_use]
    pub fn within(mut self, step: Step) -> Path {
        self.0.insert(0, step);
        self
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if at == 0 => f.write_str(name)?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Item => f.write_str("[]")?,
                Step::Place(place) => write!(f, "[{place}]")?,
                Step::Entry => f.write_str("{}")?,
                Step::Variant(name) => write!(f, "<{name}>")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Path, Step};

    #[test]
    fn reads_like_code() {
        let path = Path(vec![
            Step::Field("lines".to_owned()),
            Step::Item,
            Step::Variant("gift".to_owned()),
            Step::Field("to".to_owned()),
            Step::Entry,
            Step::Place(1),
        ]);
        assert_eq!(path.to_string(), "lines[]<gift>.to{}[1]");
        assert_eq!(Path::default().to_string(), "");
    }
}
