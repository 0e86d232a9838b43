// SPDX-License-Identifier: Apache-2.0
//! One signature, one key, and whether they belong together.

use std::borrow::Cow;

use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm as Verifier};

use super::{
    algorithm::{Digest, Kind, Scheme},
    key,
    public_key::{LONGEST, PublicKey, SHORT},
};
use crate::keys::ecdsa_der;

/// Fewest bits with it: below, a signature is forged on one machine.
pub(super) const SHORTEST: u32 = 1024;

/// Algorithms that signatures of others are verified with, as in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
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

/// A key that was read, is suitable, and was allowed.
#[derive(Debug)]
pub(super) struct ReadyKey {
    key: ParsedPublicKey,
    form: SignatureForm,
}

/// What signatures of a key look like.
#[derive(Debug, Clone, Copy)]
enum SignatureForm {
    /// r and s, each of so many bytes.
    Pair(usize),
    /// One number of so many bytes.
    Number(u32),
    Other,
}

/// Checks a signature of `bytes` with the public key in `key`, the DER of a certificate or of a bare key. Gives that key if it made the signature.
pub(super) fn verify(
    algorithm: VerificationAlgorithm,
    key: &[u8],
    bytes: &[u8],
    signature: &[u8],
    legacy: LegacyAlgorithms,
) -> Result<ReadyKey, VerifyError> {
    if algorithm == VerificationAlgorithm::RsaSha1 && !legacy.sha1 {
        return Err(VerifyError::AlgorithmNotAllowed);
    }
    let key = key::read(key).ok_or(VerifyError::KeyUnreadable)?;
    let verifier = verifier(key, algorithm, legacy.short_rsa)?;
    let form = SignatureForm::of(&key);
    form.read(signature).ok_or(VerifyError::Mismatch)?;
    // A point off its curve or an even exponent is the key's fault, not the signature's.
    let key = ParsedPublicKey::new(verifier, key.octets).map_err(|_| VerifyError::KeyUnsuitable)?;
    let ready = ReadyKey { key, form };
    ready.verify(bytes, signature).map(|()| ready)
}

impl ReadyKey {
    /// Checks a signature of `bytes`.
    pub(super) fn verify(&self, bytes: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        let signature = self.form.read(signature).ok_or(VerifyError::Mismatch)?;
        let verified = self.key.verify_sig(bytes, &signature);
        verified.map_err(|_| VerifyError::Mismatch)
    }
}

impl SignatureForm {
    fn of(key: &PublicKey<'_>) -> Self {
        match (key.kind, key.modulus_bits()) {
            (Kind::Elliptic(curve), _) => Self::Pair(curve.order_size()),
            (_, Some(bits)) => Self::Number(bits.div_ceil(8)),
            _ => Self::Other,
        }
    }

    /// The signature as the library wants it; `None` for one of another form.
    fn read(self, signature: &[u8]) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Pair(size) => ecdsa_der(signature, size).map(Cow::Owned),
            // RFC 8017 §8.1.2 and §8.2.2, step 1 of both.
            Self::Number(size) if signature.len() as u64 != u64::from(size) => None,
            Self::Number(_) | Self::Other => Some(Cow::Borrowed(signature)),
        }
    }
}

impl VerificationAlgorithm {
    /// What the contract calls it.
    pub(crate) fn name(self) -> &'static str {
        self.into()
    }

    /// The scheme of it; `None` for SHA-1, with which no issuer signs.
    fn scheme(self) -> Option<Scheme> {
        Some(match self {
            Self::RsaSha1 => return None,
            Self::RsaSha256 => Scheme::Pkcs1(Digest::Sha256),
            Self::RsaSha384 => Scheme::Pkcs1(Digest::Sha384),
            Self::RsaSha512 => Scheme::Pkcs1(Digest::Sha512),
            Self::RsaPssSha256 => Scheme::Pss(Digest::Sha256),
            Self::RsaPssSha384 => Scheme::Pss(Digest::Sha384),
            Self::RsaPssSha512 => Scheme::Pss(Digest::Sha512),
            Self::EcdsaSha256 => Scheme::Ecdsa(Digest::Sha256),
            Self::EcdsaSha384 => Scheme::Ecdsa(Digest::Sha384),
            Self::EcdsaSha512 => Scheme::Ecdsa(Digest::Sha512),
        })
    }
}

/// Who verifies such signatures of a key.
fn verifier(
    key: PublicKey<'_>,
    algorithm: VerificationAlgorithm,
    short_rsa: bool,
) -> Result<&'static dyn Verifier, VerifyError> {
    let scheme = algorithm.scheme();
    let is_ecdsa = matches!(scheme, Some(Scheme::Ecdsa(_)));
    // A key of another kind is unsuitable, however little is known here of its own algorithms.
    if key.kind.is_elliptic() != is_ecdsa || (!is_ecdsa && !key.kind.is_rsa()) {
        return Err(VerifyError::KeyUnsuitable);
    }
    let verifier: Option<&'static dyn Verifier> = match scheme {
        Some(scheme) => {
            let verifier = key.kind.verifier(scheme);
            verifier.map_err(|what| VerifyError::Unsupported(format!("a {what}")))?
        }
        None if key.kind == Kind::Rsa => {
            Some(&signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY)
        }
        None => None,
    };
    let verifier = verifier.ok_or(VerifyError::KeyUnsuitable)?;
    match key.modulus_bits() {
        Some(bits) if bits > LONGEST => Err(VerifyError::Unsupported(format!(
            "an RSA key of more than {LONGEST} bits"
        ))),
        Some(bits @ ..SHORT) if !short_rsa || bits < SHORTEST => Err(VerifyError::KeyTooShort),
        Some(..SHORT) => short_rsa_verifier(algorithm),
        _ => Ok(verifier),
    }
}

/// Who verifies signatures of RSA keys of fewer than [`SHORT`] bits.
fn short_rsa_verifier(
    algorithm: VerificationAlgorithm,
) -> Result<&'static dyn Verifier, VerifyError> {
    use VerificationAlgorithm as A;
    Ok(match algorithm {
        A::RsaSha1 => &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
        A::RsaSha256 => &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
        A::RsaSha512 => &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
        // The library has nothing else for keys that short.
        _ => {
            return Err(VerifyError::Unsupported(format!(
                "an RSA key of fewer than {SHORT} bits with any but PKCS#1 v1.5 and SHA-1, SHA-256 or SHA-512"
            )));
        }
    })
}
