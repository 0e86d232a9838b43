// SPDX-License-Identifier: Apache-2.0
//! Surroundings whose signatures cost nothing, but cannot be forged: the digest of a secret and the octets.

use std::convert::Infallible;
use std::ops::Range;

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use canonical_xml::Piece;
use xml_signature::{
    Backend, DigestAlgorithm, Digestible, EncodedText, KeyRefusal, SignerRefusal, Undigestible,
    VerificationAlgorithm, VerificationDigest,
};

use crate::memory::{Gathered, Memory};

/// A key pair, as far as this goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// Trusted by its certificate, which comes along.
    Certified,
    /// Trusted because it is pinned.
    Pinned,
}

impl Key {
    const ALL: [Self; 2] = [Self::Certified, Self::Pinned];

    /// What passes for its certificate.
    pub(super) fn certificate(self) -> &'static [u8] {
        match self {
            Self::Certified => b"certificate of the certified key",
            Self::Pinned => b"the pinned key",
        }
    }

    fn of(certificate: &[u8]) -> Option<Self> {
        let mut keys = Self::ALL.into_iter();
        keys.find(|key| key.certificate() == certificate)
    }

    /// The signature of these octets.
    pub(super) fn sign(self, octets: &[u8]) -> Vec<u8> {
        let secret = format!("secret of {self:?}");
        sha(&digest::SHA256, &[secret.as_bytes(), octets].concat())
    }
}

/// Notes what it is asked to digest.
pub(super) struct Fake<'b> {
    source: &'b [u8],
    pub(super) digested: Vec<Vec<u8>>,
}

impl<'b> Fake<'b> {
    /// For a document of these bytes, in memory or from a source.
    pub(super) fn of(source: &'b [u8]) -> Self {
        Self {
            source,
            digested: Vec::new(),
        }
    }

    fn octets(&self, input: Digestible<'_>) -> Result<Vec<u8>, Undigestible> {
        match input {
            Digestible::Canonical(form) => {
                let mut gathered = Gathered::from(self.source);
                form.write(&mut gathered)?;
                Ok(gathered.octets)
            }
            Digestible::Base64(text) => self.decoded(text),
        }
    }

    fn decoded(&self, text: EncodedText<'_>) -> Result<Vec<u8>, Undigestible> {
        let mut whole = Vec::new();
        for piece in text.pieces() {
            match piece {
                Piece::Str(piece) => whole.extend_from_slice(piece.as_bytes()),
                Piece::Source(range) => {
                    whole.extend_from_slice(Memory(self.source).slice(range));
                }
            }
        }
        whole.retain(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        let decoded = STANDARD.decode(whole).map_err(|_| Undigestible::Base64);
        if let Ok(Some(in_memory)) = text.decode() {
            assert_eq!(decoded.as_deref(), Ok(in_memory.as_slice()));
        }
        decoded
    }
}

impl Backend for Fake<'_> {
    type Error = Infallible;
    type Signer = Key;

    fn digest(
        &mut self,
        algorithm: VerificationDigest,
        input: Digestible<'_>,
    ) -> Result<Result<Vec<u8>, Undigestible>, Infallible> {
        let octets = match self.octets(input) {
            Ok(octets) => octets,
            Err(error) => return Ok(Err(error)),
        };
        let algorithm = match algorithm {
            VerificationDigest::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            VerificationDigest::Current(algorithm) => hash(algorithm),
        };
        let digest = sha(algorithm, &octets);
        self.digested.push(octets);
        Ok(Ok(digest))
    }

    fn read(&mut self, range: Range<u64>, into: &mut Vec<u8>) -> Result<(), Infallible> {
        into.extend_from_slice(Memory(self.source).slice(range));
        Ok(())
    }

    fn pinned(&mut self) -> Result<Vec<Vec<u8>>, Infallible> {
        Ok(vec![Key::Pinned.certificate().to_vec()])
    }

    fn verify(
        &mut self,
        _: VerificationAlgorithm,
        key: &[u8],
        bytes: &[u8],
        signature: &[u8],
    ) -> Result<Result<(), KeyRefusal>, Infallible> {
        Ok(match Key::of(key) {
            None => Err(KeyRefusal::Unreadable),
            Some(key) if key.sign(bytes) == signature => Ok(()),
            Some(_) => Err(KeyRefusal::Mismatch),
        })
    }

    fn identify(&mut self, chain: &[&[u8]]) -> Result<Result<Key, SignerRefusal>, Infallible> {
        let first = chain.first().copied().unwrap_or_default();
        Ok(Key::of(first).ok_or(SignerRefusal::Untrusted))
    }
}

/// The hash function that goes by this name.
pub(super) fn hash(algorithm: DigestAlgorithm) -> &'static digest::Algorithm {
    match algorithm {
        DigestAlgorithm::Sha256 => &digest::SHA256,
        DigestAlgorithm::Sha384 => &digest::SHA384,
        DigestAlgorithm::Sha512 => &digest::SHA512,
    }
}

/// The digest of these octets.
pub(super) fn sha(algorithm: &'static digest::Algorithm, octets: &[u8]) -> Vec<u8> {
    digest::digest(algorithm, octets).as_ref().to_vec()
}
