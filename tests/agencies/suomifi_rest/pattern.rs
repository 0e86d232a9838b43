// SPDX-License-Identifier: Apache-2.0
//! JSON compared with a pattern of JSON: members that a pattern does not name may be anything, lists have as many entries, and texts are as they stand, unless an object
//! says otherwise: `{"$has": [..]}` for parts in this order, `{"$lacks": [..]}` for parts that must not be there, `{"$any": true}`.

use serde_json::Value;

/// What differs, and where.
pub(super) fn differences(found: &Value, pattern: &Value) -> Result<(), String> {
    compare("", found, pattern)
}

fn compare(pointer: &str, found: &Value, pattern: &Value) -> Result<(), String> {
    let differs = || Err(format!("{pointer} is {found}, not {pattern}"));
    match (found, pattern) {
        (_, Value::Object(members)) if members.keys().any(|name| name.starts_with('$')) => {
            special(pointer, found, pattern)
        }
        (Value::Object(found), Value::Object(pattern)) => {
            pattern.iter().try_for_each(|(name, pattern)| {
                let found = found.get(name).unwrap_or(&Value::Null);
                compare(&format!("{pointer}/{name}"), found, pattern)
            })
        }
        (Value::Array(entries), Value::Array(patterns)) if entries.len() == patterns.len() => {
            let mut pairs = entries.iter().zip(patterns).enumerate();
            pairs.try_for_each(|(index, (found, pattern))| {
                compare(&format!("{pointer}/{index}"), found, pattern)
            })
        }
        _ if found == pattern => Ok(()),
        _ => differs(),
    }
}

fn special(pointer: &str, found: &Value, pattern: &Value) -> Result<(), String> {
    let text = found.as_str().map(str::to_owned);
    let text = text.unwrap_or_else(|| found.to_string());
    let parts = |name: &str| {
        let parts = pattern[name].as_array().cloned().unwrap_or_default();
        parts
            .into_iter()
            .map(|part| part.as_str().unwrap().to_owned())
    };
    let mut rest = text.as_str();
    for part in parts("$has") {
        match rest.split_once(&part) {
            Some((_, after)) => rest = after,
            None => return Err(format!("{pointer} has no {part:?} where it should: {text}")),
        }
    }
    match parts("$lacks").find(|part| text.contains(part)) {
        Some(part) => Err(format!("{pointer} has {part:?}: {text}")),
        None => Ok(()),
    }
}

#[test]
fn what_differs_is_noticed() {
    use serde_json::json;
    let found = json!({"a": [1, {"b": "one two"}], "c": null});
    for pattern in [
        json!({}),
        json!({"a": [1, {}]}),
        json!({"a": [1, {"b": {"$has": ["one", "two"], "$lacks": ["three"]}}]}),
        json!({"a": {"$any": true}, "c": null, "d": null}),
    ] {
        assert_eq!(differences(&found, &pattern), Ok(()), "{pattern}");
    }
    for pattern in [
        json!({"a": [1]}),
        json!({"a": [1, {"b": "one"}]}),
        json!({"a": [1, {"b": {"$has": ["two", "one"]}}]}),
        json!({"a": [1, {"b": {"$lacks": ["two"]}}]}),
        json!({"c": 1}),
        json!([]),
    ] {
        assert!(differences(&found, &pattern).is_err(), "{pattern}");
    }
}
