// SPDX-License-Identifier: Apache-2.0
//! Settings put into a configuration file that people have written: all else in it stays as it is.

use serde_json::{Map, Value as Json};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

/// The text with these settings as the table `wire` of an agency; those of that table that are not among them stay.
pub(super) fn edited(text: &str, agency: &str, wire: &Map<String, Json>) -> Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|error| format!("{error}"))?;
    let mut table: &mut dyn TableLike = document.as_table_mut();
    // A table in one line holds others in one line only.
    let mut is_inline = false;
    for key in ["agencies", agency, "settings", "wire"] {
        let item = table.entry(key).or_insert_with(|| match is_inline {
            true => Item::Value(Value::InlineTable(InlineTable::new())),
            false => {
                let mut table = Table::new();
                table.set_implicit(true);
                Item::Table(table)
            }
        });
        is_inline = item.is_inline_table();
        table = item
            .as_table_like_mut()
            .ok_or_else(|| format!("`{key}` is no table"))?;
    }
    // Tables of the package are whole: what the file had of an older package would contradict them.
    for key in ["names", "layouts", "prefixes", "soap-actions"] {
        table.remove(key);
    }
    for (key, value) in wire {
        let item = match value {
            Json::Object(map) if !is_inline => Item::Table(as_table(map)),
            value => Item::Value(as_value(value)),
        };
        table.insert(key, item);
    }
    Ok(document.to_string())
}

fn as_table(map: &Map<String, Json>) -> Table {
    let mut table = Table::new();
    for (key, value) in map {
        let item = match value {
            Json::Array(items) => Item::Value(Value::Array(in_lines(items))),
            value => Item::Value(as_value(value)),
        };
        table.insert(key, item);
    }
    table
}

/// One item a line.
fn in_lines(items: &[Json]) -> Array {
    let mut array = Array::new();
    for item in items {
        let mut value = as_value(item);
        value.decor_mut().set_prefix("\n    ");
        array.push_formatted(value);
    }
    array.set_trailing("\n");
    array.set_trailing_comma(true);
    array
}

fn as_value(value: &Json) -> Value {
    match value {
        Json::Bool(value) => Value::from(*value),
        Json::Array(items) => Value::Array(items.iter().map(as_value).collect()),
        Json::Object(map) => {
            let mut table = InlineTable::new();
            for (key, value) in map {
                table.insert(key, as_value(value));
            }
            Value::InlineTable(table)
        }
        Json::String(text) => Value::from(text.as_str()),
        other => Value::from(other.to_string()),
    }
}

/// The lines that are new and those that are gone, between those that stay.
pub(super) fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = |one: &&(&&str, &&str)| one.0 == one.1;
    let before = old.iter().zip(&new).take_while(|pair| same(&pair)).count();
    let rest = old.len().min(new.len()) - before;
    let ends = old.iter().rev().zip(new.iter().rev()).take(rest);
    let after = ends.take_while(|pair| same(&pair)).count();
    let part = |lines: &[&str], mark: char| {
        let end = lines.len() - after;
        let lines = lines.get(before..end).unwrap_or_default();
        let marked = lines.iter().map(|line| format!("{mark}{line}\n"));
        marked.collect::<String>()
    };
    part(&old, '-') + &part(&new, '+')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wire() -> Map<String, Json> {
        let wire = json!({
            "soap-action": "a",
            "any-namespace": true,
            "names": { "reference": "Viite" },
            "layouts": { "upload": [{ "at": "A/@b", "value": "timestamp" }, { "at": "C", "text": "1" }] },
        });
        wire.as_object().unwrap().clone()
    }

    /// What people have written stays, and what is written is read as it was meant.
    #[test]
    fn comments_and_other_settings_stay() {
        let old = "# ours\n[agencies.tulli] # Customs\ncomponent = \"builtin\"\n\n[agencies.tulli.settings]\nurl = \"https://localhost/\" # test\n\n[agencies.tulli.settings.wire]\n# asked on Monday\nxml-declaration = false\nnames = { reference = \"Old\", content = \"Old\" }\n\n[store]\n";
        let new = edited(old, "tulli", &wire()).unwrap();
        for kept in [
            "# ours\n",
            "# Customs\n",
            "# test\n",
            "# asked on Monday\nxml-declaration = false\n",
            "[store]\n",
        ] {
            assert!(new.contains(kept), "{kept}\n{new}");
        }
        let read: toml::Table = new.parse().unwrap();
        let wire = &read["agencies"]["tulli"]["settings"]["wire"];
        assert_eq!(wire["names"]["reference"].as_str(), Some("Viite"));
        assert!(wire["names"].get("content").is_none());
        assert_eq!(wire["layouts"]["upload"][1]["text"].as_str(), Some("1"));
        assert_eq!(edited(&new, "tulli", &self::wire()).unwrap(), new);
    }

    #[test]
    fn settings_may_be_in_one_line() {
        let old = "[agencies.tulli]\nsettings = { url = \"https://localhost/\" }\n";
        let new = edited(old, "tulli", &wire()).unwrap();
        let read: toml::Table = new.parse().unwrap();
        let settings = &read["agencies"]["tulli"]["settings"];
        assert_eq!(settings["url"].as_str(), Some("https://localhost/"));
        assert_eq!(
            settings["wire"]["layouts"]["upload"][0]["at"].as_str(),
            Some("A/@b")
        );
    }

    #[test]
    fn the_difference_has_lines_that_differ() {
        assert_eq!(difference("a\nb\nc\n", "a\nx\ny\nc\n"), "-b\n+x\n+y\n");
        assert_eq!(difference("a\n", "a\n"), "");
        assert_eq!(difference("a\na\n", "a\na\na\n"), "+a\n");
    }
}
