// SPDX-License-Identifier: Apache-2.0
//! The key itself.

use aws_lc_rs::{
    digest::{self, Digest},
    signature::{
        self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
        EcdsaSigningAlgorithm, KeyPair, RsaEncoding, RsaKeyPair,
    },
};
use rustls_pki_types::PrivateKeyDer;

use super::{KeyError, SignatureAlgorithm, unsupported};
use crate::blob::Blob;

/// Bytes of the smallest RSA modulus that signs: 2048 bits (shorter ones count as broken, SOG-IS agreed cryptographic mechanisms).
const SMALLEST_MODULUS: usize = 256;

pub(super) enum Signer {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    /// Signs nothing: zeros, whatever the algorithm.
    Nothing,
}

impl SignatureAlgorithm {
    /// The digest that it includes.
    pub(crate) fn digest(self) -> &'static digest::Algorithm {
        match self {
            Self::RsaSha256 | Self::RsaPssSha256 | Self::EcdsaP256Sha256 => &digest::SHA256,
            Self::RsaSha384 | Self::RsaPssSha384 | Self::EcdsaP384Sha384 => &digest::SHA384,
            Self::RsaSha512 | Self::RsaPssSha512 => &digest::SHA512,
        }
    }
}

impl Signer {
    pub(super) fn from_der(key: &PrivateKeyDer<'_>) -> Result<Self, KeyError> {
        if let Some(pair) = rsa(key) {
            return if pair.public_modulus_len() < SMALLEST_MODULUS {
                Err(KeyError::Unusable("an RSA key needs at least 2048 bits"))
            } else {
                Ok(Self::Rsa(Box::new(pair)))
            };
        }
        let p256 = ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING, key).map(Self::P256);
        let signer = p256.or_else(|| ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING, key).map(Self::P384));
        signer.ok_or_else(|| KeyError::Unusable(unsupported::reason(key)))
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RSA",
            Self::P256(_) => "P-256",
            Self::P384(_) => "P-384",
            Self::Nothing => "none",
        }
    }

    pub(super) fn public_key(&self) -> &[u8] {
        match self {
            Self::Rsa(pair) => pair.public_key().as_ref(),
            Self::P256(pair) | Self::P384(pair) => pair.public_key().as_ref(),
            Self::Nothing => &[],
        }
    }

    pub(super) fn usual_algorithm(&self) -> SignatureAlgorithm {
        match self {
            Self::Rsa(_) | Self::Nothing => SignatureAlgorithm::RsaSha256,
            Self::P256(_) => SignatureAlgorithm::EcdsaP256Sha256,
            Self::P384(_) => SignatureAlgorithm::EcdsaP384Sha384,
        }
    }

    pub(super) fn suits(&self, algorithm: SignatureAlgorithm) -> bool {
        match self {
            Self::Rsa(_) => rsa_encoding(algorithm).is_some(),
            Self::P256(_) => algorithm == SignatureAlgorithm::EcdsaP256Sha256,
            Self::P384(_) => algorithm == SignatureAlgorithm::EcdsaP384Sha384,
            Self::Nothing => true,
        }
    }

    /// Bytes of its signatures.
    pub(super) fn signature_length(&self) -> usize {
        match self {
            Self::Rsa(pair) => pair.public_modulus_len(),
            // r and s.
            Self::P256(_) => 2 * 32,
            Self::P384(_) => 2 * 48,
            // As long as the signature of the smallest key.
            Self::Nothing => SMALLEST_MODULUS,
        }
    }

    pub(super) fn sign(&self, algorithm: SignatureAlgorithm, content: &Blob) -> Option<Vec<u8>> {
        self.sign_digest(algorithm, &content.digest(algorithm.digest()))
    }

    /// Signs what has this digest, which is to be by [`SignatureAlgorithm::digest`].
    pub(super) fn sign_digest(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &Digest,
    ) -> Option<Vec<u8>> {
        if !self.suits(algorithm) {
            return None;
        }
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; self.signature_length()];
                pair.sign_digest(rsa_encoding(algorithm)?, digest, &mut signature)
                    .ok()?;
                Some(signature)
            }
            Self::P256(pair) | Self::P384(pair) => pair
                .sign_digest(digest)
                .ok()
                .map(|signature| signature.as_ref().to_vec()),
            Self::Nothing => Some(vec![0; self.signature_length()]),
        }
    }
}

fn rsa(key: &PrivateKeyDer<'_>) -> Option<RsaKeyPair> {
    match key {
        PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok(),
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).ok(),
        _ => None,
    }
}

fn ecdsa(
    algorithm: &'static EcdsaSigningAlgorithm,
    key: &PrivateKeyDer<'_>,
) -> Option<EcdsaKeyPair> {
    match key {
        PrivateKeyDer::Pkcs8(der) => {
            EcdsaKeyPair::from_pkcs8(algorithm, der.secret_pkcs8_der()).ok()
        }
        PrivateKeyDer::Sec1(der) => {
            EcdsaKeyPair::from_private_key_der(algorithm, der.secret_sec1_der()).ok()
        }
        _ => None,
    }
}

/// How an RSA key signs with an algorithm; `None` for those of another kind of key.
fn rsa_encoding(algorithm: SignatureAlgorithm) -> Option<&'static dyn RsaEncoding> {
    Some(match algorithm {
        SignatureAlgorithm::RsaSha256 => &signature::RSA_PKCS1_SHA256,
        SignatureAlgorithm::RsaSha384 => &signature::RSA_PKCS1_SHA384,
        SignatureAlgorithm::RsaSha512 => &signature::RSA_PKCS1_SHA512,
        SignatureAlgorithm::RsaPssSha256 => &signature::RSA_PSS_SHA256,
        SignatureAlgorithm::RsaPssSha384 => &signature::RSA_PSS_SHA384,
        SignatureAlgorithm::RsaPssSha512 => &signature::RSA_PSS_SHA512,
        SignatureAlgorithm::EcdsaP256Sha256 | SignatureAlgorithm::EcdsaP384Sha384 => return None,
    })
}
