//! What a case is, what it has to come to, and where the cases lie.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};
use silta::{
    Error,
    exchange::{Outcome, Request, Target},
};

use crate::support::workspace;

/// What `parse` is told that `build` left for it.
pub(super) const MEMO: &str = "MEMO";

/// A case of `data/tulli`. A field that is not known here would test nothing, so it is an error.
#[derive(Debug, Deserialize)]
#[serde(tag = "exercise", rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum Case {
    #[serde(rename_all = "camelCase")]
    Parse {
        operation: String,
        /// None: no answer came.
        status: Option<u16>,
        #[serde(default)]
        earlier_sendings: u32,
        #[serde(default)]
        settings: Map<String, Value>,
        expected: Option<ExpectedOutcome>,
        problem: Option<ExpectedProblem>,
        flaw: Option<String>,
    },
    Build {
        operation: String,
        parameters: Option<Value>,
        /// In place of parameters: what is not the JSON of any.
        text: Option<String>,
        payload: Option<String>,
        #[serde(default)]
        settings: Map<String, Value>,
        expected: Option<ExpectedRequest>,
        problem: Option<ExpectedProblem>,
        flaw: Option<String>,
    },
    Deploy {
        settings: Map<String, Value>,
        problem: Option<ExpectedProblem>,
    },
}

impl Case {
    /// What is wrong with what comes out today, where something is.
    pub(super) fn flaw(&self) -> Option<&str> {
        match self {
            Self::Parse { flaw, .. } | Self::Build { flaw, .. } => flaw.as_deref(),
            Self::Deploy { .. } => None,
        }
    }
}

/// What `parse` has to come to.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExpectedOutcome {
    class: String,
    code: String,
    text: String,
    reference: String,
    events: usize,
    event_data: Option<Value>,
}

/// What `build` has to come to.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExpectedRequest {
    url: String,
    timeout_seconds: u64,
    /// None: one is made.
    reference: Option<String>,
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
    same("text", &outcome.text, &expected.text)?;
    same("reference", &outcome.reference, &expected.reference)?;
    same("number of events", &outcome.events.len(), &expected.events)?;
    for event in &outcome.events {
        let data: Value = serde_json::from_str(&event.data).map_err(|error| error.to_string())?;
        same(
            "event data",
            &data,
            expected.event_data.as_ref().unwrap_or(&data),
        )?;
        let key = format!("upload-acknowledged/{}", expected.reference);
        same("deduplication key", &event.deduplication_key, &key)?;
    }
    same("number of documents", &outcome.documents.len(), &0)?;
    same("number of follow-ups", &outcome.follow_ups.len(), &0)
}

pub(super) fn compare_request(request: &Request, expected: &ExpectedRequest) -> Result<(), String> {
    let Target::Http(target) = &request.target else {
        return Err("not an HTTP request".into());
    };
    same("URL", &target.url, &expected.url)?;
    same("method", &target.method.as_str(), &"POST")?;
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
    same("memo", &request.memo, &request.reference)?;
    same(
        "TLS role",
        &request.tls_role.as_deref(),
        &Some("intermediary"),
    )?;
    same("whether bytes are kept", &request.keep_bytes, &true)
}

fn same<T: PartialEq + std::fmt::Debug + ?Sized>(
    what: &str,
    found: &T,
    expected: &T,
) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what} is {found:?}, not {expected:?}"))
}

/// The cases by name, with the answer of those that have one.
pub(super) fn cases() -> BTreeMap<String, (Case, Option<Vec<u8>>)> {
    let folder = workspace().join("tests/data/tulli");
    let mut cases = BTreeMap::new();
    for path in entries(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "source.md" {
            continue;
        }
        for file in entries(&path) {
            let known = ["case.json", "answer.xml"].map(|name| path.join(name));
            assert!(known.contains(&file), "nothing reads {}", file.display());
        }
        let text = fs::read_to_string(path.join("case.json"));
        let text = text.unwrap_or_else(|error| panic!("{name}/case.json: {error}"));
        let case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let answer = fs::read(path.join("answer.xml")).ok();
        assert!(
            answer.is_none() || matches!(case, Case::Parse { .. }),
            "nothing reads {name}/answer.xml"
        );
        cases.insert(name, (case, answer));
    }
    cases
}

fn entries(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().path()).collect()
}
