// SPDX-License-Identifier: Apache-2.0
//! The expected result of a case, and its comparison with the result.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use silta::{
    Error,
    exchange::{Document, Event, FollowUp, Outcome, Request, Target, Verdict},
    time::Moment,
};

/// What `parse` has to come to.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExpectedOutcome {
    class: String,
    code: String,
    /// None: it has `text_has` in it.
    text: Option<String>,
    /// What the text has in it, in this order.
    #[serde(default)]
    text_has: Vec<String>,
    reference: String,
    #[serde(default)]
    events: Vec<ExpectedEvent>,
    #[serde(default)]
    documents: Vec<ExpectedDocument>,
    #[serde(default)]
    follow_ups: Vec<ExpectedFollowUp>,
    cursor: Option<String>,
    /// RFC 3339; none: the host is told no moment.
    not_before: Option<String>,
}

/// An event that has to come out.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExpectedEvent {
    kind: String,
    key: String,
    /// None: whatever it is.
    about: Option<String>,
    /// None: whatever it is.
    data: Option<Value>,
    /// Some of the data, by JSON pointer.
    #[serde(default)]
    with: BTreeMap<String, Value>,
}

/// A document that has to come out, with its content or its size.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExpectedDocument {
    name: String,
    media_type: String,
    text: Option<String>,
    size: Option<u64>,
}

/// A follow-up that is expected.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExpectedFollowUp {
    operation: String,
    parameters: Value,
    key: String,
}

/// What `build` has to come to.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExpectedRequest {
    url: String,
    timeout_seconds: u64,
    /// None: one is made.
    reference: Option<String>,
    /// None: that is the reference.
    memo: Option<String>,
    #[serde(default = "post")]
    method: String,
    #[serde(default = "intermediary")]
    tls_role: String,
    #[serde(default = "yes")]
    keeps_bytes: bool,
    /// What the body has in it, in this order.
    #[serde(default)]
    body_has: Vec<String>,
    /// What it has not.
    #[serde(default)]
    body_lacks: Vec<String>,
}

fn yes() -> bool {
    true
}

fn post() -> String {
    "POST".into()
}

fn intermediary() -> String {
    "intermediary".into()
}

/// What `validate` has to come to.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExpectedVerdict {
    status: u16,
    /// Of an acceptance.
    #[serde(default)]
    events: Vec<ExpectedEvent>,
    #[serde(default)]
    documents: Vec<ExpectedDocument>,
    #[serde(default)]
    follow_ups: Vec<ExpectedFollowUp>,
    /// Of a rejection.
    reason: Option<ExpectedProblem>,
    /// What the body of the reply has in it, in this order; empty: there is no body.
    #[serde(default)]
    reply_has: Vec<String>,
    /// What the body of the reply to a duplicate has in it, in this order; empty: it is the same.
    #[serde(default)]
    duplicate_has: Vec<String>,
    /// Header fields that the reply has.
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

/// The problem that has to come out.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExpectedProblem {
    fault: String,
    pub(super) code: String,
    path: String,
}

/// Holds what came out against what has to: one of `expected` and `problem` is there.
pub(super) fn judge<T, E>(
    found: Result<T, Error>,
    expected: Option<&E>,
    problem: Option<&ExpectedProblem>,
    compare: impl FnOnce(&T, &E) -> Result<(), String>,
) -> Result<(), String> {
    match (found, expected, problem) {
        (Ok(found), Some(expected), None) => compare(&found, expected),
        (Ok(_), None, Some(problem)) => Err(format!("no problem instead of {}", problem.code)),
        (Err(error), None, Some(expected)) => compare_problem(&error, expected),
        (Err(error), Some(_), None) => Err(format!("{}: {error}", error.code())),
        (_, Some(_), Some(_)) | (_, None, None) => Err("either expected or problem".into()),
    }
}

fn compare_problem(error: &Error, expected: &ExpectedProblem) -> Result<(), String> {
    let path = match error {
        Error::Problem(problem) => problem.path.clone(),
        _ => String::new(),
    };
    let found = ExpectedProblem {
        fault: error.fault().name().into(),
        code: error.code(),
        path,
    };
    same("problem", &found, expected)
}

pub(super) fn compare_outcome(outcome: &Outcome, expected: &ExpectedOutcome) -> Result<(), String> {
    same("class", &outcome.class.name(), &expected.class.as_str())?;
    same("code", &outcome.code, &expected.code)?;
    match &expected.text {
        Some(text) => same("text", &outcome.text, text)?,
        None => has_in_order("text", &outcome.text, &expected.text_has)?,
    }
    same("reference", &outcome.reference, &expected.reference)?;
    compare_events(&outcome.events, &expected.events)?;
    compare_documents(&outcome.documents, &expected.documents)?;
    compare_follow_ups(&outcome.follow_ups, &expected.follow_ups)?;
    same("cursor", &outcome.cursor, &expected.cursor)?;
    // No list of these agencies comes in pages, so that none says that more waits.
    same("more waits", &outcome.more_waits, &false)?;
    let not_before = outcome.not_before;
    let not_before = not_before.and_then(Moment::from_system_time);
    let not_before = not_before.map(|moment| moment.to_string());
    same("not before", &not_before, &expected.not_before)
}

