//! What a case is, and where the cases lie.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::agencies::{
    cases::{self, Cases},
    expectation::{ExpectedOutcome, ExpectedProblem, ExpectedRequest, ExpectedVerdict},
};

/// A case of `data/vero`. A field that is not known here would test nothing, so it is an error. The body of an answer or call is in `body.json`.
#[derive(Debug, Deserialize)]
#[serde(tag = "exercise", rename_all = "camelCase", deny_unknown_fields)]
pub(super) enum Case {
    #[serde(rename_all = "camelCase")]
    Parse {
        operation: String,
        /// None: no answer came.
        status: Option<u16>,
        /// Further header fields of the answer.
        #[serde(default)]
        headers: Vec<(String, String)>,
        #[serde(default)]
        earlier_sendings: u32,
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

/// All of them.
pub(super) fn cases() -> Cases<Case> {
    cases::load("vero", |case| match case {
        Case::Parse { .. } | Case::Validate { .. } => Some("body.json"),
        Case::Build { .. } | Case::Deploy { .. } => None,
    })
}
