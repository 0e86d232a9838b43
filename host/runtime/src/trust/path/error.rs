// SPDX-License-Identifier: Apache-2.0
//! Why a certificate was not accepted.

/// Why a certificate was not accepted, as in the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IdentifyError {
    /// At that position of the chain, counted from 1; 0 for an empty chain.
    CertificateUnreadable(u32),
    TooManyCertificates,
    NoPath,
    NotYetValid,
    Expired,
    Revoked,
    RevocationUnknown(String),
    /// The text says for which purpose, what the certificate has, and what would do.
    WrongUsage(String),
    NotAcceptable(String),
    Unsupported(String),
}

/// A rule of RFC 5280 that is broken.
pub(super) fn rule(rule: &str) -> IdentifyError {
    IdentifyError::NotAcceptable(rule.to_owned())
}
