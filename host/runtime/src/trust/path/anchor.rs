// SPDX-License-Identifier: Apache-2.0
//! What a path is judged by: issuers that are believed, what has been revoked below them, and demands of the operator.

use super::{
    certificate::Certificate,
    name::{Name, NameField},
    policies::PolicyDemands,
    revocation::RevocationList,
    signed::KeptKey,
};

/// By how much clocks may differ, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tolerance {
    /// At both ends of the validity of a certificate.
    pub(crate) certificates: i64,
    /// At both ends of the time in which a revocation list counts.
    pub(crate) lists: i64,
}

/// What a path is judged by.
#[derive(Debug)]
pub(crate) struct Judges {
    pub(crate) anchors: Vec<Anchor>,
    pub(crate) lists: Vec<RevocationList>,
    /// Certificates of those who sign lists, as DER that has been read once; believed only by a path.
    pub(crate) list_signers: Vec<Vec<u8>>,
    pub(crate) demands: PolicyDemands,
    pub(crate) tolerance: Tolerance,
}

/// An issuer that is believed: name and key, and of its certificate what limits the issuer (RFC 5280 §6.1.1 d; RFC 5937 §3.2).
#[derive(Debug)]
pub(crate) struct Anchor {
    /// All of its certificate.
    der: Vec<u8>,
    subject_der: Vec<u8>,
    subject: Name,
    pub(super) key: KeptKey,
}

/// Why a certificate cannot be an anchor.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotAnAnchor {
    /// It cannot be read, or what it says of itself cannot.
    Unreadable,
    /// It issues no others; the text says what shows it.
    NoIssuer(&'static str),
}

impl Anchor {
    /// Reads a certificate that is to be an anchor.
    ///
    /// Its dates do not count, nor its purposes and its policies; that it may issue does, because a certificate that may not is an
    /// end that its holder could make an authority of.
    pub(crate) fn read(der: &[u8]) -> Result<Self, NotAnAnchor> {
        let certificate = Certificate::read(der).ok_or(NotAnAnchor::Unreadable)?;
        certificate
            .extensions()
            .map_err(|_| NotAnAnchor::Unreadable)?;
        if !certificate.is_authority() && !certificate.is_old_root() {
            return Err(NotAnAnchor::NoIssuer(
                "it does not say that it is an authority's (basicConstraints with CA:TRUE)",
            ));
        }
        if !certificate.may_issue() {
            return Err(NotAnAnchor::NoIssuer(
                "its key usage does not have keyCertSign",
            ));
        }
        let subject = certificate.subject.name().ok_or(NotAnAnchor::Unreadable)?;
        Ok(Self {
            der: der.to_vec(),
            subject_der: certificate.subject.der.to_vec(),
            subject: subject.clone(),
            key: KeptKey::of(certificate.key_info),
        })
    }

    /// Its certificate, if it has the name of an issuer.
    pub(super) fn named<'a>(&'a self, issuer: &NameField<'_>) -> Option<Certificate<'a>> {
        let is_it = issuer.is_named(&self.subject_der, &self.subject);
        is_it.then(|| Certificate::read(&self.der))?
    }
}

/// Whether it is a certificate of one who signs lists.
pub(crate) fn is_list_signer(der: &[u8]) -> bool {
    Certificate::read(der).is_some_and(|certificate| certificate.may_sign_lists())
}
