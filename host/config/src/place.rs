// SPDX-License-Identifier: Apache-2.0
//! Where in the text of a configuration something stands, as line and column.

use crate::form;

/// Line and column of an offset, counted from 1.
pub(super) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |last| last.chars().count())
        + 1;
    (line, column)
}

/// A key in the notation of TOML.
pub(super) fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    match !name.is_empty() && name.chars().all(is_bare) {
        true => name.to_owned(),
        false => toml::Value::from(name).to_string(),
    }
}

/// Names as a field, for a message: only those that have the form of names, and in tables of keys and secrets none of what stands there.
pub(super) fn field(names: &[String], is_private: bool) -> String {
    let shown = names.len().min(if is_private { 3 } else { usize::MAX });
    let shown = names.iter().take(shown);
    let shown: Vec<&str> = shown
        .map(String::as_str)
        .take_while(|name| form::is_name(name))
        .collect();
    shown.join(".")
}
