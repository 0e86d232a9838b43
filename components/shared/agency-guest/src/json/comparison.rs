// SPDX-License-Identifier: Apache-2.0
//! The reader held to serde_json with serde_path_to_error, which did this before and is several times the code: one document, with each of its values in the place of each other, and
//! more besides.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, error::Category, json};
use serde_path_to_error::Segment;

use super::{Fault, parameters, without_values};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Document {
    text: String,
    truth: bool,
    small: u8,
    signed: i64,
    float: f64,
    letter: char,
    nothing: (),
    #[serde(default)]
    maybe: Option<u32>,
    list: Vec<u16>,
    pair: (u8, String),
    map: BTreeMap<String, u32>,
    numbers: BTreeMap<i64, String>,
    inner: Inner,
    inners: Vec<Inner>,
    wrapped: Wrapped,
    word: Word,
    choices: Vec<Choice>,
    whatever: Value,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner {
    name: String,
    deeper: Option<Box<Self>>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Wrapped(u8);

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    One,
    Two,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Choice {
    Plain,
    Held(u8),
    Named(Inner),
    Spelt { name: String },
    Both(u8, u8),
}

fn document() -> Value {
    json!({
        "text": "a~/b", "truth": true, "small": 7, "signed": -7, "float": 1.5, "letter": "ä", "nothing": null, "maybe": 3, "list": [1, 2],
        "pair": [1, "a"], "map": {"a/b": 1, "c~": 2}, "numbers": {"12": "a", "-3": "b"}, "inner": {"name": "a", "deeper": {"name": "b"}},
        "inners": [{"name": "a"}, {"name": "b"}], "wrapped": 1, "word": "one",
        "choices": ["plain", {"held": 1}, {"named": {"name": "a"}}, {"spelt": {"name": "a"}}, {"both": [1, 2]}], "whatever": {"a": [1, null, {"b": false}]}
    })
}

/// How a value is told that is of another kind than a word.
const OTHER_KIND: &str = "invalid type, expected a ";

/// How an array is told where a struct is read.
const ARRAY: &str = "invalid type: sequence, expected an object";

/// The documents that differ from one in a single place: a value in the place of it, a member less or more.
fn changed(document: &Value, values: &[Value]) -> Vec<Value> {
    let mut all = values.to_vec();
    match document {
        Value::Array(list) => {
            for (index, element) in list.iter().enumerate() {
                for element in changed(element, values) {
                    let mut list = list.clone();
                    list[index] = element;
                    all.push(list.into());
                }
            }
            all.push([list.clone(), vec![json!("more")]].concat().into());
            all.push(list.iter().skip(1).cloned().collect());
        }
        Value::Object(object) => {
            let with = |name: &str, value: Option<Value>| {
                let mut object: Map<String, Value> = object.clone();
                match value {
                    Some(value) => object.insert(name.to_owned(), value),
                    None => object.remove(name),
                };
                Value::Object(object)
            };
            for (name, member) in object {
                let members = changed(member, values).into_iter();
                all.extend(members.map(|member| with(name, Some(member))));
                all.push(with(name, None));
            }
            for name in ["unknown", "a/~b", "12", "one"] {
                all.push(with(name, Some(json!(1))));
            }
        }
        _ => {}
    }
    all
}

/// Code, path and message, as they were told before; or what was read.
fn before(text: &str) -> Result<Document, (String, String, String)> {
    let mut reader = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize::<_, Document>(&mut reader).map_err(|error| {
        let mut path = String::new();
        for segment in error.path() {
            match segment {
                Segment::Seq { index } => path += &format!("/{index}"),
                Segment::Map { key } => {
                    path += &format!("/{}", key.replace('~', "~0").replace('/', "~1"));
                }
                Segment::Enum { .. } | Segment::Unknown => {}
            }
        }
        let error = error.into_inner();
        let reason = error.to_string();
        let (reason, _) = reason.rsplit_once(" at line ").unwrap_or((&reason, ""));
        // Values that are of another kind than a word were told in other words, which depend on the type.
        if error.classify() != Category::Data {
            return ("parameter.invalid".into(), path, OTHER_KIND.into());
        }
        let code = match reason {
            _ if reason.starts_with("missing field") => "parameter.missing",
            _ if reason.starts_with("unknown field") => "parameter.unknown",
            _ => "parameter.invalid",
        };
        (code.into(), path, without_values(reason))
    })
}

#[test]
fn whatever_stands_in_a_place_is_told_as_before() {
    let document = document();
    let mut values: Vec<Value> = document.as_object().unwrap().values().cloned().collect();
    values.extend([
        json!({}),
        json!([]),
        json!(300),
        json!(-1),
        json!(u64::MAX),
        json!("unknown"),
        json!({"plain": 1}),
    ]);
    let mut refused = 0;
    let documents = changed(&document, &values);
    for document in [vec![document], documents].concat() {
        let text = document.to_string();
        let now = parameters::<Document>(&text);
        match (before(&text), now) {
            (Ok(before), Ok(now)) => assert_eq!(before, now, "{text}"),
            (Err(before), Ok(_)) => panic!("{before:?} is read now: {text}"),
            // What was refused besides then as well, by a layer that is not here: an array as a struct.
            (_, Err(now)) if now.message.starts_with(ARRAY) => {}
            (Ok(_), Err(now)) => panic!("{now:?}: {text}"),
            (Err((code, path, message)), Err(now)) => {
                refused += 1;
                assert!(matches!(now.fault, Fault::Caller));
                assert_eq!((&now.code, &now.path), (&code, &path), "{text}\n{now:?}");
                match message == OTHER_KIND {
                    true => assert!(now.message.starts_with(OTHER_KIND), "{text}\n{now:?}"),
                    false => assert_eq!(now.message, message, "{text}"),
                }
            }
        }
    }
    assert!(refused > 1000, "{refused}");
}

#[test]
fn what_serde_derives_for_repeated_members_stays() {
    for text in [
        r#"{"name": "a", "name": "b"}"#,
        r#"{"deeper": {"name": "a", "name": "b"}, "name": 1}"#,
    ] {
        let mut reader = serde_json::Deserializer::from_str(text);
        let before = serde_path_to_error::deserialize::<_, Inner>(&mut reader).unwrap_err();
        let path = before.path().to_string();
        let now = parameters::<Inner>(text).unwrap_err();
        assert_eq!(now.message, "duplicate field `name`");
        assert!(before.into_inner().to_string().starts_with(&now.message));
        assert_eq!(
            now.path.trim_start_matches('/'),
            path.trim_start_matches('.')
        );
    }
}
