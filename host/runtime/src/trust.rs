//! Certificates and signatures of others, judged against what the operator trusts.

mod dated;
mod identity;
mod key;
mod pin;
mod verification;

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, EndEntityCert, ExpirationPolicy, KeyUsage,
    RevocationOptionsBuilder,
};

use crate::{
    keys::{KeyError, read_certificates},
    pem::{self, Expected, PemError},
};
pub use dated::Dated;
use identity::Claims;
pub(crate) use identity::Identity;
use pin::Pin;
use verification::Leniency;
pub(crate) use verification::{VerificationAlgorithm, VerifyError};

/// Why an anchor set cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The certificates cannot be read.
    #[error(transparent)]
    Certificates(#[from] KeyError),
    /// A certificate cannot be an anchor.
    #[error("certificate number {0} cannot serve as a trust anchor")]
    NotAnAnchor(usize),
    /// A file of revocation lists or of pins cannot be read as one.
    #[error("{0}")]
    File(PemError),
    /// A revocation list cannot be read.
    #[error("revocation list number {0} is not readable; export it again")]
    UnreadableRevocationList(usize),
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

/// Whom to believe: certificates that others' certificates have to lead to, what has been revoked below them, and
/// certificates and keys that are believed by themselves (*pins*).
#[derive(Debug, Default)]
pub struct AnchorSet {
    anchors: Vec<TrustAnchor<'static>>,
    pins: Vec<Pin>,
    revocation_lists: Vec<CertRevocationList<'static>>,
    dated: Vec<Dated>,
}

impl AnchorSet {
    /// Believes nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// A set of anchors alone, from PEM.
    ///
    /// # Errors
    /// As [`with_anchors_pem`](Self::with_anchors_pem).
    pub fn from_pem(certificates: &[u8]) -> Result<Self, TrustError> {
        Self::new().with_anchors_pem(certificates)
    }

    /// Adds anchors from PEM, or one from DER.
    ///
    /// # Errors
    /// No certificate, or one that cannot be an anchor.
    pub fn with_anchors_pem(mut self, certificates: &[u8]) -> Result<Self, TrustError> {
        for (index, der) in read_certificates(certificates)?.into_iter().enumerate() {
            let der = CertificateDer::from(der);
            let anchor = webpki::anchor_from_trusted_cert(&der)
                .map_err(|_| TrustError::NotAnAnchor(index + 1))?;
            self.anchors.push(anchor.to_owned());
            self.dated.extend(Dated::anchor(&der));
        }
        Ok(self)
    }

    /// Adds pins from PEM, sections `CERTIFICATE` and `PUBLIC KEY` in any order and number, or one from DER.
    ///
    /// A pinned certificate is accepted as it is, byte by byte: no path is built, and neither its validity nor its key
    /// usage counts, because the pin is the operator's own judgement of it. Only a revocation list of this set that names
    /// it takes the pin back. A pinned key is accepted bare and in any certificate, of which nothing else is believed.
    ///
    /// # Errors
    /// Nothing to pin, a section that cannot be read or is of another kind (a private key, say), or a key that no
    /// signature can be verified with.
    pub fn with_pins_pem(mut self, pins: &[u8]) -> Result<Self, TrustError> {
        self.pins.append(&mut Pin::read_all(pins)?);
        Ok(self)
    }

    /// Adds revocation lists from PEM, or one from DER. With at least one list, a certificate whose status none of them tells is
    /// refused.
    ///
    /// # Errors
    /// No list, or one that cannot be read: without it nothing would be checked, and nobody would notice.
    pub fn with_revocation_lists(mut self, file: &[u8]) -> Result<Self, TrustError> {
        let lists = pem::read(file, Expected::RevocationLists).map_err(TrustError::File)?;
        for (index, list) in lists.iter().enumerate() {
            self.dated.extend(Dated::list(&list.der));
            let list = BorrowedCertRevocationList::from_der(&list.der)
                .and_then(|list| list.to_owned())
                .map_err(|_| TrustError::UnreadableRevocationList(index + 1))?;
            self.revocation_lists.push(list.into());
        }
        Ok(self)
    }

    /// What in it runs out: anchors and revocation lists. Pins have no end.
    pub fn dated(&self) -> &[Dated] {
        &self.dated
    }

    /// DER of what is pinned, in order.
    pub(crate) fn pinned(&self) -> impl Iterator<Item = &[u8]> {
        self.pins.iter().map(|pin| pin.der.as_slice())
    }

    /// Judges a chain (DER, the end certificate first) at a time.
    pub(crate) fn identify(
        &self,
        chain: &[Vec<u8>],
        at: SystemTime,
    ) -> Result<Identity, IdentifyError> {
        let (first, rest) = chain
            .split_first()
            .ok_or(IdentifyError::CertificateUnreadable)?;
        let Some(pin) = self.pin_of(first) else {
            return self.find_path(first, rest, at);
        };
        if self.is_revoked(pin) {
            Err(IdentifyError::Revoked)
        } else {
            Ok(pin.identity.clone())
        }
    }

    /// The pin that accepts the first of a chain. A pinned certificate comes before a bare key: it knows names.
    fn pin_of(&self, first: &[u8]) -> Option<&Pin> {
        if self.pins.is_empty() {
            return None;
        }
        let itself = self.pins.iter().find(|pin| pin.accepts(first, None));
        itself.or_else(|| {
            let key = key::of_certificate(first)?.raw;
            self.pins.iter().find(|pin| pin.accepts(first, Some(key)))
        })
    }

    /// Whether a revocation list names a pinned certificate. The lists are the operator's files, as the pins are, so that
    /// it takes neither a signature by an issuer that may be unknown here nor a date to believe them against a pin.
    fn is_revoked(&self, pin: &Pin) -> bool {
        pin.issued.as_ref().is_some_and(|issued| {
            self.revocation_lists.iter().any(|list| {
                list.issuer() == issued.issuer
                    && !matches!(list.find_serial(&issued.serial), Ok(None))
            })
        })
    }

    /// Leads a certificate to an anchor (RFC 5280 §6).
    fn find_path(
        &self,
        first: &[u8],
        rest: &[Vec<u8>],
        at: SystemTime,
    ) -> Result<Identity, IdentifyError> {
        if key::bare(first).is_some() {
            // Nobody can have issued it.
            return Err(IdentifyError::NoPath);
        }
        let claims = Claims::read(first).ok_or(IdentifyError::CertificateUnreadable)?;
        let end = CertificateDer::from(first);
        let intermediates: Vec<_> = rest
            .iter()
            .map(|der| CertificateDer::from(der.as_slice()))
            .collect();
        let certificate = EndEntityCert::try_from(&end).map_err(identify_error)?;
        let since = at
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_err(|_| IdentifyError::NotYetValid)?;
        let lists: Vec<&CertRevocationList<'_>> = self.revocation_lists.iter().collect();
        let revocation = RevocationOptionsBuilder::new(&lists).ok().map(|options| {
            options
                .with_expiration_policy(ExpirationPolicy::Enforce)
                .build()
        });
        certificate
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &self.anchors,
                &intermediates,
                UnixTime::since_unix_epoch(since),
                KeyUsage::client_auth(),
                revocation,
                None,
            )
            .map_err(|error| match error {
                // Nobody above it vouches for it, whatever else it may be used for.
                webpki::Error::CaUsedAsEndEntity if claims.identity.is_self_issued() => {
                    IdentifyError::NoPath
                }
                error => identify_error(error),
            })?;
        if claims.may_sign {
            Ok(claims.identity)
        } else {
            Err(IdentifyError::WrongUsage)
        }
    }
}

