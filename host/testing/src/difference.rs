// SPDX-License-Identifier: Apache-2.0
//! What is otherwise than expected, told so that people see it.

use std::{collections::BTreeSet, fmt};

use serde_json::Value;

use crate::rendering::Rendering;

/// What stands for any text within an expected text.
const ANY: &str = "{{any}}";

/// Most characters of a text that are shown.
const LONGEST_SHOWN: usize = 160;

/// Characters shown before the place where two texts part.
const BEFORE: usize = 40;

/// One place at which a result is otherwise than expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// JSON pointer into the result, or the name of a file, with the line where it is text.
    pub place: String,
    /// What was expected there; `None`: nothing.
    pub expected: Option<String>,
    /// What is there; `None`: nothing.
    pub found: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |side: &Option<String>| match side {
            Some(text) => text.clone(),
            None => "nothing".to_owned(),
        };
        let (expected, found) = (shown(&self.expected), shown(&self.found));
        write!(
            f,
            "{}\n  expected  {expected}\n  found     {found}",
            self.place
        )
    }
}

impl Rendering {
    /// Where this is otherwise than expected; nowhere if the results are the same. In an expected text `{{any}}` stands for any text, such as a signature that is
    /// another one each time.
    pub fn differences_from(&self, expected: &Self) -> Vec<Difference> {
        let mut found = Vec::new();
        compare("", Some(&expected.value), Some(&self.value), &mut found);
        let names: BTreeSet<&String> = expected.files.keys().chain(self.files.keys()).collect();
        for name in names {
            let (old, new) = (expected.files.get(name), self.files.get(name));
            if old != new {
                compare_files(name, old, new, &mut found);
            }
        }
        found
    }
}

impl Rendering {
    /// This one, with the expected texts in the place of its own where they have `{{any}}` and match.
    pub(crate) fn with_any_of(mut self, expected: &Self) -> Self {
        keep_any(&expected.value, &mut self.value);
        for (name, found) in &mut self.files {
            let texts = expected.files.get(name).map(|old| str::from_utf8(old));
            if let (Some(Ok(old)), Ok(new)) = (texts, str::from_utf8(found))
                && old.contains(ANY)
                && matches(old, new)
            {
                *found = old.as_bytes().to_vec();
            }
        }
        self
    }
}

fn keep_any(expected: &Value, found: &mut Value) {
    match (expected, found) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, member) in new {
                if let Some(old) = old.get(name) {
                    keep_any(old, member);
                }
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            for (old, new) in old.iter().zip(new) {
                keep_any(old, new);
            }
        }
        (Value::String(old), Value::String(new)) if old.contains(ANY) && matches(old, new) => {
            new.clone_from(old);
        }
        _ => {}
    }
}

fn compare(
    place: &str,
    expected: Option<&Value>,
    found: Option<&Value>,
    differences: &mut Vec<Difference>,
) {
    match (expected, found) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for name in names {
                let token = name.replace('~', "~0").replace('/', "~1");
                let place = format!("{place}/{token}");
                compare(&place, old.get(name), new.get(name), differences);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for index in 0..old.len().max(new.len()) {
                let place = format!("{place}/{index}");
                compare(&place, old.get(index), new.get(index), differences);
            }
        }
        (Some(Value::String(old)), Some(Value::String(new))) => {
            if !matches(old, new) {
                differences.push(texts_differ(place, old, new));
            }
        }
        (old, new) if old == new => {}
        (old, new) => {
            let shown = |value: &Value| shortened(&value.to_string(), 0);
            differences.push(Difference {
                place: place.to_owned(),
                expected: old.map(shown),
                found: new.map(shown),
            });
        }
    }
}

fn compare_files(
    name: &str,
    expected: Option<&Vec<u8>>,
    found: Option<&Vec<u8>>,
    differences: &mut Vec<Difference>,
) {
    let text = |bytes: Option<&Vec<u8>>| {
        let text = str::from_utf8(bytes?).ok()?;
        Some(text.to_owned())
    };
    if let (Some(old), Some(new)) = (text(expected), text(found)) {
        if !matches(&old, &new) {
            differences.push(texts_differ(name, &old, &new));
        }
        return;
    }
    let sized = |bytes: &Vec<u8>| format!("{} bytes", bytes.len());
    let parting = match (expected, found) {
        (Some(old), Some(new)) => {
            let same = old.iter().zip(new).take_while(|(a, b)| a == b).count();
            format!(", from byte {}", same + 1)
        }
        _ => String::new(),
    };
    differences.push(Difference {
        place: format!("{name}{parting}"),
        expected: expected.map(sized),
        found: found.map(sized),
    });
}

