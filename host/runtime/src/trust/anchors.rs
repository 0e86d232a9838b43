//! Whom to believe.

use std::time::SystemTime;

use rustls_pki_types::TrustAnchor;

use super::{
    dated::Dated,
    error::{IdentifyError, TrustError},
    identity::Identity,
    key, path,
    path_cache::PathCache,
    pin::Pin,
    purpose::Purpose,
    revocation::{ListError, ListSigner, RevocationList},
    shown::Shown,
};
use crate::{
    keys::read_certificates,
    names,
    pem::{self, Expected},
    time,
};

/// Whom to believe: certificates that others' certificates have to lead to, what has been revoked below them, and
/// certificates and keys that are believed by themselves (*pins*).
#[derive(Debug, Default)]
pub struct AnchorSet {
    anchors: Vec<Anchor>,
    /// The same, for the library that judges paths.
    library: Vec<TrustAnchor<'static>>,
    pins: Vec<Pin>,
    revocation_lists: Vec<RevocationList>,
    dated: Vec<Dated>,
    paths: PathCache,
}

/// An issuer that is believed.
#[derive(Debug)]
pub(super) struct Anchor {
    /// Its name as DER.
    pub(super) subject: Vec<u8>,
    /// Its SubjectPublicKeyInfo as DER.
    pub(super) key_info: Vec<u8>,
    /// By which others may name its key.
    pub(super) key_id: Option<Vec<u8>>,
    /// How many authorities may stand between it and the end, self-issued ones not counted.
    pub(super) path_length: Option<u32>,
    may_sign_lists: bool,
}

impl Anchor {
    /// Reads a certificate that is to be an anchor; `number` is its place in the file.
    ///
    /// Its dates do not count, nor its purposes (RFC 5280 §6.1.1 d: an anchor is a name and a key); that it may issue does,
    /// because a certificate that may not is an end that its holder could make an authority of.
    fn of(shown: &Shown<'_>, number: usize) -> Result<Self, TrustError> {
        let refused = |reason| TrustError::NotAnIssuer {
            number,
            subject: names::text(shown.content.subject()),
            reason,
        };
        let Some(path_length) = shown.authority() else {
            let reason =
                "it does not say that it is an authority's (basicConstraints with CA:TRUE)";
            return Err(refused(reason));
        };
        if !shown.has_usage(|usage| usage.key_cert_sign()) {
            return Err(refused("its key usage does not have keyCertSign"));
        }
        Ok(Self {
            subject: shown.subject().to_vec(),
            key_info: shown.key_info().to_vec(),
            key_id: shown.subject_key_id().map(<[u8]>::to_vec),
            path_length,
            may_sign_lists: shown.has_usage(|usage| usage.crl_sign()),
        })
    }

    pub(super) fn list_signer(&self) -> ListSigner<'_> {
        ListSigner {
            key_info: &self.key_info,
            may_sign_lists: self.may_sign_lists,
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
            let shown = Shown::read(&der).ok_or(TrustError::NotAnAnchor(number))?;
            self.anchors.push(Anchor::of(&shown, number)?);
            let anchor = webpki::anchor_from_trusted_cert(&der)
                .map(|anchor| anchor.to_owned())
                .map_err(|_| TrustError::NotAnAnchor(number))?;
            self.library.push(anchor);
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
            self.revocation_lists.push(list);
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
        let (first, rest) = chain
            .split_first()
            .ok_or(IdentifyError::CertificateUnreadable(0))?;
        if let Some(pin) = self.pin_of(first) {
            return match self.is_revoked(pin) {
                true => Err(IdentifyError::Revoked),
                false => Ok(pin.identity.clone()),
            };
        }
        path::check_size(first, rest)?;
        // Whole seconds, in which certificates and lists have their times.
        let (at, _) = time::to_parts(at);
        self.paths.remember(chain, purpose, at, || {
            path::find(self, first, rest, purpose, at)
        })
    }

    pub(super) fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    pub(super) fn library(&self) -> &[TrustAnchor<'static>] {
        &self.library
    }

    pub(super) fn revocation_lists(&self) -> &[RevocationList] {
        &self.revocation_lists
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
            let mut lists = self.revocation_lists.iter();
            lists.any(|list| list.issuer() == issued.issuer && list.names(&issued.serial))
        })
    }
}
