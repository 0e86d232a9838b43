// SPDX-License-Identifier: Apache-2.0
//! Whom to believe.

use std::time::SystemTime;

use x509_parser::{oid_registry::Oid, prelude::FromDer, x509::X509Name};

use super::{
    dated::Dated,
    error::TrustError,
    identity::Identity,
    key,
    path::{
        self, Anchor, Certificate, IdentifyError, Judgement, Judges, ListError, NotAnAnchor,
        PolicyDemands, Purpose, RevocationList,
    },
    path_cache::{PathCache, PathResult},
    pin::Pin,
    tolerance::ClockTolerance,
};
use crate::{
    digest::{ChainDigest, sha256},
    exchange::CertificateChain,
    keys::read_certificates,
    names,
    pem::{self, Expected},
    time,
};

/// Whom to believe: certificates that others' certificates have to lead to, what has been revoked below them, and
/// certificates and keys that are believed by themselves (*pins*).
#[derive(Debug)]
pub struct AnchorSet {
    pub(super) judges: Judges,
    pins: Vec<Pin>,
    dated: Vec<Dated>,
    paths: PathCache,
    made_of: Vec<[u8; 32]>,
}

impl Default for AnchorSet {
    fn default() -> Self {
        Self {
            judges: Judges {
                anchors: Vec::new(),
                lists: Vec::new(),
                list_signers: Vec::new(),
                demands: PolicyDemands::default(),
                tolerance: ClockTolerance::default().into(),
            },
            pins: Vec::new(),
            dated: Vec::new(),
            paths: PathCache::default(),
            made_of: Vec::new(),
        }
    }
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

    /// Adds anchors from PEM, or one from DER: certificates of issuers.
    ///
    /// # Errors
    /// No certificate, or one that cannot be an anchor: an end certificate, say, which is to be pinned.
    pub fn with_anchors_pem(mut self, certificates: &[u8]) -> Result<Self, TrustError> {
        for (index, der) in read_certificates(certificates)?.into_iter().enumerate() {
            let number = index + 1;
            let anchor = Anchor::read(&der).map_err(|error| match error {
                NotAnAnchor::Unreadable => TrustError::NotAnAnchor(number),
                NotAnAnchor::NoIssuer(reason) => TrustError::NotAnIssuer {
                    number,
                    subject: subject(&der),
                    reason,
                },
            })?;
            self.judges.anchors.push(anchor);
            self.note("anchor", &der);
            self.dated.extend(Dated::anchor(&der));
        }
        self.paths = PathCache::default();
        Ok(self)
    }

    /// Adds certificates of those who sign revocation lists with another key than they issue certificates with, or for
    /// others, from PEM, or one from DER. They are believed when a path leads to them from the anchor that the path of the
    /// certificate in question begins at.
    ///
    /// # Errors
    /// No certificate, one that cannot be read, or one whose key usage does not have cRLSign.
    pub fn with_list_signers_pem(mut self, certificates: &[u8]) -> Result<Self, TrustError> {
        for (index, der) in read_certificates(certificates)?.into_iter().enumerate() {
            if !path::is_list_signer(&der) {
                return Err(TrustError::NotAListSigner(index + 1));
            }
            self.dated.extend(Dated::list_signer(&der));
            self.note("list-signer", &der);
            self.judges.list_signers.push(der.to_vec());
        }
        self.paths = PathCache::default();
        Ok(self)
    }

    /// Accepts only certificates that were issued under one of these certificate policies, each an object identifier such as
    /// `1.2.246.517.1.10.2`: they are the user-initial-policy-set of RFC 5280 §6.1.1, and initial-explicit-policy is set. Without
    /// any, policies count only as far as issuers demand them of each other. Pins are not concerned.
    ///
    /// # Errors
    /// One that is no object identifier.
    pub fn with_policies(mut self, policies: &[impl AsRef<str>]) -> Result<Self, TrustError> {
        let read = |policy: &str| {
            let is_plain = policy
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.');
            let numbers: Option<Vec<u64>> = policy.split('.').map(|n| n.parse().ok()).collect();
            // The first arc is 0, 1 or 2, and below 0 and 1 there are 40 (X.660).
            let numbers = numbers.filter(|numbers| {
                is_plain && matches!(numbers.as_slice(), [0 | 1, 0..40, ..] | [2, _, ..])
            });
            let oid = numbers.and_then(|numbers| Oid::from(&numbers).ok());
            oid.map(|oid| oid.as_bytes().to_vec())
                .ok_or_else(|| TrustError::NotAPolicy(policy.to_owned()))
        };
        let accepted: Result<Vec<_>, _> = policies
            .iter()
            .map(|policy| read(policy.as_ref()))
            .collect();
        self.judges.demands.accepted = accepted?;
        for policy in policies {
            self.note("policy", policy.as_ref().as_bytes());
        }
        self.judges.demands.is_explicit = !policies.is_empty();
        self.paths = PathCache::default();
        Ok(self)
    }

    /// Lets the clocks of issuers differ from this machine's by so much.
    #[must_use]
    pub fn with_clock_tolerance(mut self, tolerance: ClockTolerance) -> Self {
        self.judges.tolerance = tolerance.into();
        let ClockTolerance {
            certificates,
            lists,
        } = tolerance;
        for seconds in [certificates, lists].map(|end| end.as_secs()) {
            self.note("tolerance", &seconds.to_be_bytes());
        }
        self.paths = PathCache::default();
        self
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
        let mut pins = Pin::read_all(pins)?;
        for pin in &pins {
            self.note("pin", &pin.der);
        }
        self.pins.append(&mut pins);
        Ok(self)
    }

