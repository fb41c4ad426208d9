//! What an unquoted YAML scalar means, by the rules Nameko's own files are read with (PyYAML's,
//! which are YAML 1.1's): `yes` is a boolean, `010` is eight, `1e3` is text.
//!
//! Two of PyYAML's rules are left out because nobody means them: `22:30` is text and not a number
//! in base sixty, and a date is text. So are numbers that JSON has no room for, as `.inf`.

use serde_json::Value;

/// The value of an unquoted scalar.
pub(crate) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => {
            return true.into();
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            return false.into();
        }
        _ => {}
    }
    integer(text).or_else(|| float(text)).unwrap_or_else(|| text.into())
}

fn integer(text: &str) -> Option<Value> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x', _, ..] => (16, &digits[2..]),
        [b'0', b'b', _, ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        [b'0'..=b'9', ..] => (10, digits),
        _ => return None,
    };
    let digits = digits.replace('_', "");
    if digits.starts_with(['+', '-']) {
        return None;
    }
    let value = u64::from_str_radix(&digits, radix).ok()?;
    if !negative {
        return Some(value.into());
    }
    0_i64.checked_sub_unsigned(value).map(Value::from)
}

fn float(text: &str) -> Option<Value> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let unsigned = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let (whole, fraction) = unsigned.split_once('.')?;
    let is_digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit() || it == b'_');
    let starts_with_digit = |it: &str| it.starts_with(|it: char| it.is_ascii_digit());
    let well_formed = is_digits(whole)
        && is_digits(fraction)
        && (starts_with_digit(whole)
            || (whole.is_empty()
                && unsigned.len() == mantissa.len()
                && starts_with_digit(fraction)))
        && exponent.is_none_or(|it| {
            it.strip_prefix(['-', '+'])
                .is_some_and(|it| !it.is_empty() && it.bytes().all(|digit| digit.is_ascii_digit()))
        });
    if !well_formed {
        return None;
    }
    let value: f64 = text.replace('_', "").parse().ok()?;
    serde_json::Number::from_f64(value).map(Value::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn as_pyyaml_reads_them() {
        let cases = [
            ("", json!(null)),
            ("~", json!(null)),
            ("Null", json!(null)),
            ("nUll", json!("nUll")),
            ("yes", json!(true)),
            ("NO", json!(false)),
            ("On", json!(true)),
            ("off", json!(false)),
            ("y", json!("y")),
            ("n", json!("n")),
            ("0", json!(0)),
            ("-0", json!(0)),
            ("42", json!(42)),
            ("+42", json!(42)),
            ("-42", json!(-42)),
            ("1_000", json!(1000)),
            ("010", json!(8)),
            ("09", json!("09")),
            ("0x1F", json!(31)),
            ("0b101", json!(5)),
            ("0o17", json!("0o17")),
            ("--1", json!("--1")),
            ("0x-1", json!("0x-1")),
            ("-9223372036854775808", json!(i64::MIN)),
            ("-9223372036854775809", json!("-9223372036854775809")),
            ("18446744073709551615", json!(u64::MAX)),
            ("18446744073709551616", json!("18446744073709551616")),
            ("1.5", json!(1.5)),
            ("-1.5", json!(-1.5)),
            ("1.", json!(1.0)),
            (".5", json!(0.5)),
            ("-.5", json!("-.5")),
            (".", json!(".")),
            ("1.5e+3", json!(1500.0)),
            ("1.5e3", json!("1.5e3")),
            ("1e3", json!("1e3")),
            ("1.10", json!(1.1)),
            ("1.2.3", json!("1.2.3")),
            ("22:30", json!("22:30")),
            ("2026-01-31", json!("2026-01-31")),
            (".inf", json!(".inf")),
            ("1e999", json!("1e999")),
            ("1.0e+999", json!("1.0e+999")),
            ("127.0.0.1:8000", json!("127.0.0.1:8000")),
            ("é", json!("é")),
        ];
        for (text, want) in cases {
            assert_eq!(resolve(text), want, "{text}");
        }
    }
}