/// The anchor sets of one agency by name.
#[derive(Debug, Clone, Default)]
pub struct TrustStore {
    sets: BTreeMap<String, Arc<AnchorSet>>,
    leniency: Leniency,
}

impl TrustStore {
    /// Trusts nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an anchor set, or replaces that of the name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, set: AnchorSet) -> Self {
        self.sets.insert(name.into(), Arc::new(set));
        self
    }

    /// Lets signatures with SHA-1 verify. Off unless an agency still makes them: SHA-1 collisions can be bought.
    #[must_use]
    pub fn with_sha1(mut self, allowed: bool) -> Self {
        self.leniency.sha1 = allowed;
        self
    }

    /// Lets signatures by RSA keys of 1024 to 2047 bits verify, made with PKCS#1 v1.5 and SHA-1, SHA-256 or SHA-512. Off
    /// unless an agency still has such a key: the shortest of them are within the reach of a state.
    ///
    /// Paths to an anchor take 2048 bits in any case; a certificate with a shorter key has to be pinned.
    #[must_use]
    pub fn with_short_rsa(mut self, allowed: bool) -> Self {
        self.leniency.short_rsa = allowed;
        self
    }

    /// Names of the anchor sets.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sets.keys().map(String::as_str)
    }

    /// The anchor sets by name.
    pub fn sets(&self) -> impl Iterator<Item = (&str, &AnchorSet)> {
        let sets = self.sets.iter();
        sets.map(|(name, set)| (name.as_str(), set.as_ref()))
    }

    pub(crate) fn set(&self, name: &str) -> Option<&AnchorSet> {
        self.sets.get(name).map(Arc::as_ref)
    }

    /// Checks a signature with the public key of a certificate or a bare one (DER), trusted or not.
    pub(crate) fn verify(
        &self,
        algorithm: VerificationAlgorithm,
        key: &[u8],
        bytes: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        verification::verify(algorithm, key, bytes, signature, self.leniency)
    }
}

/// Why a certificate was not accepted, as in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdentifyError {
    CertificateUnreadable,
    NoPath,
    NotYetValid,
    Expired,
    Revoked,
    RevocationUnknown,
    WrongUsage,
    NotAcceptable,
}

fn identify_error(error: webpki::Error) -> IdentifyError {
    use webpki::Error as E;
    match error {
        E::BadDer | E::BadDerTime | E::TrailingData(_) | E::MalformedExtensions => {
            IdentifyError::CertificateUnreadable
        }
        E::CertExpired { .. } => IdentifyError::Expired,
        E::CertNotValidYet { .. } => IdentifyError::NotYetValid,
        E::CertRevoked => IdentifyError::Revoked,
        E::UnknownRevocationStatus | E::CrlExpired { .. } | E::InvalidCrlSignatureForPublicKey => {
            IdentifyError::RevocationUnknown
        }
        E::RequiredEkuNotFoundContext(_) | E::CaUsedAsEndEntity | E::EndEntityUsedAsCa => {
            IdentifyError::WrongUsage
        }
        E::UnknownIssuer | E::InvalidSignatureForPublicKey => IdentifyError::NoPath,
        _ => IdentifyError::NotAcceptable,
    }
}

#[cfg(test)]
mod tests;
