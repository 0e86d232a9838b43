// SPDX-License-Identifier: Apache-2.0
//! Why whom to trust cannot be configured.

use crate::{keys::KeyError, pem::PemError};

/// Why an anchor set cannot be used. The configuration is at fault each time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The certificates cannot be read.
    #[error(transparent)]
    Certificates(#[from] KeyError),
    /// A certificate cannot be an anchor.
    #[error("certificate number {0} cannot serve as a trust anchor")]
    NotAnAnchor(usize),
    /// A certificate that says of itself, or fails to say, that it issues no others.
    #[error(
        "certificate number {number} ({subject}) issues no others: {reason}; to trust whom it is for, name it among the pinned ones (`pinned` in silta.toml, `--cert` on the command line), and here the certificate of the issuer"
    )]
    NotAnIssuer {
        /// Which certificate of the file, counted from 1.
        number: usize,
        /// Its subject.
        subject: String,
        /// What shows it.
        reason: &'static str,
    },
    /// A file of revocation lists or of pins cannot be read as one.
    #[error("{0}")]
    File(PemError),
    /// A revocation list cannot be read.
    #[error("revocation list number {0} is not readable; export it again")]
    UnreadableRevocationList(usize),
    /// A readable revocation list of a kind that is not supported.
    #[error(
        "revocation list number {number} is not supported here: {kind}; name the issuer's complete list instead, or take this one out of the file"
    )]
    UnsupportedRevocationList {
        /// Which list of the file, counted from 1.
        number: usize,
        /// What it is or has.
        kind: String,
    },
    /// A certificate of one who signs revocation lists cannot be used.
    #[error(
        "certificate number {0} is not of one who signs revocation lists: it is not readable, or its key usage does not have cRLSign"
    )]
    NotAListSigner(usize),
    /// A certificate policy is no object identifier.
    #[error(
        "`{0}` is no object identifier; expected numbers with periods, such as 1.2.246.517.1.10.2"
    )]
    NotAPolicy(String),
    /// A pin cannot be read.
    #[error(
        "section number {0} is neither a readable X.509 certificate nor a readable public key; export it again"
    )]
    UnreadablePin(usize),
    /// A pinned key is of a kind that signs nothing here.
    #[error(
        "section number {0} holds a key that no signature can be verified with here; expected RSA of 1024 to 8192 bits, or an elliptic curve key on P-256, P-384 or P-521"
    )]
    UnsuitablePin(usize),
}
