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

/// An anchor set that the settings or the agency ask for is not configured: for whoever configures it, whatever was judged.
pub(crate) fn missing_set(anchor_set: &str) -> Problem {
    let message = format!(
        "no anchor set `{anchor_set}` is configured, so that nobody can be told from anybody else; add the issuers of the agency's certificates to its anchors"
    );
    problem(Fault::Configuration, "trust.missing", "", message)
}

/// Why a caller's certificate does not lead to an anchor set.
pub fn caller_problem(anchor_set: &str, error: &IdentifyError) -> Problem {
    let told = |code: &str, message: String| problem(Fault::Counterparty, code, "", message);
    match error {
        IdentifyError::UnknownAnchorSet => missing_set(anchor_set),
        IdentifyError::RevocationUnknown(gap) => {
            let message = format!(
                "whether the caller's certificate is revoked cannot be told, and the anchor set `{anchor_set}` demands it: {gap}"
            );
            problem(
                Fault::Configuration,
                "caller.revocation-unknown",
                "",
                message,
            )
        }
        IdentifyError::NoPath => told(
            "caller.untrusted",
            format!("the caller's certificate leads to no anchor of the set `{anchor_set}`"),
        ),
        IdentifyError::Unsupported(feature) => told(
            "caller.unsupported",
            format!(
                "the caller's certificate, or one above it, has something that is not supported here: {feature}; pin the certificate in the anchor set `{anchor_set}` if the caller is who it should be"
            ),
        ),
        IdentifyError::NotAcceptable(rule) => told(
            "caller.not-acceptable",
            format!(
                "the caller's certificate, or one above it, breaks a rule of RFC 5280: {rule}"
            ),
        ),
        IdentifyError::CertificateUnreadable(0) => told(
            "caller.certificate-unreadable",
            "the caller has shown no certificate".into(),
        ),
        IdentifyError::CertificateUnreadable(position) => told(
            "caller.certificate-unreadable",
            format!("certificate number {position} of the caller is no X.509 certificate"),
        ),
        IdentifyError::TooManyCertificates => told(
            "caller.too-many-certificates",
            "the caller has shown more certificates than are looked at here, 4 beside its own and 12,288 bytes together; it has to show its own and those that lead from it to the anchor"
                .into(),
        ),
        IdentifyError::NotYetValid => told(
            "caller.not-yet-valid",
            "the caller's certificate is not valid yet".into(),
        ),
        IdentifyError::Expired => told(
            "caller.expired",
            "the caller's certificate, or one above it, has expired".into(),
        ),
        IdentifyError::Revoked => told(
            "caller.revoked",
            "the caller's certificate, or one above it, is revoked".into(),
        ),
        IdentifyError::WrongUsage => told(
            "caller.wrong-usage",
            "the caller's certificate is not meant for clients of TLS: its key usage has to allow signatures, and its extended key usage, if it has one, clientAuth"
                .into(),
        ),
    }
}
