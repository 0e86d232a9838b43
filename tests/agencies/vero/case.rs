//! What a case is, and where the cases lie.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::agencies::{
    content,
    expectation::{ExpectedOutcome, ExpectedProblem, ExpectedRequest, ExpectedVerdict},
};
use crate::support::workspace;

/// A case of `data/vero`. A field that is not known here would test nothing, so it is an error. The body of an answer or call is in `body.json`.
#[derive(Debug, Deserialize)]
#[serde(tag = "exercise", rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum Case {
    #[serde(rename_all = "camelCase")]
    Parse {
        operation: String,
        /// None: no answer came.
        status: Option<u16>,
        #[serde(default)]
        memo: String,
        #[serde(default)]
        settings: Map<String, Value>,
        expected: Option<ExpectedOutcome>,
        problem: Option<ExpectedProblem>,
    },
    Build {
        operation: String,
        parameters: Value,
        cursor: Option<String>,
        #[serde(default)]
        settings: Map<String, Value>,
        expected: Option<ExpectedRequest>,
        problem: Option<ExpectedProblem>,
    },
    /// A call, 2026-07-01T00:00:00Z, in order but for what is named.
    #[serde(rename_all = "camelCase")]
    Validate {
        #[serde(default = "post")]
        method: String,
        #[serde(default = "notify_path")]
        target: String,
        #[serde(default = "media_type")]
        content_type: String,
        /// Who calls, by name; none: somebody without a certificate.
        #[serde(default = "test_caller")]
        caller: Option<String>,
        #[serde(default = "loopback")]
        address: String,
        /// Header fields with the secret: `current`, `previous`, or what stands there.
        #[serde(default = "current_secret")]
        secrets: Vec<String>,
        #[serde(default)]
        settings: Map<String, Value>,
        expected: ExpectedVerdict,
    },
    Deploy {
        settings: Map<String, Value>,
        problem: Option<ExpectedProblem>,
    },
}

impl Case {
    pub(super) fn settings(&self) -> &Map<String, Value> {
        match self {
            Self::Parse { settings, .. }
            | Self::Build { settings, .. }
            | Self::Validate { settings, .. }
            | Self::Deploy { settings, .. } => settings,
        }
    }
}

fn post() -> String {
    "POST".into()
}

fn notify_path() -> String {
    "/vero/Notify/v1".into()
}

fn media_type() -> String {
    "application/json".into()
}

fn test_caller() -> Option<String> {
    Some("vero-test".into())
}

fn loopback() -> String {
    "127.0.0.1".into()
}

fn current_secret() -> Vec<String> {
    vec!["current".into()]
}

/// The cases by name, each with the body of its answer or call, if it has one.
pub(super) fn cases() -> BTreeMap<String, (Case, Option<Vec<u8>>)> {
    let folder = workspace().join("tests/data/vero");
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
            Case::Parse { .. } | Case::Validate { .. } => {
                content::read(&path, "body.json", &mut read_files)
            }
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

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder);
    let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().path()).collect()
}
