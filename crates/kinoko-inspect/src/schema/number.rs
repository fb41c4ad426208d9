//! [`Number`]: a JSON number, compared exactly.

use std::{cmp::Ordering, fmt};

/// A number of a schema or a value: exact as an integer, or as `f64` has it.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// An integer.
    Whole(i128),
    /// Anything else, never an integer that fits into the other.
    Real(f64),
}

impl Number {
    /// Reads a JSON number.
    pub fn of(number: &serde_json::Number) -> Number {
        if let Some(whole) = number.as_i128() {
            return Number::Whole(whole);
        }
        // What is no f64 has more digits than one; serde_json keeps such only with a feature that is off.
        Number::from(number.as_f64().unwrap_or(f64::INFINITY))
    }

    /// As JSON has it, if JSON can.
    pub fn to_json(self) -> Option<serde_json::Number> {
        match self {
            Number::Whole(it) => serde_json::Number::from_i128(it),
            Number::Real(it) => serde_json::Number::from_f64(it),
        }
    }

    /// Whether it is an integer.
    pub fn is_whole(self) -> bool {
        matches!(self, Number::Whole(_))
    }

    /// The least integer that is not below it, if it is one an `i128` can be.
    pub fn ceil(self) -> Option<i128> {
        match self {
            Number::Whole(it) => Some(it),
            Number::Real(it) => whole(it.ceil()),
        }
    }

    /// The greatest integer that is not above it, if it is one an `i128` can be.
    pub fn floor(self) -> Option<i128> {
        match self {
            Number::Whole(it) => Some(it),
            Number::Real(it) => whole(it.floor()),
        }
    }

    /// As a float, the nearest one.
    pub fn as_f64(self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "the nearest is what is wanted")]
            Number::Whole(it) => it as f64,
            Number::Real(it) => it,
        }
    }

    /// Whether it is a multiple of another.
    pub fn is_multiple_of(self, step: Number) -> bool {
        match (self, step) {
            (_, Number::Whole(0)) => false,
            (Number::Whole(it), Number::Whole(step)) => it % step == 0,
            (it, step) => {
                let times = it.as_f64() / step.as_f64();
                let near = (times - times.round()).abs() < 1e-9;
                near && (times.round() != 0.0 || it.as_f64() == 0.0)
            }
        }
    }
}

/// A float that is an integer, as one.
fn whole(it: f64) -> Option<i128> {
    // Up to here every step is exact, and beyond it no schema means a particular number.
    const FAR: f64 = 1e38;
    #[expect(clippy::cast_possible_truncation, reason = "it is a whole number in range")]
    (it.fract() == 0.0 && it.abs() < FAR).then_some(it as i128)
}

impl From<f64> for Number {
    fn from(it: f64) -> Number {
        whole(it).map_or(Number::Real(it), Number::Whole)
    }
}

impl From<i128> for Number {
    fn from(it: i128) -> Number {
        Number::Whole(it)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        match (self, other) {
            (Number::Whole(a), Number::Whole(b)) => a.cmp(b),
            (Number::Real(a), Number::Real(b)) => a.total_cmp(b),
            (Number::Whole(a), Number::Real(b)) => against(*a, *b),
            (Number::Real(a), Number::Whole(b)) => against(*b, *a).reverse(),
        }
    }
}

/// An integer against a float that is none, or is out of an integer's reach.
fn against(whole_number: i128, real: f64) -> Ordering {
    match whole(real.floor()) {
        // Equal to what lies below a number with a fraction means less than it.
        Some(below) => whole_number.cmp(&below).then(Ordering::Less),
        None if real > 0.0 => Ordering::Less,
        None => Ordering::Greater,
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Whole(it) => write!(f, "{it}"),
            Number::Real(it) => write!(f, "{it}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Number;

    fn number(value: serde_json::Value) -> Number {
        let serde_json::Value::Number(it) = value else { panic!("no number") };
        Number::of(&it)
    }

    #[test]
    fn integers_and_floats_have_one_order() {
        let rising = [
            json!(-1e300),
            json!(i64::MIN),
            json!(-1.5),
            json!(-1),
            json!(0.0),
            json!(0.5),
            json!(9_007_199_254_740_992_u64),
            json!(9_007_199_254_740_993_u64),
            json!(u64::MAX),
            json!(1e300),
        ];
        for (at, low) in rising.iter().enumerate() {
            for (other, high) in rising.iter().enumerate() {
                let order = number(low.clone()).cmp(&number(high.clone()));
                assert_eq!(order, at.cmp(&other), "{low} {high}");
            }
        }
        assert_eq!(number(json!(2.0)), number(json!(2)));
    }

    #[test]
    fn multiples() {
        assert!(number(json!(15)).is_multiple_of(number(json!(5))));
        assert!(!number(json!(16)).is_multiple_of(number(json!(5))));
        assert!(number(json!(0.3)).is_multiple_of(number(json!(0.1))));
        assert!(!number(json!(1)).is_multiple_of(number(json!(0))));
        assert!(!number(json!(1e-10)).is_multiple_of(number(json!(1))));
        assert!(number(json!(0)).is_multiple_of(number(json!(0.1))));
    }
}
