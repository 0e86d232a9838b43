// SPDX-License-Identifier: Apache-2.0
//! Throwaway keys with self-signed certificates.

use std::fs;
use std::process::Command;
use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, RsaEncoding, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    CertificateParams, KeyPair, PublicKeyData, RsaKeySize, SignatureAlgorithm as Algorithm,
};
use tempfile::TempDir;
use xml_signature::{SignatureAlgorithm, VerificationAlgorithm};

/// What kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 2048 bits.
    Rsa,
    /// The curve of that name.
    P256,
    /// The curve of that name.
    P384,
    /// The curve of that name.
    P521,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rsa, Self::P256, Self::P384, Self::P521];

    /// Octets of an order of the curve.
    pub(crate) fn half(self) -> usize {
        match self {
            Self::Rsa => 0,
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// A key with its certificate.
pub struct Key {
    /// What kind it is of.
    pub kind: Kind,
    /// The certificate, self-signed, in DER.
    pub certificate: Vec<u8>,
    /// The SubjectPublicKeyInfo in DER.
    pub public: Vec<u8>,
    /// The private key in PKCS #8.
    pub private: Vec<u8>,
}

impl Key {
    /// A new key of this kind.
    pub fn generate(kind: Kind) -> Self {
        let pair = match kind {
            Kind::Rsa => KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, RsaKeySize::_2048),
            Kind::P256 => generate(&rcgen::PKCS_ECDSA_P256_SHA256),
            Kind::P384 => generate(&rcgen::PKCS_ECDSA_P384_SHA384),
            Kind::P521 => generate(&rcgen::PKCS_ECDSA_P521_SHA512),
        };
        let pair = pair.unwrap();
        let parameters = CertificateParams::new(vec!["throwaway.test".to_owned()]).unwrap();
        Self {
            kind,
            certificate: parameters.self_signed(&pair).unwrap().der().to_vec(),
            public: pair.subject_public_key_info(),
            private: pair.serialize_der(),
        }
    }

    /// An RSA key that all tests share: making one takes a while.
    pub fn rsa() -> &'static Self {
        static KEY: LazyLock<Key> = LazyLock::new(|| Key::generate(Kind::Rsa));
        &KEY
    }

    /// Another RSA key that all tests share.
    pub fn other_rsa() -> &'static Self {
        static KEY: LazyLock<Key> = LazyLock::new(|| Key::generate(Kind::Rsa));
        &KEY
    }

    /// A P-256 key that all tests share.
    pub fn p256() -> &'static Self {
        static KEY: LazyLock<Key> = LazyLock::new(|| Key::generate(Kind::P256));
        &KEY
    }

    /// The certificate in PEM.
    pub fn certificate_pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate)
    }

    /// The private key in PEM.
    pub fn private_pem(&self) -> String {
        pem("PRIVATE KEY", &self.private)
    }

    /// The kind of key that an algorithm is for; for ECDSA the curve of about the strength of the hash.
    pub fn kind_for(algorithm: SignatureAlgorithm) -> Kind {
        match algorithm {
            SignatureAlgorithm::EcdsaSha256 => Kind::P256,
            SignatureAlgorithm::EcdsaSha384 => Kind::P384,
            SignatureAlgorithm::EcdsaSha512 => Kind::P521,
            _ => Kind::Rsa,
        }
    }

    /// The algorithm with SHA-256, or what the curve is used with.
    pub fn usual_algorithm(&self) -> SignatureAlgorithm {
        match self.kind {
            Kind::Rsa => SignatureAlgorithm::RsaSha256,
            Kind::P256 => SignatureAlgorithm::EcdsaSha256,
            Kind::P384 => SignatureAlgorithm::EcdsaSha384,
            Kind::P521 => SignatureAlgorithm::EcdsaSha512,
        }
    }

    /// A signature value in the form of XML signatures.
    pub fn sign(&self, algorithm: SignatureAlgorithm, bytes: &[u8]) -> Vec<u8> {
        let curve = |algorithm| self.sign_ecdsa(algorithm, bytes);
        let rsa = |padding| self.sign_rsa(padding, bytes);
        match algorithm {
            SignatureAlgorithm::RsaSha256 => rsa(&signature::RSA_PKCS1_SHA256),
            SignatureAlgorithm::RsaSha384 => rsa(&signature::RSA_PKCS1_SHA384),
            SignatureAlgorithm::RsaSha512 => rsa(&signature::RSA_PKCS1_SHA512),
            SignatureAlgorithm::RsaPssSha256 => rsa(&signature::RSA_PSS_SHA256),
            SignatureAlgorithm::RsaPssSha384 => rsa(&signature::RSA_PSS_SHA384),
            SignatureAlgorithm::RsaPssSha512 => rsa(&signature::RSA_PSS_SHA512),
            SignatureAlgorithm::EcdsaSha256 => curve(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            SignatureAlgorithm::EcdsaSha384 => curve(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            SignatureAlgorithm::EcdsaSha512 => curve(&signature::ECDSA_P521_SHA512_FIXED_SIGNING),
        }
    }

    /// The same for algorithms that are only verified. RSA with SHA-1 is made by the `openssl` program, because no
    /// library in use makes it: `None` where that is missing.
    pub fn sign_as(&self, algorithm: VerificationAlgorithm, bytes: &[u8]) -> Option<Vec<u8>> {
        match algorithm {
            VerificationAlgorithm::Current(algorithm) => Some(self.sign(algorithm, bytes)),
            VerificationAlgorithm::RsaSha1 => self.sign_sha1(bytes),
        }
    }

    fn sign_rsa(&self, padding: &'static dyn RsaEncoding, bytes: &[u8]) -> Vec<u8> {
        let pair = RsaKeyPair::from_pkcs8(&self.private).unwrap();
        let mut value = vec![0; pair.public_modulus_len()];
        pair.sign(padding, &SystemRandom::new(), bytes, &mut value)
            .unwrap();
        value
    }

    fn sign_ecdsa(&self, algorithm: &'static EcdsaSigningAlgorithm, bytes: &[u8]) -> Vec<u8> {
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, &self.private).unwrap();
        pair.sign(&SystemRandom::new(), bytes)
            .unwrap()
            .as_ref()
            .to_vec()
    }

    fn sign_sha1(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let directory = TempDir::new().unwrap();
        let (key, input) = (directory.path().join("key"), directory.path().join("input"));
        fs::write(&key, &self.private).unwrap();
        fs::write(&input, bytes).unwrap();
        let mut command = Command::new("openssl");
        command.args(["dgst", "-sha1", "-keyform", "DER", "-sign"]);
        let output = command.arg(key).arg(input).output().ok()?;
        output.status.success().then_some(output.stdout)
    }
}

fn generate(algorithm: &'static Algorithm) -> Result<KeyPair, rcgen::Error> {
    KeyPair::generate_for(algorithm)
}

/// PEM of this label.
pub fn pem(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines = base64.as_bytes().chunks(64);
    let lines: String = lines
        .map(|line| String::from_utf8_lossy(line) + "\n")
        .collect();
    format!("-----BEGIN {label}-----\n{lines}-----END {label}-----\n")
}
