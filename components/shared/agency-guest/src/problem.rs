//! Problems: what a component answers when there is no result.

use crate::bindings::silta::agency::{keys::KeyError, trust::IdentifyError, types};

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

/// Why a caller's certificate does not lead to an anchor set.
pub fn caller_problem(anchor_set: &str, error: &IdentifyError) -> Problem {
    use Fault::{Configuration, Counterparty};
    let (fault, code, message) = match error {
        IdentifyError::UnknownAnchorSet => {
            let message = format!(
                "no anchor set `{anchor_set}` is configured, so that no caller can be told from another; add the issuers of the agency's certificates to its anchors"
            );
            return problem(Configuration, "trust.missing", "", message);
        }
        IdentifyError::RevocationUnknown => {
            let message = format!(
                "whether the caller's certificate is revoked cannot be told, and the anchor set `{anchor_set}` demands it; renew its revocation lists"
            );
            return problem(Configuration, "caller.revocation-unknown", "", message);
        }
        IdentifyError::NoPath => {
            let message =
                format!("the caller's certificate leads to no anchor of the set `{anchor_set}`");
            return problem(Counterparty, "caller.untrusted", "", message);
        }
        IdentifyError::CertificateUnreadable => (
            Counterparty,
            "caller.certificate-unreadable",
            "the caller's certificate, or one that came with it, is no X.509 certificate",
        ),
        IdentifyError::NotYetValid => (
            Counterparty,
            "caller.not-yet-valid",
            "the caller's certificate is not valid yet",
        ),
        IdentifyError::Expired => (
            Counterparty,
            "caller.expired",
            "the caller's certificate has expired",
        ),
        IdentifyError::Revoked => (
            Counterparty,
            "caller.revoked",
            "the caller's certificate is revoked",
        ),
        IdentifyError::WrongUsage => (
            Counterparty,
            "caller.wrong-usage",
            "the caller's certificate is not meant for this use",
        ),
        IdentifyError::NotAcceptable => (
            Counterparty,
            "caller.not-acceptable",
            "the caller's certificate breaks a rule of RFC 5280",
        ),
    };
    problem(fault, code, "", message)
}
