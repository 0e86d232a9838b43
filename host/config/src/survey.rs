// SPDX-License-Identifier: Apache-2.0
//! A configuration that may be wrong in many places, read as far as it can be.

use std::{ops::Range, path::PathBuf};

use serde_path_to_error::{Path, Segment};
use toml::de::{DeTable, DeValue};

use crate::{
    error::ConfigError,
    form::{self, Malformed},
    load::Config,
    place::{self, place},
    read,
    tables::Content,
};

/// A configuration file as far as it can be read, and everything that is wrong with its form.
#[derive(Debug)]
pub struct Survey {
    /// The configuration without what is wrong; `None` when the file cannot be read or is not TOML.
    pub config: Option<Config>,
    /// What is wrong with the form: what is no TOML, unknown names, wrong types, missing fields. In the order in which they are met.
    pub errors: Vec<ConfigError>,
}

/// More than these are not told of one file: it is another file then.
const MOST_ERRORS: usize = 100;

impl Config {
    /// Reads a configuration file without stopping at the first error of its form.
    pub fn survey(file: impl Into<PathBuf>) -> Survey {
        let file = file.into();
        let text = match read::read_text(&file) {
            Ok(text) => text,
            Err(unreadable) => {
                let error = ConfigError {
                    file,
                    place: None,
                    field: String::new(),
                    reason: unreadable.reason,
                };
                return Survey {
                    config: None,
                    errors: vec![error],
                };
            }
        };
        let (content, misplaced) = taken_apart(&text);
        let errors = misplaced.into_iter().map(|misplaced| ConfigError {
            file: file.clone(),
            place: misplaced.what.offset.map(|offset| place(&text, offset)),
            field: misplaced.field,
            reason: misplaced.what.reason,
        });
        let mut errors: Vec<ConfigError> = errors.collect();
        let config = content.map(|content| Self {
            file,
            text,
            content,
        });
        let config = config.map(|mut config| {
            errors.extend(config.misnamed());
            errors.extend(config.unfilled());
            for (name, error) in config.misaddressed() {
                errors.push(error);
                config.content.registries.remove(&name);
            }
            for table in config.content.agencies.values_mut() {
                table.keys.retain(|role, _| form::is_name(role));
                table.secrets.retain(|role, _| form::is_name(role));
            }
            config
        });
        Survey { config, errors }
    }
}

/// Something wrong, and the field that it is about as far as that may be told.
struct Misplaced {
    what: Malformed,
    field: String,
}

/// Takes the text of a configuration apart: whatever does not belong there is told, left out, and the rest looked at again.
fn taken_apart(text: &str) -> (Option<Content>, Vec<Misplaced>) {
    let (mut document, no_toml) = DeTable::parse_recoverable(text);
    if !no_toml.is_empty() {
        // What such a text means beyond that is a guess.
        let misplaced = no_toml.iter().take(MOST_ERRORS).map(|error| Misplaced {
            what: Malformed::of(error, false),
            field: String::new(),
        });
        return (None, misplaced.collect());
    }
    let mut wrong = Vec::new();
    while wrong.len() < MOST_ERRORS {
        let deserializer = toml::Deserializer::from(document.clone());
        let error = match serde_path_to_error::deserialize(deserializer) {
            Ok(content) => return (Some(content), wrong),
            Err(error) => error,
        };
        let is_private = form::is_private(error.path());
        let names = names(error.path());
        let taken = take_out(document.get_mut(), &names, error.inner().span().as_ref());
        let is_gone = taken.is_some();
        wrong.push(Misplaced {
            what: Malformed::of(error.inner(), is_private),
            field: place::field(&taken.unwrap_or_default(), is_private),
        });
        if !is_gone {
            break;
        }
    }
    if let (MOST_ERRORS, Some(last)) = (wrong.len(), wrong.last_mut()) {
        last.what.reason +=
            &format!(". More than {MOST_ERRORS} errors are not told; is it the right file?");
    }
    (None, wrong)
}

/// The names that lead to the place of an error, up to the first array.
fn names(path: &Path) -> Vec<String> {
    let names = path.iter().map_while(|segment| match segment {
        Segment::Map { key } => Some(key.clone()),
        _ => None,
    });
    names.collect()
}

/// Takes out what an error is about: the key that has its span, or else what the names lead to, as far as they lead. Gives the names of what
/// is gone.
fn take_out(
    table: &mut DeTable<'_>,
    names: &[String],
    span: Option<&Range<usize>>,
) -> Option<Vec<String>> {
    let mut keys = table.keys();
    let itself = keys.find(|key| Some(&key.span()) == span);
    if let Some(key) = itself.map(|key| key.get_ref().to_string()) {
        table.remove(key.as_str())?;
        return Some(vec![key]);
    }
    let (first, rest) = names.split_first()?;
    if let DeValue::Table(inner) = table.get_mut(first.as_str())?.get_mut()
        && let Some(mut gone) = take_out(inner, rest, span)
    {
        gone.insert(0, first.clone());
        return Some(gone);
    }
    table.remove(first.as_str())?;
    Some(vec![first.clone()])
}
