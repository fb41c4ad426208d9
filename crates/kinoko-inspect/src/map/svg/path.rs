//! Lines as the paths of an SVG, and the lengths in it.

/// Through some points: level within columns, a soft bend between them.
pub(super) fn path(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    let mut last: Option<(f64, f64)> = None;
    for (at, (x, y)) in points.iter().enumerate() {
        let goes_on = points.get(at + 1).is_some_and(|(_, next)| next == y);
        match last {
            // A level stretch is one, however many columns it passes.
            Some((_, before)) if before == *y && goes_on => continue,
            Some((_, before)) if before == *y => push(&mut path, " H", &[*x]),
            None => push(&mut path, "M", &[*x, *y]),
            Some((from, before)) => {
                let middle = from.midpoint(*x);
                push(&mut path, " C", &[middle, before, middle, *y, *x, *y]);
            }
        }
        last = Some((*x, *y));
    }
    path
}

/// A command of a path, and the lengths it takes.
fn push(path: &mut String, command: &str, lengths: &[f64]) {
    path.push_str(command);
    for (at, length) in lengths.iter().enumerate() {
        path.push_str(if at == 0 { "" } else { " " });
        Tenths(*length).push(path);
    }
}

/// A length to a tenth of a pixel, which is less than anybody sees.
pub(super) struct Tenths(pub(super) f64);

impl Tenths {
    /// Writes it. A map has thousands of them, and `fmt` takes most of the time it is drawn in.
    fn push(&self, text: &mut String) {
        #[expect(clippy::cast_possible_truncation, reason = "no picture is that large")]
        let tenths = (self.0 * 10.0).round() as i64;
        let (mut digits, part) = (tenths.unsigned_abs() / 10, tenths.unsigned_abs() % 10);
        let mut backwards = [0; 20];
        let mut length = 0;
        while digits > 0 || length == 0 {
            backwards[length] = b'0' + (digits % 10) as u8;
            digits /= 10;
            length += 1;
        }
        text.push_str(if tenths < 0 { "-" } else { "" });
        text.extend(backwards[..length].iter().rev().map(|it| char::from(*it)));
        if part > 0 {
            text.push('.');
            text.push(char::from_digit(part as u32, 10).unwrap_or('0'));
        }
    }
}

impl std::fmt::Display for Tenths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        self.push(&mut text);
        f.write_str(&text)
    }
}
