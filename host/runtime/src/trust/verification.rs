// SPDX-License-Identifier: Apache-2.0
//! One signature, one key, and whether they belong together.

use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm as Verifier};

use super::key::{Curve, Digest, Kind, PublicKey, Scheme};
use crate::keys::ecdsa_der;

/// Fewest bits of an RSA modulus that verifies without the operator's leave (SOG-IS agreed cryptographic mechanisms).
pub(super) const SHORT: u32 = 2048;

/// Fewest bits with it: below, a signature is forged on one machine.
pub(super) const SHORTEST: u32 = 1024;

/// Most bits of an RSA modulus; the work grows with their square, and the key may be anybody's.
pub(super) const LONGEST: u32 = 8192;

/// Algorithms that signatures of others are verified with, as in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VerificationAlgorithm {
    RsaSha1,
    RsaSha256,
    RsaSha384,
    RsaSha512,
    RsaPssSha256,
    RsaPssSha384,
    RsaPssSha512,
    EcdsaSha256,
    EcdsaSha384,
    EcdsaSha512,
}

/// Why a signature did not verify, as in the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VerifyError {
    Mismatch,
    KeyUnsuitable,
    KeyTooShort,
    KeyUnreadable,
    AlgorithmNotAllowed,
    /// The key may be in order; the text names what is missing here.
    Unsupported(String),
}

/// Legacy algorithms that the operator allows. None by default.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LegacyAlgorithms {
    /// SHA-1 in signatures.
    pub(super) sha1: bool,
    /// RSA keys of 1024 to 2047 bits.
    pub(super) short_rsa: bool,
}

/// Checks a signature of `bytes` with the public key in `key`, the DER of a certificate or of a bare key.
pub(super) fn verify(
    algorithm: VerificationAlgorithm,
    key: &[u8],
    bytes: &[u8],
    signature: &[u8],
    legacy: LegacyAlgorithms,
) -> Result<(), VerifyError> {
    if algorithm == VerificationAlgorithm::RsaSha1 && !legacy.sha1 {
        return Err(VerifyError::AlgorithmNotAllowed);
    }
    let key = PublicKey::read(key).ok_or(VerifyError::KeyUnreadable)?;
    match key.kind {
        Kind::Rsa { bits, scheme } => {
            check_scheme(scheme, algorithm)?;
            let verifier = rsa_verifier(algorithm, bits, legacy.short_rsa)?;
            // RFC 8017 §8.1.2 and §8.2.2, step 1 of both.
            if signature.len() as u64 != u64::from(bits.div_ceil(8)) {
                return Err(VerifyError::Mismatch);
            }
            check(verifier, key.bytes(), bytes, signature)
        }
        Kind::Ecdsa(curve) => {
            let verifier = ecdsa_verifier(algorithm, curve).ok_or(VerifyError::KeyUnsuitable)?;
            let signature = ecdsa_der(signature, curve.order_size());
            let signature = signature.ok_or(VerifyError::Mismatch)?;
            check(verifier, key.bytes(), bytes, &signature)
        }
        Kind::OtherCurve if algorithm.is_ecdsa() => Err(VerifyError::Unsupported(key.name())),
        Kind::OtherCurve | Kind::Other => Err(VerifyError::KeyUnsuitable),
    }
}

impl VerificationAlgorithm {
    fn is_ecdsa(self) -> bool {
        matches!(
            self,
            Self::EcdsaSha256 | Self::EcdsaSha384 | Self::EcdsaSha512
        )
    }
}

