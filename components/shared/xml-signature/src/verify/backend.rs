// SPDX-License-Identifier: Apache-2.0
//! What verification needs from its backend.

use std::ops::Range;

use base64_simd::STANDARD;
use canonical_xml::{
    Canonicalization, CanonicalizeError, Octets, Piece, Subset, Text, canonicalize,
};

use super::algorithm::{VerificationAlgorithm, VerificationDigest};

/// What the verifier asks of its backend: hashing, keys, trust. In a component these are the host's imports.
///
/// The outer result of each question is whether it could be answered at all; an `Err` ends the verification.
pub trait Backend {
    /// Why the backend failed: the host refused, a limit was met, an anchor set is not configured.
    type Error;
    /// What is known of whoever signed, once accepted.
    type Signer;

    /// The digest of what a reference names. `input` tells how to come by the octets.
    ///
    /// # Errors
    ///
    /// The backend's, and within them why there are no octets to digest.
    fn digest(
        &mut self,
        algorithm: VerificationDigest,
        input: Digestible<'_>,
    ) -> Result<Result<Vec<u8>, Undigestible>, Self::Error>;

    /// Appends the bytes of this range of the source that the document was loaded from. Never asked for a document that
    /// was parsed in memory.
    ///
    /// # Errors
    ///
    /// The backend's.
    fn read(&mut self, range: Range<u64>, into: &mut Vec<u8>) -> Result<(), Self::Error>;

    /// The keys that the operator has pinned, each the DER of a certificate or of a SubjectPublicKeyInfo. Empty if
    /// none.
    ///
    /// # Errors
    ///
    /// The backend's.
    fn pinned(&mut self) -> Result<Vec<Vec<u8>>, Self::Error>;

    /// Whether `signature` is one of `bytes` by `key`, the DER of a certificate or of a SubjectPublicKeyInfo. ECDSA
    /// signatures are r and s of equal length. Says nothing of trust.
    ///
    /// # Errors
    ///
    /// The backend's, and within them why it does not verify.
    fn verify(
        &mut self,
        algorithm: VerificationAlgorithm,
        key: &[u8],
        bytes: &[u8],
        signature: &[u8],
    ) -> Result<Result<(), KeyRefusal>, Self::Error>;

    /// Whether the first of these certificates (DER), or a pinned key, is trusted to sign; the others, in any order,
    /// may help to find the path.
    ///
    /// # Errors
    ///
    /// The backend's, and within them why it is not trusted.
    fn identify(
        &mut self,
        chain: &[&[u8]],
    ) -> Result<Result<Self::Signer, SignerRefusal>, Self::Error>;

    /// Is shown what is digested and signed, under [`Policy::explain`](crate::Policy::explain): `SignedInfo` before its
    /// value is judged, each reference before its digest is.
    ///
    /// # Errors
    ///
    /// The backend's.
    fn explain(&mut self, explanation: Explanation<'_>) -> Result<(), Self::Error> {
        let _ = explanation;
        Ok(())
    }
}

/// What a reference has digested.
#[derive(Clone, Copy, Debug)]
pub enum Digestible<'a> {
    /// The canonical form of a part of the document.
    Canonical(CanonicalForm<'a>),
    /// The octets that a text encodes (XML Signature 1.1 §6.6.2).
    Base64(EncodedText<'a>),
}

/// A part of a document and the form in which it is digested.
#[derive(Clone, Copy, Debug)]
pub struct CanonicalForm<'a> {
    pub(crate) subset: Subset<'a>,
    pub(crate) how: &'a Canonicalization,
}

impl CanonicalForm<'_> {
    /// Writes the canonical octets.
    ///
    /// # Errors
    ///
    /// [`CanonicalizeError`]; nothing is written then.
    pub fn write(&self, out: &mut impl Octets) -> Result<(), CanonicalizeError> {
        canonicalize(&self.subset, self.how, out)
    }

    /// The part of the document.
    pub fn subset(&self) -> Subset<'_> {
        self.subset
    }

    /// The algorithm.
    pub fn canonicalization(&self) -> &Canonicalization {
        self.how
    }
}

/// A text that stands for the octets it encodes.
#[derive(Clone, Copy, Debug)]
pub struct EncodedText<'a>(pub(crate) Text<'a>);

