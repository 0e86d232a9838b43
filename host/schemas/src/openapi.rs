// SPDX-License-Identifier: Apache-2.0
//! An OpenAPI 3 file of Suomi.fi's REST interface, compared with what the component `suomifi-rest` writes and reads. Structure only: operations, fields, codes, and what texts may be.
//! Nothing is fetched, and `$ref` leads within the file.

mod fields;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use thiserror::Error;

use crate::customs::{Certainty, Comparison, Row};
use fields::{Field, Fields};

/// What the component writes and reads, in the same form.
const OURS: &str = include_str!("openapi/messages.json");

/// Largest file, in bytes. The published one has below 100,000.
pub const LARGEST: usize = 4 << 20;

/// Without these nothing can be sent and nothing be heard of.
const NEEDED: [&str; 4] = [
    "POST /v1/token",
    "POST /v2/messages/electronic",
    "GET /v2/events",
    "GET /v2/messages/{}",
];

/// An OpenAPI file that cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OpenApiError {
    /// More than the limit.
    #[error("this has more than {LARGEST} bytes, a limit of the reader")]
    TooLarge,
    /// It is no JSON.
    #[error(
        "this is no JSON: {0}. An OpenAPI file in YAML has to be converted first, as `yq -o json` does"
    )]
    NoJson(String),
    /// It is no OpenAPI of version 3.
    #[error(
        "this is no OpenAPI file of version 3: it has no `openapi` that begins with 3, or no `paths`"
    )]
    NoOpenApi,
    /// It has more in it than is looked at.
    #[error(
        "this has more than {} fields in a message, or more than {} schemas within each other, limits of the reader",
        fields::MOST,
        fields::DEEPEST
    )]
    TooMany,
}

/// What an OpenAPI file has otherwise than the component, by operation and field.
///
/// # Errors
/// [`OpenApiError`]
pub fn compare(file: &[u8]) -> Result<Comparison, OpenApiError> {
    let theirs = read(file)?;
    // Our own is right, and a test reads it.
    let ours = read(OURS.as_bytes())?;
    let (ours_of, theirs_of) = (operations(&ours), operations(&theirs));
    let mut comparison = Comparison::default();
    for (name, one) in &ours_of {
        let is_required = NEEDED.contains(&name.as_str());
        let Some(other) = theirs_of.get(name) else {
            comparison
                .rows
                .push(row((name, name), None, (Certainty::NotFound, is_required)));
            continue;
        };
        comparison.rows.push(row(
            (name, name),
            Some(name.clone()),
            (Certainty::Sure, false),
        ));
        let work = Work {
            name,
            ours: &ours,
            theirs: &theirs,
        };
        work.parameters(*one, *other, &mut comparison);
        let (one, other) = (one.operation, other.operation);
        work.request(one, other, &mut comparison)?;
        work.answers(one, other, &mut comparison)?;
    }
    let unknown = theirs_of.keys().filter(|name| !ours_of.contains_key(*name));
    let unknown = unknown.map(|name| format!("operation {name}"));
    comparison.unknown.extend(unknown);
    Ok(comparison)
}

fn read(file: &[u8]) -> Result<Value, OpenApiError> {
    if file.len() > LARGEST {
        return Err(OpenApiError::TooLarge);
    }
    // RFC 8259 §8.1: one may be there, and is passed over.
    let text = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let read: Value =
        serde_json::from_slice(text).map_err(|error| OpenApiError::NoJson(error.to_string()))?;
    let version = read.get("openapi").and_then(Value::as_str);
    let is_read = version.is_some_and(|version| version.starts_with("3."))
        && read.get("paths").is_some_and(Value::is_object);
    is_read.then_some(read).ok_or(OpenApiError::NoOpenApi)
}

fn row(
    (setting, ours): (&str, &str),
    theirs: Option<String>,
    (certainty, is_required): (Certainty, bool),
) -> Row {
    Row {
        setting: setting.to_owned(),
        ours: ours.to_owned(),
        theirs,
        place: None,
        certainty,
        is_required,
    }
}

/// An operation, and the path that it is of, which says what all of its operations have.
#[derive(Clone, Copy)]
struct Found<'a> {
    operation: &'a Value,
    item: &'a Value,
}

