// SPDX-License-Identifier: Apache-2.0
//! Errors about fields, with the place where they stand.

use std::path::Path;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{
    error::ConfigError,
    load::Config,
    place::{key, place},
};

impl Config {
    /// An error about a field, such as `agencies.tulli.keys.builder`, with the place of its value, or of the table that it belongs to.
    pub fn wrong(&self, field: &str, reason: String) -> ConfigError {
        let error = self.error(field.to_owned(), reason);
        ConfigError {
            place: self.value_place(&names(field)).or(error.place),
            ..error
        }
    }

    /// An error about the file that a field names, such as `agencies.tulli.keys.builder.certificates`; about the field itself where it names none.
    pub fn wrong_file(&self, field: &str, reason: String) -> ConfigError {
        let document = DeTable::parse(&self.text).ok();
        let value = document
            .as_ref()
            .and_then(|document| value(document, &names(field)));
        match value.and_then(|value| value.get_ref().as_str()) {
            Some(path) => self.error_in(Path::new(path), field.to_owned(), reason),
            None => self.wrong(field, reason),
        }
    }

    /// An error about a setting of an agency, which `pointer` (RFC 6901) names from its table of settings on. Members that are not
    /// in the file are at the innermost table that is.
    pub fn wrong_setting(&self, agency: &str, pointer: &str, reason: String) -> ConfigError {
        let steps = pointer.split('/').skip(1);
        let steps: Vec<String> = steps
            .map(|step| step.replace("~1", "/").replace("~0", "~"))
            .collect();
        let shown = steps.iter().map(|step| format!(".{}", key(step)));
        let field = format!("agencies.{agency}.settings{}", shown.collect::<String>());
        let table = ["agencies", agency, "settings"].map(str::to_owned);
        let names: Vec<String> = table.into_iter().chain(steps).collect();
        let error = self.error(field, reason);
        let written = (3..=names.len()).rev();
        let mut places = written.filter_map(|length| self.value_place(names.get(..length)?));
        ConfigError {
            place: places.next().or(error.place),
            ..error
        }
    }

    /// Where the table of a field begins, if the file has it written out as `[a.b.c]`.
    pub(super) fn place_of(&self, field: &str) -> Option<(usize, usize)> {
        let header = |line: &str| {
            line.trim()
                .strip_prefix('[')
                .and_then(|line| line.strip_suffix(']'))
                .map(str::to_owned)
        };
        let mut table = field;
        loop {
            if let Some(line) = self
                .text
                .lines()
                .position(|line| header(line).as_deref() == Some(table))
            {
                return Some((line + 1, 1));
            }
            (table, _) = table.rsplit_once('.')?;
        }
    }

    /// Where a value or a table stands, by the names that lead to it; an element of an array by its number from 0.
    fn value_place(&self, names: &[String]) -> Option<(usize, usize)> {
        let document = DeTable::parse(&self.text).ok()?;
        let value = value(&document, names)?;
        Some(place(&self.text, value.span().start))
    }
}

/// The names that lead to a field. Tables of an array are counted from 1 there, and from 0 here.
fn names(field: &str) -> Vec<String> {
    let steps = field.split('.').flat_map(|step| {
        let numbered = step.strip_suffix(']').and_then(|step| step.split_once('['));
        match numbered.and_then(|(name, number)| Some((name, number.parse::<usize>().ok()?))) {
            Some((name, number)) => {
                vec![name.to_owned(), number.saturating_sub(1).to_string()]
            }
            None => vec![step.to_owned()],
        }
    });
    steps.collect()
}

fn value<'a, 'i>(
    document: &'a Spanned<DeTable<'i>>,
    names: &[String],
) -> Option<&'a Spanned<DeValue<'i>>> {
    let (first, rest) = names.split_first()?;
    let first = document.get_ref().get(first.as_str())?;
    rest.iter().try_fold(first, |value, name| step(value, name))
}

fn step<'a, 'i>(value: &'a Spanned<DeValue<'i>>, name: &str) -> Option<&'a Spanned<DeValue<'i>>> {
    match value.get_ref() {
        DeValue::Table(table) => table.get(name),
        DeValue::Array(array) => array.get(name.parse::<usize>().ok()?),
        _ => None,
    }
}