/// Whether an RSA key is for an algorithm.
fn check_scheme(scheme: Scheme, algorithm: VerificationAlgorithm) -> Result<(), VerifyError> {
    use VerificationAlgorithm as A;
    let digest = match algorithm {
        A::RsaPssSha256 => Some(Digest::Sha256),
        A::RsaPssSha384 => Some(Digest::Sha384),
        A::RsaPssSha512 => Some(Digest::Sha512),
        _ => None,
    };
    match (scheme, digest) {
        (Scheme::Any, _) | (Scheme::Pss, Some(_)) => Ok(()),
        (Scheme::PssWith(own), Some(digest)) if own == digest => Ok(()),
        (Scheme::PssOther, Some(_)) => Err(VerifyError::Unsupported(
            "keys for RSASSA-PSS with other parameters than one digest for all and a salt no longer than it"
                .to_owned(),
        )),
        _ => Err(VerifyError::KeyUnsuitable),
    }
}

fn check(
    verifier: &'static dyn Verifier,
    key: &[u8],
    bytes: &[u8],
    signature: &[u8],
) -> Result<(), VerifyError> {
    // A point off its curve or an even exponent is the key's fault, not the signature's.
    let key = ParsedPublicKey::new(verifier, key).map_err(|_| VerifyError::KeyUnsuitable)?;
    key.verify_sig(bytes, signature)
        .map_err(|_| VerifyError::Mismatch)
}

fn rsa_verifier(
    algorithm: VerificationAlgorithm,
    bits: u32,
    short_rsa: bool,
) -> Result<&'static dyn Verifier, VerifyError> {
    use VerificationAlgorithm as A;
    if algorithm.is_ecdsa() {
        return Err(VerifyError::KeyUnsuitable);
    }
    if bits > LONGEST {
        let what = format!("RSA keys of more than {LONGEST} bits");
        return Err(VerifyError::Unsupported(what));
    }
    let is_short = bits < SHORT;
    Ok(match algorithm {
        _ if is_short && (!short_rsa || bits < SHORTEST) => return Err(VerifyError::KeyTooShort),
        A::RsaSha1 if is_short => &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        A::RsaSha256 if is_short => &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        A::RsaSha512 if is_short => &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        // The library has nothing else for keys that short.
        _ if is_short => {
            let what = format!(
                "RSA keys of fewer than {SHORT} bits with any but PKCS#1 v1.5 and SHA-1, SHA-256 or SHA-512"
            );
            return Err(VerifyError::Unsupported(what));
        }
        A::RsaSha1 => &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        A::RsaSha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        A::RsaSha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        A::RsaSha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        A::RsaPssSha256 => &signature::RSA_PSS_2048_8192_SHA256,
        A::RsaPssSha384 => &signature::RSA_PSS_2048_8192_SHA384,
        A::RsaPssSha512 => &signature::RSA_PSS_2048_8192_SHA512,
        A::EcdsaSha256 | A::EcdsaSha384 | A::EcdsaSha512 => return Err(VerifyError::KeyUnsuitable),
    })
}

fn ecdsa_verifier(algorithm: VerificationAlgorithm, curve: Curve) -> Option<&'static dyn Verifier> {
    use VerificationAlgorithm as A;
    Some(match (algorithm, curve) {
        (A::EcdsaSha256, Curve::P256) => &signature::ECDSA_P256_SHA256_ASN1,
        (A::EcdsaSha256, Curve::P384) => &signature::ECDSA_P384_SHA256_ASN1,
        (A::EcdsaSha256, Curve::P521) => &signature::ECDSA_P521_SHA256_ASN1,
        (A::EcdsaSha384, Curve::P256) => &signature::ECDSA_P256_SHA384_ASN1,
        (A::EcdsaSha384, Curve::P384) => &signature::ECDSA_P384_SHA384_ASN1,
        (A::EcdsaSha384, Curve::P521) => &signature::ECDSA_P521_SHA384_ASN1,
        (A::EcdsaSha512, Curve::P256) => &signature::ECDSA_P256_SHA512_ASN1,
        (A::EcdsaSha512, Curve::P384) => &signature::ECDSA_P384_SHA512_ASN1,
        (A::EcdsaSha512, Curve::P521) => &signature::ECDSA_P521_SHA512_ASN1,
        _ => return None,
    })
}