/// By method and path, in which the names of parameters do not count.
fn operations(api: &Value) -> BTreeMap<String, Found<'_>> {
    let mut operations = BTreeMap::new();
    for (path, item) in members(api.get("paths")) {
        let parts = path.split('/').map(|part| match part.starts_with('{') {
            true => "{}",
            false => part,
        });
        let path = parts.collect::<Vec<_>>().join("/");
        let item = fields::resolved(api, item);
        for method in ["get", "post", "put", "patch", "delete"] {
            if let Some(operation) = item.get(method) {
                let name = format!("{} {path}", method.to_uppercase());
                operations.insert(name, Found { operation, item });
            }
        }
    }
    operations
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

/// A text of an object; empty where there is none.
fn said<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// One operation of both.
struct Work<'a> {
    name: &'a str,
    ours: &'a Value,
    theirs: &'a Value,
}

impl Work<'_> {
    /// Those beside the path's that they demand and we do not send, or that we send and they do not know.
    fn parameters(&self, one: Found<'_>, other: Found<'_>, comparison: &mut Comparison) {
        let (ours, theirs) = (parameters(self.ours, one), parameters(self.theirs, other));
        let setting = |(place, name): &(String, String)| match place.as_str() {
            "query" => format!("{} parameter {name}", self.name),
            place => format!("{} {place} parameter {name}", self.name),
        };
        for (key, is_required) in &theirs {
            match (ours.contains_key(key), is_required) {
                (true, _) => {}
                (false, true) => comparison.rows.push(row(
                    (&setting(key), ""),
                    Some("required, and not sent".to_owned()),
                    (Certainty::NotFound, true),
                )),
                (false, false) => {
                    let told = format!("{} is optional", setting(key));
                    comparison.unknown.push(told);
                }
            }
        }
        for key in ours.keys().filter(|key| !theirs.contains_key(*key)) {
            comparison.rows.push(row(
                (&setting(key), &key.1),
                None,
                (Certainty::NotFound, true),
            ));
        }
    }

    fn request(
        &self,
        one: &Value,
        other: &Value,
        comparison: &mut Comparison,
    ) -> Result<(), OpenApiError> {
        let body =
            |api: &Value, operation: &Value| -> Result<Option<(String, Fields)>, OpenApiError> {
                let Some(body) = operation.get("requestBody") else {
                    return Ok(None);
                };
                content(api, fields::resolved(api, body))
            };
        let (Some((media, ours)), theirs) = (body(self.ours, one)?, body(self.theirs, other)?)
        else {
            return Ok(());
        };
        let at = |path: &str| format!("{} request {path}", self.name);
        let Some((their_media, theirs)) = theirs else {
            let missing = row((&at("body"), &media), None, (Certainty::NotFound, true));
            comparison.rows.push(missing);
            return Ok(());
        };
        if media != their_media {
            comparison.rows.push(row(
                (&at("body"), &media),
                Some(their_media),
                (Certainty::NotFound, true),
            ));
        }
        for (path, field) in &ours {
            match theirs.get(path) {
                None => comparison.rows.push(row(
                    (&at(path), &field.told()),
                    None,
                    // What they do not know is refused or passed over; nobody can tell.
                    (Certainty::NotFound, field.is_required),
                )),
                Some(their) => differing(&at(path), (field, their), comparison),
            }
        }
        for (path, their) in theirs.iter().filter(|(path, _)| is_other(&ours, path)) {
            // Within something that we do not write it is not demanded.
            if their.is_required && is_written(&ours, path) {
                let told = format!("{}: required, and not written", their.told());
                let open = (Certainty::NotFound, true);
                comparison.rows.push(row((&at(path), ""), Some(told), open));
            } else {
                let told = format!("{} is optional and not written", at(path));
                comparison.unknown.push(told);
            }
        }
        Ok(())
    }

    fn answers(
        &self,
        one: &Value,
        other: &Value,
        comparison: &mut Comparison,
    ) -> Result<(), OpenApiError> {
        let codes = |operation: &Value| -> BTreeSet<String> {
            members(operation.get("responses"))
                .map(|(code, _)| code.clone())
                .collect()
        };
        let (ours, theirs) = (codes(one), codes(other));
        for code in theirs.difference(&ours) {
            let told = format!(
                "{} answers {code} as well; what is done follows from its class",
                self.name
            );
            comparison.unknown.push(told);
        }
        for code in ours.difference(&theirs) {
            let setting = format!("{} answer {code}", self.name);
            let is_success = code.starts_with('2');
            comparison.rows.push(row(
                (&setting, code),
                None,
                (Certainty::NotFound, is_success),
            ));
        }
        for code in ours.intersection(&theirs) {
            self.answer(code, (one, other), comparison)?;
        }
        Ok(())
    }

    /// The fields of one answer. Of a refusal only its class counts.
    fn answer(
        &self,
        code: &str,
        (one, other): (&Value, &Value),
        comparison: &mut Comparison,
    ) -> Result<(), OpenApiError> {
        let fields_of = |api: &Value, operation: &Value| {
            let response = operation.get("responses").and_then(|all| all.get(code));
            response.map_or(Ok(None), |response| {
                content(api, fields::resolved(api, response))
            })
        };
        let (Some((_, ours)), Some((_, theirs))) =
            (fields_of(self.ours, one)?, fields_of(self.theirs, other)?)
        else {
            return Ok(());
        };
        let is_read = code.starts_with('2');
        for (path, field) in &ours {
            let setting = format!("{} answer {code} {path}", self.name);
            let is_needed = field.is_required && is_read;
            match theirs.get(path) {
                None => comparison.rows.push(row(
                    (&setting, &field.told()),
                    None,
                    (Certainty::NotFound, is_needed),
                )),
                Some(their)
                    if field.kind != their.kind || is_read && field.is_exceeded_by(their) =>
                {
                    differing(&setting, (field, their), comparison);
                }
                Some(_) => {}
            }
        }
        for path in theirs.keys().filter(|path| is_other(&ours, path)) {
            let told = format!("{} answer {code} {path} is passed over", self.name);
            comparison.unknown.push(told);
        }
        Ok(())
    }
}

