// SPDX-License-Identifier: Apache-2.0
//! Where two values in the contract's form are not the same.

use std::{collections::BTreeSet, fmt};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::xml_place::element_at;

/// Bytes that are shown from where two texts part.
const SHOWN: usize = 60;

/// A place at which two values are not the same.
#[derive(Clone, PartialEq, Eq)]
pub struct Difference {
    /// JSON pointer into the value.
    pub place: String,
    /// The first byte that differs, from 0, where both are bytes or text.
    pub byte: Option<usize>,
    /// The element that this byte is in, where what was recorded is XML.
    pub element: Option<String>,
    /// What was recorded, from there on; empty where there is nothing.
    pub recorded: String,
    /// What there is instead.
    pub found: String,
}

/// Everywhere that `found` is otherwise than what was recorded. Bytes and texts are compared byte by byte, everything else as JSON.
pub fn differences(recorded: &Value, found: &Value) -> Vec<Difference> {
    let mut differences = Vec::new();
    compare("", recorded, found, &mut differences);
    differences
}

fn compare(place: &str, recorded: &Value, found: &Value, differences: &mut Vec<Difference>) {
    if recorded == found {
        return;
    }
    if let (Some(recorded), Some(found)) = (bytes(recorded), bytes(found)) {
        differences.push(bytes_differ(place, &recorded, &found));
        return;
    }
    match (recorded, found) {
        (Value::Object(old), Value::Object(new)) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let token = name.replace('~', "~0").replace('/', "~1");
                let (old, new) = (old.get(name), new.get(name));
                member(&format!("{place}/{token}"), old, new, differences);
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            for index in 0..old.len().max(new.len()) {
                let (old, new) = (old.get(index), new.get(index));
                member(&format!("{place}/{index}"), old, new, differences);
            }
        }
        _ => differences.push(Difference {
            place: place.to_owned(),
            byte: None,
            element: None,
            recorded: cut(&recorded.to_string()),
            found: cut(&found.to_string()),
        }),
    }
}

fn member(
    place: &str,
    recorded: Option<&Value>,
    found: Option<&Value>,
    differences: &mut Vec<Difference>,
) {
    match (recorded, found) {
        (Some(recorded), Some(found)) => compare(place, recorded, found, differences),
        (recorded, found) => {
            let shown =
                |value: Option<&Value>| value.map_or_else(String::new, |it| cut(&it.to_string()));
            differences.push(Difference {
                place: place.to_owned(),
                byte: None,
                element: None,
                recorded: shown(recorded),
                found: shown(found),
            });
        }
    }
}

/// A text, or bytes in their form.
fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.as_bytes().to_vec()),
        Value::Object(members) if members.len() == 1 => {
            match (members.get("text"), members.get("base64")) {
                (Some(Value::String(text)), _) => Some(text.as_bytes().to_vec()),
                (_, Some(Value::String(text))) => STANDARD.decode(text).ok(),
                _ => None,
            }
        }
        _ => None,
    }
}

fn bytes_differ(place: &str, recorded: &[u8], found: &[u8]) -> Difference {
    let same = recorded.iter().zip(found);
    let byte = same.take_while(|(old, new)| old == new).count();
    let shown = |bytes: &[u8]| {
        let rest = bytes.get(byte..).unwrap_or_default();
        let shown = rest.get(..SHOWN).unwrap_or(rest);
        let text = String::from_utf8_lossy(shown).replace(char::is_control, "\u{fffd}");
        match rest.len() > SHOWN {
            true => text + "…",
            false => text,
        }
    };
    Difference {
        place: place.to_owned(),
        byte: Some(byte),
        element: element_at(recorded, byte),
        recorded: shown(recorded),
        found: shown(found),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.place.as_str() {
            "" => "(the whole)",
            place => place,
        })?;
        if let Some(byte) = self.byte {
            write!(f, ", byte {byte}")?;
        }
        if let Some(element) = &self.element {
            write!(f, ", in {element}")?;
        }
        let shown = |text: &str| match text {
            "" => "nothing".to_owned(),
            text => text.to_owned(),
        };
        write!(
            f,
            "\n  recorded  {}\n  now       {}",
            shown(&self.recorded),
            shown(&self.found)
        )
    }
}

/// The place only: what stands there may be about people.
impl fmt::Debug for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Difference")
            .field("place", &self.place)
            .field("byte", &self.byte)
            .field("element", &self.element)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn each_place_is_told_with_its_byte_and_element() {
        let recorded =
            json!({"body": {"text": "<a><b>one</b></a>"}, "n": 1, "gone": null, "list": [1, 2]});
        let found =
            json!({"body": {"text": "<a><b>onE</b></a>"}, "n": 2, "new": true, "list": [1]});
        let told = differences(&recorded, &found);
        let places: Vec<&str> = told.iter().map(|it| it.place.as_str()).collect();
        assert_eq!(places, ["/body", "/gone", "/list/1", "/n", "/new"]);
        assert_eq!(told[0].byte, Some(8));
        assert_eq!(told[0].element.as_deref(), Some("/a[1]/b[1]"));
        assert_eq!(
            (told[0].recorded.as_str(), told[0].found.as_str()),
            ("e</b></a>", "E</b></a>")
        );
        assert_eq!(
            (told[4].recorded.as_str(), told[4].found.as_str()),
            ("", "true")
        );
        let shown = told[0].to_string();
        assert!(
            shown.starts_with("/body, byte 8, in /a[1]/b[1]\n"),
            "{shown}"
        );
        assert!(!format!("{told:?}").contains("E</b>"));
    }

    #[test]
    fn the_same_bytes_in_another_form_are_told_at_their_end() {
        let told = differences(
            &json!({"text": "abc"}),
            &json!({"base64": STANDARD.encode("abcd")}),
        );
        assert_eq!((told.len(), told[0].byte), (1, Some(3)));
        assert_eq!(
            (told[0].recorded.as_str(), told[0].found.as_str()),
            ("", "d")
        );
    }

    proptest! {
        #[test]
        fn nothing_differs_from_itself_and_whatever_differs_is_told(one: Vec<u8>, other: Vec<u8>) {
            let form = |bytes: &[u8]| json!([{"base64": STANDARD.encode(bytes)}]);
            prop_assert!(differences(&form(&one), &form(&one)).is_empty());
            let told = differences(&form(&one), &form(&other));
            prop_assert_eq!(told.is_empty(), one == other);
            for difference in told {
                let byte = difference.byte.unwrap();
                prop_assert_eq!(&one[..byte], &other[..byte]);
                prop_assert_ne!(one.get(byte), other.get(byte));
            }
        }
    }
}
