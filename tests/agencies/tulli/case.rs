//! What a case is, what it has to come to, and where the cases lie.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::agencies::{
    cases::{self, Cases},
    expectation::{ExpectedOutcome, ExpectedProblem, ExpectedRequest, ExpectedVerdict},
};

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
        /// None: the answer does not say.
        content_type: Option<String>,
        /// Further header fields of the answer.
        #[serde(default)]
        headers: Vec<(String, String)>,
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
        soap_action: Option<String>,
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

/// All of them.
pub(super) fn cases() -> Cases<Case> {
    cases::load("tulli", |case| match case {
        Case::Parse { .. } => Some("answer.xml"),
        Case::Validate { .. } => Some("call.xml"),
        Case::Build { .. } | Case::Deploy { .. } => None,
    })
}