impl<'a> EncodedText<'a> {
    /// Its pieces, in memory and left in the source, to be joined and decoded as RFC 4648 §4 says: white space left
    /// out, nothing else skipped, padded, unused bits zero.
    pub fn pieces(self) -> impl Iterator<Item = Piece<'a>> {
        self.0.pieces()
    }

    /// As [`pieces`](Self::pieces), for whoever shares bytes of the source; see [`Text::shared_pieces`].
    pub fn shared_pieces(self) -> impl Iterator<Item = Piece<'a>> {
        self.0.shared_pieces()
    }

    /// Decodes it in memory; `None` when a part was left in the source.
    ///
    /// # Errors
    ///
    /// [`Undigestible::Base64`]
    pub fn decode(self) -> Result<Option<Vec<u8>>, Undigestible> {
        let text = self.0.to_str();
        text.map(|text| decode_base64(&text).ok_or(Undigestible::Base64))
            .transpose()
    }
}

/// Why there is nothing to digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undigestible {
    /// There is no canonical form.
    Canonicalization(CanonicalizeError),
    /// The text is not base64.
    Base64,
}

impl From<CanonicalizeError> for Undigestible {
    fn from(error: CanonicalizeError) -> Self {
        Self::Canonicalization(error)
    }
}

/// Why a signature value did not verify with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRefusal {
    /// It is not a signature of these bytes by this key.
    Mismatch,
    /// The key is of a kind that the algorithm is not for.
    Unsuitable,
    /// The key is shorter than is accepted.
    TooShort,
    /// The key is not readable.
    Unreadable,
    /// The backend do not verify with this algorithm.
    AlgorithmNotAllowed,
    /// The backend have nothing to verify with such a key, which may be in order; the text names it, such as `keys on
    /// the curve brainpoolP256r1`.
    Unsupported(String),
}

/// Why a signer is not trusted. Texts are parts of sentences, and hold of certificates no more than what they may be used
/// for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignerRefusal {
    /// A certificate is not readable.
    Unreadable,
    /// There are more certificates than the backend look at.
    TooManyCertificates,
    /// No path leads to a trusted certificate.
    Untrusted,
    /// A certificate of the path is not valid yet.
    NotYetValid,
    /// A certificate of the path has expired.
    Expired,
    /// A certificate of the path is revoked.
    Revoked,
    /// Revocation is demanded and could not be determined; the text says what is missing and what helps.
    RevocationUnknown(String),
    /// The certificate is not meant for signing; the text says what it is for, and what would do.
    WrongUsage(String),
    /// Another rule of RFC 5280 is broken; the text names it.
    NotAcceptable(String),
    /// A certificate has something that the backend do not support, whether or not RFC 5280 allows it; the text names
    /// it.
    Unsupported(String),
}

/// What was digested or signed, for people who look for the reason of a mismatch. It is content: not for logs.
#[derive(Clone, Copy, Debug)]
pub enum Explanation<'a> {
    /// `SignedInfo`.
    SignedInfo {
        /// Its canonical octets: what the signature value has to be of.
        octets: &'a [u8],
        /// How they were made.
        canonicalization: &'a Canonicalization,
    },
    /// One reference.
    Reference {
        /// Which one, from 1.
        number: usize,
        /// Its `URI`.
        uri: &'a str,
        /// What is digested.
        input: Digestible<'a>,
        /// The digest in the document.
        declared: &'a [u8],
        /// The digest of what is there.
        computed: &'a [u8],
    },
}

/// Decodes base64 as RFC 4648 §4 has it: padded, unused bits zero. White space of XML is left out, nothing else
/// skipped. `None` for anything else.
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    // Mostly there is none, and where there is, this ends at the first line. In vectors, in the sandbox too: of a small message, signature and certificate are a third.
    if let Ok(octets) = STANDARD.decode_to_vec(text) {
        return Some(octets);
    }
    let dense: Vec<u8> = text.bytes().filter(|byte| !is_space(byte)).collect();
    STANDARD.decode_to_vec(dense).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_strict_apart_from_white_space() {
        assert_eq!(decode_base64("QUJD").as_deref(), Some(&b"ABC"[..]));
        assert_eq!(
            decode_base64(" Q\tU\r\nJ D\n").as_deref(),
            Some(&b"ABC"[..])
        );
        assert_eq!(decode_base64("QUI=").as_deref(), Some(&b"AB"[..]));
        assert_eq!(decode_base64("").as_deref(), Some(&b""[..]));
        for bad in [
            "QUI",
            "QUJ=",
            "QUI==",
            "QU-_",
            "QUJD=",
            "QUJD\u{A0}",
            "QU\u{B}JD",
            "====",
            "Q",
        ] {
            assert_eq!(decode_base64(bad), None, "{bad}");
        }
    }
}
