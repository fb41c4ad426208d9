//! What names, paths and intervals may look like. Each check says what to write instead.

/// The methods of HTTP that a route can have.
pub(crate) const HTTP_METHODS: [&str; 7] =
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// A name that addresses a service or an event. It becomes part of a routing key.
pub(crate) fn wire_name(name: &str) -> Result<(), String> {
    wire_pattern(name)?;
    if let Some(found) = name.chars().find(|it| matches!(it, '*' | '#')) {
        return Err(format!(
            "the name has `{found}` in it, which a broker takes for a wildcard: leave it out"
        ));
    }
    Ok(())
}

/// The type of the events a handler wants: a name, in which `*` and `#` may stand for words.
pub(crate) fn wire_pattern(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("the name is empty: give one, such as `orders`".to_owned());
    }
    if let Some(found) = name.chars().find(|it| it.is_whitespace() || it.is_control()) {
        return Err(format!(
            "the name has {found:?} in it: use letters, digits, `_`, `-` and `.`, such as `{}`",
            name.split(|it: char| it.is_whitespace() || it.is_control())
                .filter(|it| !it.is_empty())
                .collect::<Vec<_>>()
                .join("_")
        ));
    }
    Ok(())
}

/// How often a timer fires: a whole number and its unit.
pub(crate) fn interval(text: &str) -> Result<(), String> {
    const UNITS: [&str; 5] = ["ms", "s", "m", "h", "d"];
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    if number.is_empty() || !UNITS.contains(&unit) {
        return Err(format!(
            "`{text}` is not an interval: write a whole number and a unit (`ms`, `s`, `m`, `h` or \
             `d`), such as `30s`"
        ));
    }
    match number.parse::<u32>() {
        Ok(0) => Err("a timer cannot fire every nothing: give at least `1ms`".to_owned()),
        Ok(_) => Ok(()),
        Err(_) => Err(format!("`{text}` is too long: use a larger unit")),
    }
}

/// A method of HTTP, in capitals.
pub(crate) fn http_method(name: &str) -> Result<(), String> {
    if HTTP_METHODS.contains(&name) {
        return Ok(());
    }
    let all = HTTP_METHODS.join(", ");
    Err(match near(&name.to_uppercase(), &HTTP_METHODS) {
        Some(near) => format!("no such method `{name}`: did you mean `{near}`? There are {all}"),
        None => format!("no such method `{name}`: there are {all}"),
    })
}

/// The path of a route, in axum's syntax.
pub(crate) fn http_path(path: &str) -> Result<(), String> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err(format!("a path starts with `/`: write `/{path}`"));
    };
    let segments: Vec<&str> = rest.split('/').collect();
    let mut names = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        if let Some(name) = segment.strip_prefix(':') {
            return Err(format!("a parameter is written in braces: write `{{{name}}}`"));
        }
        if let Some(name) = segment.strip_prefix('*') {
            return Err(format!("the rest of a path is written in braces: write `{{*{name}}}`"));
        }
        // Nameko's way: `<id>`, `<int:id>`.
        if let Some(name) = segment.strip_prefix('<').and_then(|it| it.strip_suffix('>')) {
            let name = name.rsplit(':').next().unwrap_or(name);
            return Err(format!("a parameter is written in braces: write `{{{name}}}`"));
        }
        for name in parameters(segment)? {
            let (name, is_rest) = match name.strip_prefix('*') {
                Some(name) => (name, true),
                None => (name, false),
            };
            if name.is_empty() {
                return Err("a parameter needs a name: write `{id}` or `{*rest}`".to_owned());
            }
            if is_rest && index + 1 != segments.len() {
                return Err(format!("`{{*{name}}}` takes the rest of the path: put it last"));
            }
            if names.contains(&name) {
                return Err(format!("`{{{name}}}` is there twice: rename one of them"));
            }
            names.push(name);
        }
    }
    Ok(())
}

/// What stands in braces in a segment. A doubled brace is one that is meant.
fn parameters(segment: &str) -> Result<Vec<&str>, String> {
    let unbalanced = || {
        format!(
            "the braces in `{segment}` do not match: a parameter is `{{id}}`, a brace is `{{{{`"
        )
    };
    let mut found = Vec::new();
    let mut rest = segment;
    while let Some(at) = rest.find(['{', '}']) {
        let brace = &rest[at..];
        if brace.starts_with("{{") || brace.starts_with("}}") {
            rest = &brace[2..];
            continue;
        }
        let inner = brace.strip_prefix('{').ok_or_else(unbalanced)?;
        let end = inner.find(['{', '}']).ok_or_else(unbalanced)?;
        if !inner[end..].starts_with('}') {
            return Err(unbalanced());
        }
        found.push(&inner[..end]);
        rest = &inner[end + 1..];
    }
    Ok(found)
}

/// The word of `known` that was likely meant.
pub(crate) fn near<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let distance = |it: &&&str| strsim::damerau_levenshtein(word, it);
    known.iter().min_by_key(distance).filter(|it| distance(it) <= it.len() / 3 + 1).copied()
}

#[cfg(test)]
mod tests {
    use super::{http_method, http_path, interval, wire_name};

    fn check(found: Result<(), String>, expected: &str) {
        match (found, expected) {
            (Ok(()), "") => {}
            (Ok(()), expected) => panic!("taken for good, should say {expected:?}"),
            (Err(text), "") => panic!("should be good: {text}"),
            (Err(text), expected) => assert!(text.contains(expected), "{text:?}"),
        }
    }

    #[test]
    fn wire_names() {
        check(wire_name("orders"), "");
        check(wire_name("shop.orders-v2"), "");
        check(wire_name(""), "is empty");
        check(wire_name("my orders"), "such as `my_orders`");
        check(wire_name("orders\n"), "'\\n'");
        check(wire_name("orders.*"), "wildcard");
        check(wire_name("#"), "wildcard");
    }

    #[test]
    fn intervals() {
        for good in ["1ms", "30s", "5m", "12h", "1d"] {
            check(interval(good), "");
        }
        for bad in ["", "30", "s", "30 s", "1.5s", "-1s", "30sec", "1h30m"] {
            check(interval(bad), "(`ms`, `s`, `m`, `h` or `d`)");
        }
        check(interval("0s"), "every nothing");
        check(interval("99999999999ms"), "larger unit");
    }

    #[test]
    fn http_methods() {
        check(http_method("GET"), "");
        check(http_method("get"), "did you mean `GET`?");
        check(http_method("PSOT"), "did you mean `POST`?");
        check(http_method("SUBSCRIBE"), "no such method `SUBSCRIBE`: there are GET");
    }

    #[test]
    fn http_paths() {
        for good in ["/", "/a/b", "/orders/{id}", "/files/{*rest}", "/a/{{x}}", "/{a}/b/{c}/"] {
            check(http_path(good), "");
        }
        check(http_path("orders"), "write `/orders`");
        check(http_path("/orders/:id"), "write `{id}`");
        check(http_path("/files/*rest"), "write `{*rest}`");
        check(http_path("/orders/{id"), "do not match");
        check(http_path("/orders/id}"), "do not match");
        check(http_path("/orders/{a{b}}"), "do not match");
        check(http_path("/orders/{}"), "needs a name");
        check(http_path("/{*rest}/x"), "put it last");
        check(http_path("/{id}/x/{id}"), "twice");
    }
}
