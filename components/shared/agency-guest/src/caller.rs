// SPDX-License-Identifier: Apache-2.0
//! Who calls.

use crate::{
    Fault, Problem,
    bindings::silta::agency::trust::{IdentifyError, Identity, Peer, Purpose},
    counterparty_problem, problem,
    problem::missing_set,
};

/// Judges the caller's certificate by an anchor set. An issuer may have issued certificates to others than the agency, so that `check_name` judges whom the
/// certificate names; what is pinned is meant, whatever it names.
///
/// # Errors
/// A problem of fault `counterparty`, with what to do about a missing certificate in `advice`; or of fault `configuration` where nobody can be judged.
pub fn check_caller(
    anchor_set: &str,
    peer: Option<&Peer>,
    advice: &str,
    check_name: impl FnOnce(&Identity) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let Some(peer) = peer else {
        let message = format!("the caller has shown no client certificate{advice}");
        return Err(counterparty_problem("caller.no-certificate", "", message));
    };
    match peer.identify(anchor_set, Purpose::TlsClient) {
        Ok(caller) if caller.pinned => Ok(()),
        Ok(caller) => check_name(&caller),
        Err(error) => Err(caller_problem(anchor_set, &error)),
    }
}

/// Why a caller's certificate does not lead to an anchor set.
fn caller_problem(anchor_set: &str, error: &IdentifyError) -> Problem {
    let told = |code: &str, message: String| counterparty_problem(code, "", message);
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
        IdentifyError::WrongUsage(usage) => told(
            "caller.wrong-usage",
            format!(
                "the caller's certificate is not meant for calls: {usage}; the caller has to show one that is"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of a caller whose certificate was refused.
    fn refused(error: IdentifyError) -> (Fault, String, String) {
        let problem = caller_problem("customs", &error);
        (problem.fault, problem.code, problem.message)
    }

    #[test]
    fn a_certificate_for_something_else_is_told_with_what_would_do() {
        let usage = "as a client of TLS it needs the extended key usage clientAuth, or none at all; it has serverAuth";
        let (fault, code, message) = refused(IdentifyError::WrongUsage(usage.to_owned()));
        assert_eq!(
            (fault, code.as_str()),
            (Fault::Counterparty, "caller.wrong-usage")
        );
        assert!(message.contains(usage), "{message}");
    }

    #[test]
    fn what_is_ours_is_not_called_the_callers_fault() {
        let gap = "renew the list".to_owned();
        for (error, part) in [
            (IdentifyError::UnknownAnchorSet, "customs"),
            (IdentifyError::RevocationUnknown(gap), "renew the list"),
        ] {
            let (fault, _, message) = refused(error);
            assert_eq!(fault, Fault::Configuration);
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn what_is_not_supported_is_told_with_the_remedy() {
        let feature = "keys on the curve brainpoolP256r1".to_owned();
        let (_, code, message) = refused(IdentifyError::Unsupported(feature.clone()));
        assert_eq!(code, "caller.unsupported");
        for part in [feature.as_str(), "pin the certificate", "`customs`"] {
            assert!(message.contains(part), "{message}");
        }
    }
}