    /// Adds revocation lists from PEM, or one from DER. With at least one list, a certificate whose status none of them tells is
    /// refused.
    ///
    /// # Errors
    /// No list, one that cannot be read, or one that has something that is not supported, such as an extension that is marked
    /// critical.
    pub fn with_revocation_lists(mut self, file: &[u8]) -> Result<Self, TrustError> {
        let lists = pem::read(file, Expected::RevocationLists).map_err(TrustError::File)?;
        for (index, list) in lists.iter().enumerate() {
            let number = index + 1;
            let list = RevocationList::read(&list.der).map_err(|error| match error {
                ListError::Unreadable => TrustError::UnreadableRevocationList(number),
                ListError::Unsupported(kind) => {
                    TrustError::UnsupportedRevocationList { number, kind }
                }
            })?;
            self.judges.lists.push(list);
        }
        // One of this file may stand in for one of another.
        self.dated
            .retain(|dated| !matches!(dated, Dated::List { .. }));
        self.dated.extend(Dated::lists(&self.judges.lists));
        self.paths = PathCache::default();
        Ok(self)
    }

    /// What in it runs out: anchors, and revocation lists that no newer one stands in for. Pins have no end.
    pub fn dated(&self) -> &[Dated] {
        &self.dated
    }

    fn note(&mut self, kind: &str, content: &[u8]) {
        let content = [kind.as_bytes(), b"\0", content].concat();
        self.made_of.push(sha256(&content));
    }

    /// Digests of what it was made of, in order, but for revocation lists.
    pub(crate) fn made_of(&self) -> &[[u8; 32]] {
        &self.made_of
    }

    /// DER of what is pinned, in order.
    pub(crate) fn pinned(&self) -> impl Iterator<Item = &[u8]> {
        self.pins.iter().map(|pin| pin.der.as_slice())
    }

    /// Judges a chain (DER, the end certificate first) for a purpose at a time.
    pub(crate) fn identify(
        &self,
        chain: &[Vec<u8>],
        purpose: Purpose,
        at: SystemTime,
    ) -> Result<Identity, IdentifyError> {
        self.judge(chain, || ChainDigest::of(chain), purpose, at)
    }

    /// The same for the certificates of a peer, whose digest is computed once.
    pub(crate) fn identify_peer(
        &self,
        chain: &CertificateChain,
        purpose: Purpose,
        at: SystemTime,
    ) -> Result<Identity, IdentifyError> {
        self.judge(chain.certificates(), || chain.digest(), purpose, at)
    }

    fn judge(
        &self,
        chain: &[impl AsRef<[u8]>],
        digest: impl FnOnce() -> ChainDigest,
        purpose: Purpose,
        at: SystemTime,
    ) -> Result<Identity, IdentifyError> {
        let (first, rest) = chain
            .split_first()
            .ok_or(IdentifyError::CertificateUnreadable(0))?;
        let first = first.as_ref();
        if let Some(pin) = self.pin_of(first) {
            return match self.is_revoked(pin) {
                true => Err(IdentifyError::Revoked),
                false => Ok(pin.identity.clone()),
            };
        }
        path::check_size(first, rest)?;
        // Whole seconds, in which certificates and lists have their times.
        let (at, _) = time::to_parts(at);
        self.paths.remember((digest(), purpose), at, || {
            self.find_path(first, rest, purpose, at)
        })
    }

    fn find_path(
        &self,
        first: &[u8],
        rest: &[impl AsRef<[u8]>],
        purpose: Purpose,
        at: i64,
    ) -> PathResult {
        if key::bare(first).is_some() {
            return PathResult {
                // Nobody can have issued it.
                result: Err(IdentifyError::NoPath),
                from: i64::MIN,
                until: i64::MAX,
            };
        }
        let Judgement {
            result,
            from,
            until,
        } = path::judge(&self.judges, first, rest, purpose, at);
        let identity = || {
            let certificate = Certificate::read(first);
            let identity = certificate.as_ref().and_then(Identity::of);
            identity.ok_or(IdentifyError::CertificateUnreadable(1))
        };
        PathResult {
            result: result.and_then(|()| identity()),
            from,
            until,
        }
    }

    /// The pin that accepts the first of a chain. A pinned certificate comes before a bare key: it knows names.
    fn pin_of(&self, first: &[u8]) -> Option<&Pin> {
        if self.pins.is_empty() {
            return None;
        }
        let itself = self.pins.iter().find(|pin| pin.der == first);
        itself.or_else(|| {
            let key = key::bare(first).or_else(|| key::of_certificate(first))?;
            self.pins.iter().find(|pin| pin.is_key(&key))
        })
    }

    /// Whether a revocation list names a pinned certificate. The lists are the operator's files, as the pins are, so that
    /// it takes neither a signature by an issuer that may be unknown here nor a date to believe them against a pin.
    fn is_revoked(&self, pin: &Pin) -> bool {
        pin.issued.as_ref().is_some_and(|issued| {
            path::is_revoked(self.judges.lists.iter(), &issued.issuer, &issued.serial)
        })
    }
}

/// The subject of a certificate, for messages.
fn subject(der: &[u8]) -> String {
    let certificate = Certificate::read(der);
    let subject =
        certificate.and_then(|certificate| X509Name::from_der(certificate.subject.der).ok());
    subject.map_or_else(String::new, |(_, subject)| names::text(&subject))
}