fn compare_events(events: &[Event], expected: &[ExpectedEvent]) -> Result<(), String> {
    let names = |events: Vec<(&str, &str)>| format!("{events:?}");
    let found = events
        .iter()
        .map(|event| (event.kind.as_str(), event.deduplication_key.as_str()));
    let wanted = expected
        .iter()
        .map(|event| (event.kind.as_str(), event.key.as_str()));
    same("events", &names(found.collect()), &names(wanted.collect()))?;
    for (event, expected) in events.iter().zip(expected) {
        let data: Value = serde_json::from_str(&event.data).map_err(|error| error.to_string())?;
        let about = expected.about.as_ref().or(event.about.as_ref());
        same("what it is about", &event.about.as_ref(), &about)?;
        same("event data", &data, expected.data.as_ref().unwrap_or(&data))?;
        for (pointer, value) in &expected.with {
            let found = data.pointer(pointer).unwrap_or(&Value::Null);
            same(&format!("event data at {pointer}"), found, value)?;
        }
    }
    Ok(())
}

fn compare_documents(found: &[Document], expected: &[ExpectedDocument]) -> Result<(), String> {
    same("number of documents", &found.len(), &expected.len())?;
    let mut pairs = found.iter().zip(expected);
    pairs.try_for_each(|(document, expected)| compare_document(document, expected))
}

fn compare_document(document: &Document, expected: &ExpectedDocument) -> Result<(), String> {
    same("name of a document", &document.name, &expected.name)?;
    same("media type", &document.media_type, &expected.media_type)?;
    let content = document.content.to_vec();
    if let Some(text) = &expected.text {
        same("content", &content, &text.clone().into_bytes())?;
    }
    same(
        "size",
        &document.content.size(),
        &expected.size.unwrap_or(content.len() as u64),
    )
}

fn compare_follow_ups(found: &[FollowUp], expected: &[ExpectedFollowUp]) -> Result<(), String> {
    same("number of follow-ups", &found.len(), &expected.len())?;
    for (found, expected) in found.iter().zip(expected) {
        let parameters = serde_json::from_str(&found.parameters);
        let found = ExpectedFollowUp {
            operation: found.operation.clone(),
            parameters: parameters.map_err(|error| error.to_string())?,
            key: found.deduplication_key.clone(),
        };
        same("follow-up", &found, expected)?;
    }
    Ok(())
}

pub(super) fn compare_request(request: &Request, expected: &ExpectedRequest) -> Result<(), String> {
    let Target::Http(target) = &request.target else {
        return Err("not an HTTP request".into());
    };
    same("URL", &target.url, &expected.url)?;
    same("method", &target.method, &expected.method)?;
    same(
        "timeout",
        &request.timeout.as_secs(),
        &expected.timeout_seconds,
    )?;
    let made = 14;
    match &expected.reference {
        Some(reference) => same("reference", &request.reference, reference)?,
        None => same("length of the reference", &request.reference.len(), &made)?,
    }
    same(
        "memo",
        &request.memo,
        expected.memo.as_ref().unwrap_or(&request.reference),
    )?;
    same(
        "TLS role",
        &request.tls_role.as_deref(),
        &Some(expected.tls_role.as_str()),
    )?;
    same(
        "whether bytes are kept",
        &request.keep_bytes,
        &expected.keeps_bytes,
    )?;
    let body = String::from_utf8(request.body.to_vec()).map_err(|error| error.to_string())?;
    has_in_order("body", &body, &expected.body_has)?;
    match expected.body_lacks.iter().find(|part| body.contains(*part)) {
        Some(part) => Err(format!("the body has {part:?}")),
        None => Ok(()),
    }
}

pub(super) fn compare_verdict(verdict: &Verdict, expected: &ExpectedVerdict) -> Result<(), String> {
    let reply = match (verdict, &expected.reason) {
        (Verdict::Accepted(acceptance), None) => {
            compare_events(&acceptance.events, &expected.events)?;
            compare_follow_ups(&acceptance.follow_ups, &expected.follow_ups)?;
            compare_documents(&acceptance.documents, &expected.documents)?;
            let (reply, duplicate) = (&acceptance.reply, &acceptance.reply_to_duplicate);
            let duplicate = duplicate.body.to_vec();
            if expected.duplicate_has.is_empty() {
                same("reply to a duplicate", &duplicate, &reply.body.to_vec())?;
            }
            let text = String::from_utf8(duplicate).map_err(|error| error.to_string())?;
            has_in_order("reply to a duplicate", &text, &expected.duplicate_has)?;
            reply
        }
        (Verdict::Rejected(rejected), Some(expected)) => {
            let reason = &rejected.reason;
            let found = ExpectedProblem {
                fault: reason.fault.name().into(),
                code: reason.code.clone(),
                path: reason.path.clone(),
            };
            same("reason", &found, expected)?;
            &rejected.reply
        }
        (Verdict::Accepted(_), Some(expected)) => {
            return Err(format!("accepted instead of {}", expected.code));
        }
        (Verdict::Rejected(rejected), None) => return Err(rejected.reason.to_string()),
    };
    same("status", &reply.status, &expected.status)?;
    let body = String::from_utf8(reply.body.to_vec()).map_err(|error| error.to_string())?;
    same(
        "whether the reply is empty",
        &body.is_empty(),
        &expected.reply_has.is_empty(),
    )?;
    has_in_order("reply", &body, &expected.reply_has)?;
    let headers: BTreeMap<String, String> = reply.headers.iter().cloned().collect();
    let described = if expected.headers.is_empty() {
        &headers
    } else {
        &expected.headers
    };
    same("headers", &headers, described)
}

pub(super) fn has_in_order(what: &str, text: &str, parts: &[String]) -> Result<(), String> {
    let mut rest = text;
    for part in parts {
        match rest.split_once(part.as_str()) {
            Some((_, after)) => rest = after,
            None => {
                return Err(format!(
                    "the {what} has no {part:?} where it should: {text}"
                ));
            }
        }
    }
    Ok(())
}

pub(super) fn same<T: PartialEq + std::fmt::Debug + ?Sized>(
    what: &str,
    found: &T,
    expected: &T,
) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what} is {found:?}, not {expected:?}"))
}