/// Whether each is demanded, by where it is sent and its name. What an operation says of one counts more than what its path says.
fn parameters(api: &Value, of: Found<'_>) -> BTreeMap<(String, String), bool> {
    let listed = [of.item, of.operation].map(|one| one.get("parameters").and_then(Value::as_array));
    let listed = listed.into_iter().flatten().flatten();
    let named = listed.filter_map(|parameter| {
        let parameter = fields::resolved(api, parameter);
        let (place, name) = (said(parameter, "in"), said(parameter, "name"));
        // OpenAPI passes over headers that are described elsewhere.
        let is_elsewhere = ["accept", "content-type", "authorization"]
            .iter()
            .any(|header| name.eq_ignore_ascii_case(header));
        if name.is_empty() || place == "path" || place == "header" && is_elsewhere {
            return None;
        }
        let is_required = parameter.get("required").and_then(Value::as_bool);
        let key = (place.to_owned(), name.to_owned());
        Some((key, is_required.unwrap_or(false)))
    });
    named.collect()
}

/// Whether it is none of ours. The items of a list that is none are told with it.
fn is_other(ours: &Fields, path: &str) -> bool {
    let list = path.strip_suffix("[]");
    !ours.contains_key(path) && list.is_none_or(|list| ours.contains_key(list))
}

/// Whether the field around is one that we write.
fn is_written(ours: &Fields, path: &str) -> bool {
    match path.rsplit_once('/') {
        Some((around, _)) => ours.contains_key(around),
        None => true,
    }
}

/// A row for a field that both have otherwise.
fn differing(setting: &str, (ours, theirs): (&Field, &Field), comparison: &mut Comparison) {
    if ours == theirs {
        return;
    }
    let (certainty, is_required) = match ours.kind == theirs.kind {
        true => (Certainty::Likely, false),
        false => (Certainty::NotFound, true),
    };
    comparison.rows.push(row(
        (setting, &ours.told()),
        Some(theirs.told()),
        (certainty, is_required),
    ));
}

/// Media type and fields of a body: of JSON if there is one.
fn content(api: &Value, body: &Value) -> Result<Option<(String, Fields)>, OpenApiError> {
    let contents = || members(body.get("content"));
    let of_json = contents().find(|(media, _)| media.starts_with("application/json"));
    let Some((media, content)) = of_json.or_else(|| contents().next()) else {
        return Ok(None);
    };
    let media = media
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned();
    let schema = content.get("schema").unwrap_or(&Value::Null);
    let fields = fields::of(api, schema).ok_or(OpenApiError::TooMany)?;
    Ok(Some((media, fields)))
}
