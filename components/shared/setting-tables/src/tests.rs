// SPDX-License-Identifier: Apache-2.0
//! A table held to what serde derives for the same struct.

use std::fmt::Debug;

use serde::Deserialize;

use crate::Table;

#[derive(Debug)]
struct Caller {
    name: String,
    longest_wait: u32,
    note: Option<String>,
    id: u8,
}

crate::table! {
    Caller: Caller { name: String::new(), longest_wait: 30, note: None, id: 0 };
    name required, longest_wait, note, id required
}

mod derived {
    use super::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    pub(super) struct Caller {
        #[expect(dead_code, reason = "printed")]
        name: String,
        #[expect(dead_code, reason = "printed")]
        #[serde(default = "half")]
        longest_wait: u32,
        #[expect(dead_code, reason = "printed")]
        note: Option<String>,
        #[expect(dead_code, reason = "printed")]
        id: u8,
    }

    fn half() -> u32 {
        30
    }
}

/// What is read of a text, or why nothing is.
fn told<'de, T: Debug + Deserialize<'de>>(text: &'de str) -> String {
    match serde_json::from_str::<T>(text) {
        Ok(table) => format!("{table:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_read_and_what_is_refused_is_as_derived() {
    for text in [
        r#"{"name": "a", "id": 1}"#,
        r#"{"id": 1, "note": "b", "longest-wait": 2, "name": "a"}"#,
        r#"{"name": "a", "id": 1, "note": null}"#,
        r#"{"id": 1}"#,
        r#"{"name": "a"}"#,
        "{}",
        r#"{"name": "a", "id": 1, "longest_wait": 2}"#,
        r#"{"name": "a", "id": 1, "unknown": 2}"#,
        r#"{"name": "a", "id": 1, "name": "b"}"#,
        r#"{"id": 300}"#,
        r#"{"longest-wait": null}"#,
        r#"{"name": 1, "unknown": 2}"#,
        "1",
        "null",
        r#""a""#,
        r#"{"name": "a""#,
    ] {
        assert_eq!(
            told::<Caller>(text),
            told::<derived::Caller>(text),
            "{text}"
        );
    }
}

#[test]
fn an_array_is_no_table() {
    let text = r#"["a", 1, null, 2]"#;
    assert!(told::<derived::Caller>(text).starts_with("Caller {"));
    let refused = told::<Caller>(text);
    assert!(
        refused.starts_with("invalid type: sequence, expected struct Caller"),
        "{refused}"
    );
}

#[test]
fn names_of_members_are_those_of_the_fields_with_hyphens() {
    assert_eq!(Caller::MEMBERS, ["name", "longest-wait", "note", "id"]);
}
