// SPDX-License-Identifier: Apache-2.0
//! What an issuer signed: a certificate or a revocation list.

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use rustls_pki_types::SignatureVerificationAlgorithm;

use super::{
    der::{BIT_STRING, Fields, INTEGER, OBJECT_IDENTIFIER, SEQUENCE, octets},
    identifier,
};

/// Fewest bits of an RSA modulus under a certificate or a list (SOG-IS agreed cryptographic mechanisms).
const SHORT: usize = 2048;

/// Object identifiers of keys, as content: id-ecPublicKey (RFC 5480 §2.1.1), rsaEncryption, id-RSASSA-PSS (RFC 4055).
const ELLIPTIC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
const PSS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10];

/// SIGNED of X.509, as certificates and revocation lists are (RFC 5280 §4.1, §5.1).
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed<'a> {
    /// What is signed, an element.
    pub(super) content: &'a [u8],
    /// Content of the AlgorithmIdentifier.
    pub(super) algorithm: &'a [u8],
    signature: &'a [u8],
}

/// Why a signature is not the issuer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotSigned {
    /// The key did not make it.
    ByAnother,
    /// Nothing here can tell; the text names what is missing.
    Unsupported(String),
    /// More were to be verified than are.
    OutOfBudget,
}

impl<'a> Signed<'a> {
    /// Reads the three parts; `None` when they are not the whole of `bytes`.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut fields = Fields::within(bytes, SEQUENCE)?;
        let content = fields.next_if(SEQUENCE)?.whole;
        let algorithm = fields.expect(SEQUENCE)?;
        let signature = octets(fields.expect(BIT_STRING)?)?;
        fields.end()?;
        Some(Self {
            content,
            algorithm,
            signature,
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
        let fitting = named
            .iter()
            .find(|known| known.public_key_alg_id().as_ref() == key_algorithm);
        let made = match fitting {
            Some(fitting) => fitting
                .verify_signature(key, self.content, self.signature)
                .is_ok(),
            None => self.check_pss(key_algorithm, key)?,
        };
        if made {
            return Ok(());
        }
        Err(match modulus_bits(key_algorithm, key) {
            Some(..SHORT) => {
                NotSigned::Unsupported(format!("an issuer's RSA key of fewer than {SHORT} bits"))
            }
            _ => NotSigned::ByAnother,
        })
    }

    /// By a key that is for PSS alone and leaves the parameters to the signature (RFC 4055 §1.2), or names the same.
    fn check_pss(&self, key_algorithm: &[u8], key: &[u8]) -> Result<bool, NotSigned> {
        let is_pss = |content: &[u8]| oids(content).first() == Some(&PSS);
        if !is_pss(key_algorithm) || !is_pss(self.algorithm) {
            return Err(unfitting(key_algorithm));
        }
        let mut own = Fields::of(key_algorithm);
        own.next();
        if !own.is_empty() && key_algorithm != self.algorithm {
            let what = "an issuer's RSASSA-PSS key with other parameters than the signature";
            return Err(NotSigned::Unsupported(what.to_owned()));
        }
        let verifier = pss_verifier(self.algorithm)
            .ok_or_else(|| NotSigned::Unsupported(signature_algorithm(self.algorithm)))?;
        let key = UnparsedPublicKey::new(verifier, key);
        Ok(key.verify(self.content, self.signature).is_ok())
    }
}

/// The verifier of PSS parameters, each with one digest for all and a salt as long as that.
fn pss_verifier(algorithm: &[u8]) -> Option<&'static dyn VerificationAlgorithm> {
    use rustls_pki_types::alg_id;
    [
        (alg_id::RSA_PSS_SHA256, &signature::RSA_PSS_2048_8192_SHA256),
        (alg_id::RSA_PSS_SHA384, &signature::RSA_PSS_2048_8192_SHA384),
        (alg_id::RSA_PSS_SHA512, &signature::RSA_PSS_2048_8192_SHA512),
    ]
    .into_iter()
    .find(|(identifier, _)| identifier.as_ref() == algorithm)
    .map(|(_, verifier)| verifier as &dyn VerificationAlgorithm)
}

/// Content of the AlgorithmIdentifier and octets of the key.
fn key(info: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut fields = Fields::within(info, SEQUENCE)?;
    let algorithm = fields.expect(SEQUENCE)?;
    let key = octets(fields.expect(BIT_STRING)?)?;
    fields.end()?;
    Some((algorithm, key))
}

/// Bits of the modulus of an RSA key, rounded up to whole octets.
fn modulus_bits(key_algorithm: &[u8], key: &[u8]) -> Option<usize> {
    if !matches!(oids(key_algorithm).first(), Some(&RSA | &PSS)) {
        return None;
    }
    let modulus = Fields::within(key, SEQUENCE)?.expect(INTEGER)?;
    let zeros = modulus.iter().take_while(|octet| **octet == 0).count();
    Some((modulus.len() - zeros) * 8)
}

/// A key that signatures of this kind are not made with is another's, unless it is of a kind not known here at all.
fn unfitting(key_algorithm: &[u8]) -> NotSigned {
    let mut known = webpki::ALL_VERIFICATION_ALGS.iter();
    if known.any(|known| known.public_key_alg_id().as_ref() == key_algorithm) {
        return NotSigned::ByAnother;
    }
    NotSigned::Unsupported(match oids(key_algorithm).as_slice() {
        [ELLIPTIC, curve] => format!("an issuer's key on the curve {}", identifier(curve)),
        [kind, ..] => format!("an issuer's key of the kind {}", identifier(kind)),
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
            .starts_with(content.get(..oid.len() + 2).unwrap_or(content))
    });
    let parameters = if is_known {
        " with these parameters"
    } else {
        ""
    };
    format!("the signature algorithm {}{parameters}", identifier(oid))
}

/// Content of the object identifiers at the beginning of an AlgorithmIdentifier: the algorithm, and a curve if it has one.
fn oids(content: &[u8]) -> Vec<&[u8]> {
    let mut fields = Fields::of(content);
    std::iter::from_fn(|| fields.expect(OBJECT_IDENTIFIER)).collect()
}
