// SPDX-License-Identifier: Apache-2.0
//! Whom to believe.

use std::time::SystemTime;

use super::{
    dated::Dated,
    error::{IdentifyError, TrustError},
    identity::Identity,
    issuers::{Anchor, Issuers},
    key, path,
    path_cache::PathCache,
    pin::Pin,
    purpose::Purpose,
    revocation::{ListError, RevocationList},
    shown::Shown,
};
use crate::{
    digest::ChainDigest,
    exchange::CertificateChain,
    keys::read_certificates,
    pem::{self, Expected},
    time,
};

/// Whom to believe: certificates that others' certificates have to lead to, what has been revoked below them, and
/// certificates and keys that are believed by themselves (*pins*).
#[derive(Debug, Default)]
pub struct AnchorSet {
    pub(super) issuers: Issuers,
    pins: Vec<Pin>,
    dated: Vec<Dated>,
    paths: PathCache,
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
            let shown = Shown::read(&der).ok_or(TrustError::NotAnAnchor(number))?;
            self.issuers.anchors.push(Anchor::of(&shown, number)?);
            let anchor = webpki::anchor_from_trusted_cert(&der)
                .map_err(|_| TrustError::NotAnAnchor(number))?;
            self.issuers.library.push(anchor.to_owned());
            self.dated.extend(Dated::anchor(&der));
        }
        self.paths = PathCache::default();
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
    /// No list, one that cannot be read, or one of a kind that is not supported: delta, indirect, for some reasons only.
    pub fn with_revocation_lists(mut self, file: &[u8]) -> Result<Self, TrustError> {
        let lists = pem::read(file, Expected::RevocationLists).map_err(TrustError::File)?;
        for (index, list) in lists.iter().enumerate() {
            let number = index + 1;
            self.dated.extend(Dated::list(&list.der));
            let list = RevocationList::read(&list.der).map_err(|error| match error {
                ListError::Unreadable => TrustError::UnreadableRevocationList(number),
                ListError::Unsupported(kind) => {
                    TrustError::UnsupportedRevocationList { number, kind }
                }
            })?;
            self.issuers.revocation_lists.push(list);
        }
        self.paths = PathCache::default();
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
            path::find(&self.issuers, first, rest, purpose, at)
        })
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
            let mut lists = self.issuers.revocation_lists.iter();
            lists.any(|list| list.issuer() == issued.issuer && list.names(&issued.serial))
        })
    }
}
