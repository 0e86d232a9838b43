// SPDX-License-Identifier: Apache-2.0
//! What an issuer signed: a certificate or a revocation list.

use rustls_pki_types::SignatureVerificationAlgorithm;
use x509_parser::{
    asn1_rs::Tag,
    oid_registry::{OID_KEY_TYPE_EC_PUBLIC_KEY, Oid},
};

use super::{
    der,
    key::{Kind, PublicKey},
    verification::SHORT,
};
use crate::names;

/// SIGNED of X.509, as certificates and revocation lists are (RFC 5280 §4.1, §5.1).
#[derive(Clone, Copy)]
pub(super) struct Signed<'a> {
    content: &'a [u8],
    /// Content of the AlgorithmIdentifier.
    algorithm: &'a [u8],
    signature: &'a [u8],
}

/// Why a signature is not the issuer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotSigned {
    /// The key did not make it.
    ByAnother,
    /// Nothing here can tell; the text names what is missing.
    Unsupported(String),
}

impl<'a> Signed<'a> {
    /// Reads the three parts; `None` when they are not the whole of `bytes`.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let [content, algorithm, signature] = <[_; 3]>::try_from(der::sequence(bytes)?).ok()?;
        content.content(Tag::Sequence)?;
        Some(Self {
            content: content.whole,
            algorithm: algorithm.content(Tag::Sequence)?,
            signature: octets(signature.content(Tag::BitString)?)?,
        })
    }

    /// Whether the key in a SubjectPublicKeyInfo made the signature.
    pub(super) fn check(&self, info: &[u8]) -> Result<(), NotSigned> {
        let (key_algorithm, key) = key(info).ok_or(NotSigned::ByAnother)?;
        let known = webpki::ALL_VERIFICATION_ALGS.iter();
        let named: Vec<&dyn SignatureVerificationAlgorithm> = known
            .copied()
            .filter(|known| known.signature_alg_id().as_ref() == self.algorithm)
            .collect();
        if named.is_empty() {
            return Err(NotSigned::Unsupported(signature_algorithm(self.algorithm)));
        }
        // The same name on each curve, for keys of that curve.
        let Some(fitting) = named
            .iter()
            .find(|known| known.public_key_alg_id().as_ref() == key_algorithm)
        else {
            return Err(unfitting(key_algorithm));
        };
        let verified = fitting.verify_signature(key, self.content, self.signature);
        verified.map_err(|_| match PublicKey::read(info).map(|key| key.kind) {
            Some(Kind::Rsa { bits: ..SHORT, .. }) => {
                NotSigned::Unsupported(format!("an issuer's RSA key of fewer than {SHORT} bits"))
            }
            _ => NotSigned::ByAnother,
        })
    }
}

/// Content of the AlgorithmIdentifier and octets of the key.
fn key(info: &[u8]) -> Option<(&[u8], &[u8])> {
    let [algorithm, key] = <[_; 2]>::try_from(der::sequence(info)?).ok()?;
    Some((
        algorithm.content(Tag::Sequence)?,
        octets(key.content(Tag::BitString)?)?,
    ))
}

/// Octets of a BIT STRING without unused bits.
fn octets(content: &[u8]) -> Option<&[u8]> {
    content
        .split_first()
        .filter(|(unused, _)| **unused == 0)
        .map(|(_, octets)| octets)
}

/// A key that signatures of this kind are not made with is another's, unless it is of a kind not known here at all.
fn unfitting(key_algorithm: &[u8]) -> NotSigned {
    let mut known = webpki::ALL_VERIFICATION_ALGS.iter();
    if known.any(|known| known.public_key_alg_id().as_ref() == key_algorithm) {
        return NotSigned::ByAnother;
    }
    NotSigned::Unsupported(match oids(key_algorithm).as_slice() {
        [kind, curve] if *kind == OID_KEY_TYPE_EC_PUBLIC_KEY => {
            format!("an issuer's key on the curve {}", names::identifier(curve))
        }
        [kind, ..] => format!("an issuer's key of the kind {}", names::identifier(kind)),
        [] => "an issuer's key of an unknown kind".to_owned(),
    })
}

/// What a signature algorithm is called. One that is known has parameters that are not.
fn signature_algorithm(content: &[u8]) -> String {
    let oids = oids(content);
    let Some(oid) = oids.first() else {
        return "an unknown signature algorithm".to_owned();
    };
    let mut known = webpki::ALL_VERIFICATION_ALGS.iter();
    let is_known = known.any(|known| {
        let known = known.signature_alg_id();
        known
            .as_ref()
            .starts_with(content.get(..oid.as_bytes().len() + 2).unwrap_or(content))
    });
    let parameters = if is_known {
        " with these parameters"
    } else {
        ""
    };
    format!(
        "the signature algorithm {}{parameters}",
        names::identifier(oid)
    )
}

/// The object identifiers directly in an AlgorithmIdentifier: the algorithm, and a curve if it has one.
fn oids(content: &[u8]) -> Vec<Oid<'_>> {
    let elements = der::elements(content).unwrap_or_default();
    elements.iter().map_while(der::Element::oid).collect()
}