/// Whether a text is the expected one, in which `{{any}}` stands for whatever is there.
fn matches(expected: &str, found: &str) -> bool {
    let mut parts = expected.split(ANY);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = found.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Shows the lines in which two texts part.
fn texts_differ(place: &str, expected: &str, found: &str) -> Difference {
    let (old, new): (Vec<&str>, Vec<&str>) =
        (expected.split('\n').collect(), found.split('\n').collect());
    let parting = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old_line, new_line) = (old.get(parting), new.get(parting));
    let column = match (old_line, new_line) {
        (Some(old), Some(new)) => {
            let same = old.chars().zip(new.chars());
            same.take_while(|(a, b)| a == b).count()
        }
        _ => 0,
    };
    let is_one_line = old.len() == 1 && new.len() == 1;
    let place = match is_one_line {
        true => place.to_owned(),
        false => format!("{place}, line {}", parting + 1),
    };
    let shown = |line: Option<&&str>| line.map(|line| format!("{:?}", shortened(line, column)));
    Difference {
        place,
        expected: shown(old_line),
        found: shown(new_line),
    }
}

/// A text, or what of it is around a character, where it is long.
fn shortened(text: &str, around: usize) -> String {
    if text.chars().count() <= LONGEST_SHOWN {
        return text.to_owned();
    }
    let begin = around.saturating_sub(BEFORE);
    let shown: String = text.chars().skip(begin).take(LONGEST_SHOWN).collect();
    let before = if begin > 0 { "…" } else { "" };
    format!("{before}{shown}…")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn rendering(value: Value, files: &[(&str, &str)]) -> Rendering {
        let files = files.iter();
        let files = files.map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
        Rendering {
            value,
            files: files.collect::<BTreeMap<_, _>>(),
        }
    }

    fn places(old: Value, new: Value) -> Vec<String> {
        let (old, new) = (rendering(old, &[]), rendering(new, &[]));
        let differences = new.differences_from(&old);
        differences.into_iter().map(|one| one.place).collect()
    }

    #[test]
    fn every_place_is_told_and_nothing_else() {
        assert!(places(json!({"a": [1, {"b": "c"}]}), json!({"a": [1, {"b": "c"}]})).is_empty());
        assert_eq!(
            places(
                json!({"a": [1, 2], "b/c": null, "d": "x"}),
                json!({"a": [1], "b/c": 0, "d": "x", "e": 1})
            ),
            ["/a/1", "/b~1c", "/e"]
        );
    }

    #[test]
    fn any_text_may_stand_where_it_is_said() {
        for (expected, found, is_same) in [
            ("a{{any}}b", "ab", true),
            ("a{{any}}b", "axxb", true),
            ("a{{any}}b", "axxbc", false),
            ("{{any}}", "", true),
            ("a{{any}}b{{any}}c", "a-b-c", true),
            ("a{{any}}b{{any}}c", "a-c-b", false),
            ("ab{{any}}ba", "aba", false),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(expected, found), is_same, "{expected} {found}");
        }
    }

    #[test]
    fn any_text_stays_where_it_is_kept_and_still_matches() {
        let old = rendering(
            json!({"a": ["x{{any}}", "{{any}}y"], "b": "old"}),
            &[("expected.body", "<{{any}}>"), ("expected.other", "1")],
        );
        let new = rendering(
            json!({"a": ["x1", "z"], "b": "new", "c": 1}),
            &[("expected.body", "<2>"), ("expected.other", "2")],
        );
        let kept = rendering(
            json!({"a": ["x{{any}}", "z"], "b": "new", "c": 1}),
            &[("expected.body", "<{{any}}>"), ("expected.other", "2")],
        );
        assert_eq!(new.with_any_of(&old), kept);
    }

    #[test]
    fn the_line_is_shown_in_which_texts_part() {
        let old = rendering(json!({}), &[("expected.body", "one\ntwo\nthree\n")]);
        let new = rendering(json!({}), &[("expected.body", "one\n2\nthree\n")]);
        let [difference] = &new.differences_from(&old)[..] else {
            panic!("one line differs")
        };
        assert_eq!(
            difference.to_string(),
            "expected.body, line 2\n  expected  \"two\"\n  found     \"2\""
        );
        let long = "x".repeat(1000);
        let (old, new) = (format!("{long}a{long}"), format!("{long}b{long}"));
        let shown = texts_differ("/t", &old, &new).to_string();
        assert!(shown.contains("xa") && shown.contains("xb"), "{shown}");
        assert!(shown.len() < 600, "{shown}");
    }

    #[test]
    fn bytes_that_are_no_text_part_at_a_byte() {
        let bytes = |bytes: &[u8]| Rendering {
            value: json!({}),
            files: BTreeMap::from([("expected.body".to_owned(), bytes.to_vec())]),
        };
        let found = bytes(&[0xff, 1, 2]).differences_from(&bytes(&[0xff, 1, 3, 4]));
        assert_eq!(found[0].place, "expected.body, from byte 3");
        assert_eq!(found[0].expected.as_deref(), Some("4 bytes"));
    }
}
