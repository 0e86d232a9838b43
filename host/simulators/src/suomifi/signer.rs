// SPDX-License-Identifier: Apache-2.0
//! Who signs calls.

use aws_lc_rs::digest::{self, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DnType, KeyUsagePurpose, PKCS_RSA_SHA256, RsaKeySize};

use super::setup::{Algorithms, Credential};
use super::sha1::PrivateKey;
use crate::certificate::Certificate;
use crate::error::SimulatorError;
use crate::tls::Identity;

/// An RSA key with its certificate.
pub(super) struct WsSigner {
    /// For SHA-256.
    pair: RsaKeyPair,
    /// For SHA-1.
    private: PrivateKey,
    /// In base64.
    certificate: String,
    algorithms: Algorithms,
}

const CERTIFICATES: &str = "signing.credential.certificates_pem";
const KEY: &str = "signing.credential.key_pem";

impl WsSigner {
    pub(super) fn read(
        credential: &Credential,
        algorithms: Algorithms,
    ) -> Result<Self, SimulatorError> {
        let identity = Identity::read(
            (&credential.certificates_pem, CERTIFICATES),
            (&credential.key_pem, KEY),
        )?;
        Self::new(&identity, algorithms).ok_or_else(|| {
            Identity::unusable(
                CERTIFICATES,
                "the key is not the RSA key of the certificate",
            )
        })
    }

    /// Somebody with the same name of an authority that nobody knows; `None` when keys cannot be made.
    pub(super) fn stranger(algorithms: Algorithms) -> Option<Self> {
        let mut params = CertificateParams::new([]).ok()?;
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "pr0.integraatiopalvelu.fi");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = rcgen::KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).ok()?;
        Self::new(&Identity::untrusted(params, &key).ok()?, algorithms)
    }

    /// `None` unless it is an RSA key, and that of the leaf.
    fn new(identity: &Identity, algorithms: Algorithms) -> Option<Self> {
        let der = identity.key.secret_der();
        let pair = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der));
        let (pair, leaf) = (pair.ok()?, identity.chain.first()?);
        let certificate = Certificate::read(leaf).ok()?;
        let is_its_key = certificate.key.bytes == pair.public_key().as_ref();
        is_its_key.then_some(Self {
            pair,
            private: PrivateKey::read(der)?,
            certificate: STANDARD.encode(leaf),
            algorithms,
        })
    }

    pub(super) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Identifiers of the signature's and of the digest's algorithm.
    pub(super) fn identifiers(&self) -> (&'static str, &'static str) {
        match self.algorithms {
            Algorithms::Sha1 => (
                "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
                "http://www.w3.org/2000/09/xmldsig#sha1",
            ),
            Algorithms::Sha256 => (
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                "http://www.w3.org/2001/04/xmlenc#sha256",
            ),
        }
    }

    /// In base64.
    pub(super) fn digest(&self, bytes: &[u8]) -> String {
        let algorithm = match self.algorithms {
            Algorithms::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Algorithms::Sha256 => &digest::SHA256,
        };
        STANDARD.encode(digest(algorithm, bytes))
    }

    /// In base64; `None` when the key refuses.
    pub(super) fn sign(&self, bytes: &[u8]) -> Option<String> {
        let value = match self.algorithms {
            Algorithms::Sha1 => self.private.sign(bytes)?,
            Algorithms::Sha256 => {
                let mut value = vec![0; self.pair.public_modulus_len()];
                let random = SystemRandom::new();
                let signed = self
                    .pair
                    .sign(&RSA_PKCS1_SHA256, &random, bytes, &mut value);
                signed.ok()?;
                value
            }
        };
        Some(STANDARD.encode(value))
    }
}
