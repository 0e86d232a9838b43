// SPDX-License-Identifier: Apache-2.0
//! What is read, and how what cannot be read is told.

use super::*;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Outer {
    inner: Inner,
    #[serde(default)]
    list: Vec<u8>,
    #[serde(default)]
    version: Option<Version>,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
enum Version {
    #[serde(rename = "1.1")]
    V11,
    #[serde(rename = "1.2")]
    V12,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Inner {
    name: String,
}

fn refused(json: &str) -> (String, String) {
    let problem = parameters::<Outer>(json).unwrap_err();
    (problem.code, problem.path)
}

#[test]
fn says_what_is_wrong_and_where() {
    let expected = |code: &str, path: &str| (code.to_owned(), path.to_owned());
    assert_eq!(
        refused(r#"{"inner": {}}"#),
        expected("parameter.missing", "/inner")
    );
    assert_eq!(
        refused(r#"{"inner": {"name": 1}}"#),
        expected("parameter.invalid", "/inner/name")
    );
    assert_eq!(
        refused(r#"{"inner": {"name": "a"}, "list": [1, 300]}"#),
        expected("parameter.invalid", "/list/1")
    );
    assert_eq!(
        refused(r#"{"inner": {"name": "a", "nam": 1}}"#),
        expected("parameter.unknown", "/inner/nam")
    );
    assert_eq!(
        refused("{\"inner\":\n  oops}"),
        expected("parameters.not-json", "2:3")
    );
    assert_eq!(
        refused(r#"{"inner": {"name": "a"}} x"#).0,
        "parameters.not-json"
    );
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Everywhere {
    list: Vec<Inner>,
    map: std::collections::BTreeMap<String, Inner>,
    option: Option<Inner>,
    wrapped: Option<Wrapped>,
    choice: Option<Choice>,
    pair: Option<(Inner, u8)>,
}

#[derive(Debug, Deserialize)]
struct Wrapped(Inner);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
enum Choice {
    Plain,
    Held(Inner),
    Spelt { name: String },
    Pair(String, Inner),
}

#[test]
fn an_array_is_no_object_on_any_level() {
    for (json, path) in [
        (r#"["a"]"#, ""),
        ("[]", ""),
        (r#"{"list": [["a"]]}"#, "/list/0"),
        (r#"{"list": [{"name": "a"}, ["a"]]}"#, "/list/1"),
        (r#"{"map": {"x": ["a"]}}"#, "/map/x"),
        (r#"{"option": ["a"]}"#, "/option"),
        (r#"{"wrapped": ["a"]}"#, "/wrapped"),
        (r#"{"choice": {"held": ["a"]}}"#, "/choice"),
        (r#"{"choice": {"spelt": ["a"]}}"#, "/choice"),
        (r#"{"choice": {"pair": ["a", ["b"]]}}"#, "/choice/1"),
        (r#"{"pair": [["a"], 1]}"#, "/pair/0"),
    ] {
        let problem = parameters::<Everywhere>(json).unwrap_err();
        assert_eq!(
            (problem.code.as_str(), problem.path.as_str()),
            ("parameter.invalid", path),
            "{json}"
        );
        assert!(
            problem
                .message
                .starts_with("invalid type: sequence, expected "),
            "{json}: {}",
            problem.message
        );
    }
}

#[test]
fn objects_are_read_on_every_level() {
    let json = r#"{
        "list": [{"name": "a"}], "map": {"x": {"name": "b"}}, "option": {"name": "c"},
        "wrapped": {"name": "d"}, "choice": {"spelt": {"name": "e"}}, "pair": [{"name": "f"}, 1]
    }"#;
    let read: Everywhere = parameters(json).unwrap();
    let names: Vec<_> = (read.list.iter())
        .chain(read.map.values())
        .chain(&read.option)
        .chain(read.wrapped.as_ref().map(|wrapped| &wrapped.0))
        .chain(read.pair.as_ref().map(|pair| &pair.0))
        .map(|inner| inner.name.as_str())
        .collect();
    assert_eq!(names, ["a", "b", "c", "d", "f"]);
    assert!(matches!(read.choice, Some(Choice::Spelt { name }) if name == "e"));
    for (json, is_right) in [
        (
            r#"{"choice": "plain"}"#,
            (|choice| matches!(choice, Choice::Plain)) as fn(&Choice) -> bool,
        ),
        (
            r#"{"choice": {"held": {"name": "a"}}}"#,
            |choice| matches!(choice, Choice::Held(inner) if inner.name == "a"),
        ),
        (
            r#"{"choice": {"pair": ["a", {"name": "b"}]}}"#,
            |choice| matches!(choice, Choice::Pair(first, second) if first == "a" && second.name == "b"),
        ),
    ] {
        let read: Everywhere = parameters(json).unwrap();
        assert!(read.choice.as_ref().is_some_and(is_right), "{json}");
    }
    let read: Everywhere = parameters(r#"{"option": null}"#).unwrap();
    assert!(read.option.is_none());
}

#[test]
fn never_repeats_a_value() {
    let message = |json: &str| parameters::<Outer>(json).unwrap_err().message;
    assert_eq!(
        message(r#""131052-900W, expected x""#),
        "invalid type: string, expected an object"
    );
    assert_eq!(
        message(r#"{"inner": {"name": 131052}}"#),
        "invalid type: integer, expected a string"
    );
    assert_eq!(
        message(r#"{"inner": {"name": "a"}, "list": [1, 300]}"#),
        "invalid value: integer, expected a whole number that is not negative"
    );
    assert_eq!(message(r#"{"inner": {}}"#), "missing field `name`; add it");
}

#[test]
fn a_number_where_a_word_belongs_is_no_broken_json() {
    let refused = |value: &str| {
        let json = format!(r#"{{"inner": {{"name": "a"}}, "version": {value}}}"#);
        let problem = parameters::<Outer>(&json).unwrap_err();
        assert_eq!(
            (problem.code.as_str(), problem.path.as_str()),
            ("parameter.invalid", "/version"),
            "{value}"
        );
        problem.message
    };
    for value in ["1.1", "1", "true", "[\"1.1\"]"] {
        assert_eq!(
            refused(value),
            "invalid type, expected a string, \"1.1\" or \"1.2\"; put it in quotes",
            "{value}"
        );
    }
    assert_eq!(
        refused("\"1.3\""),
        "unknown variant, expected `1.1` or `1.2`"
    );
    refused(r#"{"1.1": 1}"#);
    refused("{}");
    // What is broken as well is broken before all else.
    let broken = r#"{"inner": {"name": "a"}, "version": 1.1"#;
    assert_eq!(
        parameters::<Outer>(broken).unwrap_err().code,
        "parameters.not-json"
    );
    let right = parameters::<Outer>(r#"{"inner": {"name": "a"}, "version": "1.1"}"#).unwrap();
    assert_eq!(right.version, Some(Version::V11));
}

#[test]
fn a_mark_before_it_is_none_of_it() {
    let marked = "\u{feff}{\"inner\": {\"name\": \"a\"}}";
    assert_eq!(parameters::<Outer>(marked).unwrap().inner.name, "a");
}

#[test]
fn reads_what_is_right() {
    let outer: Outer = parameters(r#"{"inner": {"name": "a"}, "list": [1]}"#).unwrap();
    assert_eq!(
        (outer.inner.name.as_str(), outer.list.as_slice()),
        ("a", [1].as_slice())
    );
}

#[test]
fn the_schema_forbids_what_reading_refuses() {
    let schema: Value = serde_json::from_str(&schema::<Outer>()).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["required"], serde_json::json!(["inner"]));
    let generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    assert_eq!(schema, generator.into_root_schema_for::<Outer>().to_value());
}
