// SPDX-License-Identifier: Apache-2.0
//! Problems: what a component answers when there is no result.

use agency_http::{AnswerError, SettingError};

use crate::bindings::silta::agency::{keys::KeyError, types};

pub use types::{Fault, Problem};

/// A problem, spelt out.
pub fn problem(
    fault: Fault,
    code: &str,
    path: impl Into<String>,
    message: impl Into<String>,
) -> Problem {
    Problem {
        fault,
        code: code.into(),
        path: path.into(),
        message: message.into(),
    }
}

/// A problem that the agency, or whoever speaks in its name, causes.
pub fn counterparty_problem(
    code: &str,
    path: impl Into<String>,
    message: impl Into<String>,
) -> Problem {
    problem(Fault::Counterparty, code, path, message)
}

impl From<AnswerError> for Problem {
    fn from(error: AnswerError) -> Self {
        counterparty_problem(error.code, error.path, error.message)
    }
}

impl From<SettingError> for Problem {
    fn from(error: SettingError) -> Self {
        problem(
            Fault::Configuration,
            "setting.invalid",
            error.pointer,
            error.message,
        )
    }
}

/// A problem that only a defect of the component can cause.
pub fn internal(what: &str) -> Problem {
    problem(
        Fault::Internal,
        "component.defect",
        "",
        format!("{what}; this is a defect of the component, report it to its maker"),
    )
}

/// The operation is not one of this component's.
pub fn unknown_operation(operation: &str) -> Problem {
    problem(
        Fault::Caller,
        "operation.unknown",
        "",
        format!("there is no operation `{operation}`"),
    )
}

/// Why a role could not sign, told to whoever configures it.
pub fn key_problem(role: &str, error: &KeyError) -> Problem {
    let path = format!("/keys/{role}");
    let (code, message) = match error {
        KeyError::Sealed => return internal("a blob with a secret in it was to be signed"),
        KeyError::UnknownRole => (
            "key.missing",
            format!("no key is configured for the role `{role}`; add it to the agency's keys"),
        ),
        KeyError::AlgorithmNotAllowed(_) => (
            "key.algorithm-not-allowed",
            format!(
                "the role `{role}` may not sign with the algorithm that the settings ask for; change one or the other"
            ),
        ),
        KeyError::TooManySignatures(allowed) => (
            "key.too-many-signatures",
            format!("the role `{role}` may sign {allowed} times in one call, which is not enough"),
        ),
        KeyError::CertificateNotValid => (
            "key.certificate-not-valid",
            format!(
                "the certificate of the role `{role}` is not valid at this time; renew it, or check the clock"
            ),
        ),
        KeyError::Unavailable => (
            "key.unavailable",
            format!(
                "the key of the role `{role}` could not be used; look into the host's log and try again"
            ),
        ),
    };
    problem(Fault::Configuration, code, path, message)
}

/// An anchor set that the settings or the agency ask for is not configured: for whoever configures it, whatever was judged.
pub(crate) fn missing_set(anchor_set: &str) -> Problem {
    let message = format!(
        "no anchor set `{anchor_set}` is configured, so that nobody can be told from anybody else; add the issuers of the agency's certificates to its anchors"
    );
    problem(Fault::Configuration, "trust.missing", "", message)
}
