// SPDX-License-Identifier: Apache-2.0
//! What TOML has and JSON has not: components get their settings as JSON.

use toml::Value;

/// The first value that JSON has no form for: where it stands (RFC 6901), what it is, and how to write it.
pub(crate) fn without_one(settings: &toml::Table) -> Option<(String, &'static str)> {
    settings.iter().find_map(|(name, value)| {
        let step = name.replace('~', "~0").replace('/', "~1");
        below(format!("/{step}"), value)
    })
}

fn below(pointer: String, value: &Value) -> Option<(String, &'static str)> {
    match value {
        Value::Datetime(_) => Some((
            pointer,
            "this is a date or a time of TOML, which no setting is; write it as a text, in quotes",
        )),
        Value::Float(number) if !number.is_finite() => Some((
            pointer,
            "this is no finite number (`nan`, `inf`), and no setting may be that; write a number",
        )),
        Value::Array(elements) => {
            let mut elements = elements.iter().enumerate();
            elements.find_map(|(at, element)| below(format!("{pointer}/{at}"), element))
        }
        Value::Table(table) => {
            without_one(table).map(|(rest, reason)| (format!("{pointer}{rest}"), reason))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_json_lacks_is_found_wherever_it_stands() {
        for (text, found) in [
            ("a = 1\nb = '2026-12-01'\nc = 1.5", None),
            ("a = 2026-12-01", Some(("/a", "date"))),
            ("a = 07:32:00", Some(("/a", "date"))),
            ("a = 2026-12-01T07:32:00Z", Some(("/a", "date"))),
            ("a = nan", Some(("/a", "finite"))),
            ("a = [1, -inf]", Some(("/a/1", "finite"))),
            (
                "[b.'c/~d']\ne = [{f = 2026-12-01}]",
                Some(("/b/c~1~0d/e/0/f", "date")),
            ),
        ] {
            let table = text.parse().unwrap();
            let told = without_one(&table);
            let told = told.as_ref().map(|(pointer, reason)| (&**pointer, *reason));
            assert_eq!(
                told.map(|(pointer, _)| pointer),
                found.map(|(pointer, _)| pointer),
                "{text}"
            );
            if let (Some((_, reason)), Some((_, what))) = (told, found) {
                assert!(reason.contains(what), "{text}: {reason}");
            }
        }
    }
}
