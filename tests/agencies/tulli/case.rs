//! What a case is, what it has to come to, and where the cases lie.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::agencies::{
    content,
    expectation::{ExpectedOutcome, ExpectedProblem, ExpectedRequest, ExpectedVerdict},
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
        /// What `build` left; some word when it does not matter.
        memo: Option<String>,
        /// Whose certificates are configured; the issuer of Customs' when it does not matter.
        #[serde(default = "yes")]
        trusts_customs: bool,
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
        cursor: Option<String>,
        #[serde(default)]
        settings: Map<String, Value>,
        expected: Option<ExpectedRequest>,
        problem: Option<ExpectedProblem>,
        flaw: Option<String>,
    },
    /// A call, 2026-07-01T00:00:00Z, with its body in `call.xml`.
    #[serde(rename_all = "camelCase")]
    Validate {
        #[serde(default = "post")]
        method: String,
        #[serde(default = "notify_path")]
        target: String,
        #[serde(default = "soap_1_2")]
        content_type: String,
        /// Who calls, by name; none: somebody without a certificate.
        #[serde(default = "customs")]
        caller: Option<String>,
        #[serde(default = "loopback")]
        address: String,
        #[serde(default = "yes")]
        trusts_customs: bool,
        #[serde(default)]
        settings: Map<String, Value>,
        expected: ExpectedVerdict,
    },
    Deploy {
        settings: Map<String, Value>,
        problem: Option<ExpectedProblem>,
    },
}

fn yes() -> bool {
    true
}

fn post() -> String {
    "POST".into()
}

fn notify_path() -> String {
    "/tulli/notify".into()
}

fn soap_1_2() -> String {
    "application/soap+xml; charset=utf-8".into()
}

fn customs() -> Option<String> {
    Some("customs".into())
}

fn loopback() -> String {
    "127.0.0.1".into()
}

impl Case {
    /// What is wrong with what comes out today, where something is.
    pub(super) fn flaw(&self) -> Option<&str> {
        match self {
            Self::Parse { flaw, .. } | Self::Build { flaw, .. } => flaw.as_deref(),
            Self::Deploy { .. } | Self::Validate { .. } => None,
        }
    }
}

/// The cases by name, each with the body of its answer or call, if it has one.
pub(super) fn cases() -> BTreeMap<String, (Case, Option<Vec<u8>>)> {
    let folder = workspace().join("tests/data/tulli");
    let mut cases = BTreeMap::new();
    for path in entries(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "source.md" {
            continue;
        }
        let text = fs::read_to_string(path.join("case.json"));
        let text = text.unwrap_or_else(|error| panic!("{name}/case.json: {error}"));
        let case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut read_files = vec!["case.json".to_owned()];
        let body = match case {
            Case::Parse { .. } => content::read(&path, "answer.xml", &mut read_files),
            Case::Validate { .. } => content::read(&path, "call.xml", &mut read_files),
            Case::Build { .. } | Case::Deploy { .. } => None,
        };
        for file in entries(&path) {
            let known = read_files.iter().any(|name| path.join(name) == file);
            assert!(known, "nothing reads {}", file.display());
        }
        cases.insert(name, (case, body));
    }
    cases
}

fn entries(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().path()).collect()
}
