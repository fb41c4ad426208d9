//! What Nameko's own tests say of its configuration files, and what a hostile text may not do.

use serde_json::json;

use super::*;

fn environment() -> BTreeMap<String, String> {
    let variables = [
        ("FOO", "foo"),
        ("INT", "1"),
        ("TRUTH", "true"),
        ("LIST", "[1,2,3]"),
        ("BLOCK", "- 1\n- 2"),
        ("SLY", "${FOO}"),
        ("INJECT", "x\nadmin: true"),
        ("TAGGED", "!env_var ${FOO}"),
        ("MAP", "{a: 1}"),
    ];
    variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

fn read(text: &str) -> Result<Value, String> {
    parse(text, &Place::File("c.yaml".into()), Some(&environment()))
        .map(|it| it.to_json())
        .map_err(|error| format!("{}: {}", error.line, error.message))
}

#[test]
fn a_file_is_read_as_nameko_reads_it() {
    #[track_caller]
    fn check(text: &str, want: Value) {
        assert_eq!(read(text).unwrap(), want, "{text}");
    }
    check("", json!(null));
    check("# nothing\n", json!(null));
    check("a: 1\nb: [x, 'y', {z: ~}]\n", json!({"a": 1, "b": ["x", "y", {"z": null}]}));
    check(
        "a:\n  - |\n    two\n    lines\n  - >-\n    one\n    line",
        json!({"a": ["two\nlines\n", "one line"]}),
    );
    check("yes: on\n1: x\n1.10: y", json!({"yes": true, "1": "x", "1.10": "y"}));

    check("a: ${FOO}", json!({"a": "foo"}));
    check("a: ${FOO:bar}", json!({"a": "foo"}));
    check("a: ${NONE:bar}", json!({"a": "bar"}));
    check("a: ${NONE}", json!({"a": null}));
    check("a: ${NONE:}", json!({"a": null}));
    check("a: ${INT}", json!({"a": 1}));
    check("a: ${NONE:1.5}", json!({"a": 1.5}));
    check("a: ${TRUTH}", json!({"a": true}));
    check("a: ${LIST}", json!({"a": [1, 2, 3]}));
    check("a: ${BLOCK}", json!({"a": [1, 2]}));
    check("a: ${MAP}", json!({"a": {"a": 1}}));
    check("a: ${NONE:[1,2]}", json!({"a": [1, 2]}));
    check("a: http://${FOO}:${INT}/", json!({"a": "http://foo:1/"}));
    check("a: ${NONE:x${FOO}}", json!({"a": "xfoo"}));
    check("a: $FOO", json!({"a": "$FOO"}));
    check("- ${INT}\n- x", json!([1, "x"]));
    check("${FOO}: 1", json!({"foo": 1}));

    check("a: '${FOO}'", json!({"a": "${FOO}"}));
    check("a: \"${FOO}\"", json!({"a": "${FOO}"}));
    check("a: |-\n  ${FOO}", json!({"a": "${FOO}"}));
    check("a: !env_var '${INT}'", json!({"a": 1}));
    check("a: !env_var \"${LIST}\"", json!({"a": [1, 2, 3]}));
    check("a: !env_var '1'", json!({"a": "1"}));
    check("a: !env_var \"'${INT}'\"", json!({"a": "1"}));
    check("a: !raw_env_var '${INT}'", json!({"a": "1"}));
    check("a: !raw_env_var ${NONE:123.0}", json!({"a": "123.0"}));
    check("a: !raw_env_var ${NONE}", json!({"a": ""}));
    check("a: ${NONE:\"1\"}", json!({"a": "1"}));
    check("a: !!str ${FOO}", json!({"a": "${FOO}"}));
    check("a: !!str 1\nb: !!float 1\nc: ! 1", json!({"a": "1", "b": 1.0, "c": "1"}));

    check("a: ${SLY}", json!({"a": "${FOO}"}));
    check(
        "a: &x {k: 1}\nb: *x\nc: {<<: *x, k: 2}",
        json!({"a": {"k": 1}, "b": {"k": 1}, "c": {"k": 2}}),
    );
    check("a: &x {k: 1}\nb: {<<: [*x, {l: 2}]}", json!({"a": {"k": 1}, "b": {"k": 1, "l": 2}}));
}

#[test]
fn what_is_no_configuration_is_refused_on_its_line() {
    #[track_caller]
    fn check(text: &str, want: &str) {
        let error = read(text).unwrap_err();
        assert!(error.starts_with(want), "{text}: {error}");
    }
    check("a: 1\na: 2", "2: key `a` stands here for the second time");
    check("a: 1\n---\nb: 2", "2: a second document begins");
    check("a: !python/object 1", "1: an unknown tag");
    check("\na: !!int x", "2: the tag does not fit");
    check("a: &x [*x]", "1: an alias stands inside its own value");
    check("a: *none", "1: ");
    check("{a: 1, [b]: 2}", "1: a key has to be text");
    check(": x", "1: a key has to be text");
    check("a: {<<: 1}", "1: `<<` takes a map");
    check("a: [1", "1: ");
    check("\n\na: ${INJECT}", "3: once its `${…}` are replaced the value is not YAML");
    check("a: ${TAGGED}", "1: once its `${…}` are replaced the value is not YAML (an unknown tag");
    check(&("[".repeat(66) + &"]".repeat(66)), "1: nested deeper than 64");
    check(&format!("a: {}", "x".repeat(MAX_TEXT)), "1: too long");
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let last = level - 1;
        bomb += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{last}"); 10].join(", "));
    }
    check(&bomb, "5: more than 100000 values");
}

#[test]
fn no_text_makes_the_reader_panic() {
    let texts = [
        "a: ${X",
        "- ? - : x",
        "\u{feff}a: 1",
        "%YAML 3.0\n---\na",
        "&a &b c",
        "? \n: ",
        "\0",
        "}{",
        "*",
        "!",
    ];
    for text in texts {
        let _ = read(text);
    }
}

#[test]
fn values_know_their_line() {
    let root = parse("a: 1\nb:\n  c:\n    - x\n", &Place::File("c.yaml".into()), None).unwrap();
    let entries = root.entries().unwrap();
    assert_eq!(entries["a"].source.to_string(), "c.yaml:1");
    assert_eq!(entries["b"].entries().unwrap()["c"].source.to_string(), "c.yaml:4");
}

#[test]
fn a_value_given_by_itself_is_never_refused() {
    #[track_caller]
    fn check(text: &str, want: Value) {
        assert_eq!(parse_value(text, Source::Code).to_json(), want, "{text}");
    }
    check("3", json!(3));
    check("", json!(null));
    check("[1, a]", json!([1, "a"]));
    check("{a: 1}", json!({"a": 1}));
    check("*token", json!("*token"));
    check("[1", json!("[1"));
    check("@x%y", json!("@x%y"));
    check("${FOO}", json!("${FOO}"));
    check("amqp://u:p@h:1/v", json!("amqp://u:p@h:1/v"));
}
