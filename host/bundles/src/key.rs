// SPDX-License-Identifier: Apache-2.0
//! Keys of bundles: X25519 (RFC 7748), in the forms of RFC 8410.

use std::fmt;

use aws_lc_rs::{
    agreement::{PrivateKey, X25519},
    digest::{SHA256, digest},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rustls::crypto::{
    aws_lc_rs::hpke::DH_KEM_X25519_HKDF_SHA256_AES_256,
    hpke::{EncapsulatedSecret, Hpke, HpkePrivateKey, HpkePublicKey},
};
use rustls_pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer, pem::PemObject};

use crate::error::{KeyError, SealError};

/// What is sealed with: HPKE in base mode (RFC 9180).
static SUITE: &dyn Hpke = DH_KEM_X25519_HKDF_SHA256_AES_256;

/// What it is sealed for: a bundle of this version opens as nothing else.
const PURPOSE: &[u8] = b"silta-bundle 1";

/// Bytes of a key, and of what the sender's key is encapsulated in.
pub(crate) const KEY: usize = 32;

/// What a SubjectPublicKeyInfo of X25519 begins with; the bytes of the key follow (RFC 8410 §4).
const INFO: [u8; 12] = [0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x6E, 3, 0x21, 0];

/// What a private key of X25519 in PKCS#8 begins with; the bytes of the key follow (RFC 8410 §7).
const PRIVATE: [u8; 16] = [
    0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x6E, 4, 0x22, 4, 0x20,
];

/// Hexadecimal digits of a key's id.
const ID_DIGITS: usize = 16;

/// The public key that bundles are sealed to. `Debug` shows its id.
#[derive(Clone, PartialEq, Eq)]
pub struct SealingKey([u8; KEY]);

/// The private key that opens them. `Debug` shows the id of its public key.
pub struct OpeningKey {
    private: HpkePrivateKey,
    public: SealingKey,
}

impl SealingKey {
    /// Reads a SubjectPublicKeyInfo in PEM.
    ///
    /// # Errors
    /// It is none, or of another kind than X25519.
    pub fn read(pem: &[u8]) -> Result<Self, KeyError> {
        let mut found = SubjectPublicKeyInfoDer::pem_slice_iter(pem);
        let (Some(Ok(info)), None) = (found.next(), found.next()) else {
            return Err(KeyError::NotPublic);
        };
        let key = info.as_ref().strip_prefix(&INFO);
        let key = key.and_then(|key| key.try_into().ok());
        key.map(Self).ok_or(KeyError::OtherKind)
    }

    /// As a SubjectPublicKeyInfo in PEM.
    pub fn to_pem(&self) -> String {
        pem("PUBLIC KEY", &self.info())
    }

    /// What bundles name it by: the first 16 hexadecimal digits of the SHA-256 of its SubjectPublicKeyInfo.
    pub fn id(&self) -> String {
        let digest = digest(&SHA256, &self.info());
        let digits = digest.as_ref().iter().map(|byte| format!("{byte:02x}"));
        let mut id: String = digits.collect();
        id.truncate(ID_DIGITS);
        id
    }

    /// Seals something together with what stands before it in the clear.
    pub(crate) fn seal(&self, clear: &[u8], content: &[u8]) -> Result<Vec<u8>, SealError> {
        let key = HpkePublicKey(self.0.to_vec());
        let sealed = SUITE.seal(PURPOSE, clear, content, &key);
        let (encapsulated, ciphertext) = sealed.map_err(|_| SealError)?;
        Ok([encapsulated.0, ciphertext].concat())
    }

    fn info(&self) -> Vec<u8> {
        [INFO.as_slice(), &self.0].concat()
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", self.id())
    }
}

impl OpeningKey {
    /// Makes a key, and what is written to its file: PKCS#8 (RFC 5958) in PEM, to be kept secret.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn generate() -> Result<(Self, String), KeyError> {
        let made = SUITE.generate_key_pair();
        let (_, private) = made.map_err(|_| KeyError::NoRandomness)?;
        let file = [PRIVATE.as_slice(), private.secret_bytes()].concat();
        let key = Self::of(private.secret_bytes())?;
        Ok((key, pem("PRIVATE KEY", &file)))
    }

    /// Reads a private key in PKCS#8 and PEM, not encrypted.
    ///
    /// # Errors
    /// It is none, or of another kind than X25519.
    pub fn read(pem: &[u8]) -> Result<Self, KeyError> {
        let mut found = PrivateKeyDer::pem_slice_iter(pem);
        let (Some(Ok(PrivateKeyDer::Pkcs8(der))), None) = (found.next(), found.next()) else {
            return Err(KeyError::NotPrivate);
        };
        let key = der.secret_pkcs8_der().strip_prefix(&PRIVATE);
        Self::of(key.ok_or(KeyError::OtherKind)?)
    }

    /// Its public key.
    pub fn public(&self) -> SealingKey {
        self.public.clone()
    }

    /// What was sealed together with what stands before it; `None` where it was not.
    pub(crate) fn open(&self, clear: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (encapsulated, ciphertext) = sealed.split_at_checked(KEY)?;
        let encapsulated = EncapsulatedSecret(encapsulated.to_vec());
        let opened = SUITE.open(&encapsulated, PURPOSE, clear, ciphertext, &self.private);
        opened.ok()
    }

    fn of(bytes: &[u8]) -> Result<Self, KeyError> {
        let other = |_| KeyError::OtherKind;
        let key = PrivateKey::from_private_key(&X25519, bytes).map_err(other)?;
        let public = key.compute_public_key().map_err(|_| KeyError::OtherKind)?;
        let public = public
            .as_ref()
            .try_into()
            .map_err(|_| KeyError::OtherKind)?;
        Ok(Self {
            private: HpkePrivateKey::from(bytes.to_vec()),
            public: SealingKey(public),
        })
    }
}

impl fmt::Debug for OpeningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpeningKey({})", self.public.id())
    }
}

/// A section of PEM (RFC 7468 §3).
fn pem(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (index, digit) in encoded.chars().enumerate() {
        if index > 0 && index.is_multiple_of(64) {
            text.push('\n');
        }
        text.push(digit);
    }
    text + &format!("\n-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8410 §10.2 has the certificate of this key.
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEAhSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=\n-----END PUBLIC KEY-----\n";

    /// Made by OpenSSL 3.0 (`openssl genpkey -algorithm x25519`); it seals nothing but what is in this test.
    const PAIR: [&str; 2] = [
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIDjtn7X4eS6n+uWwQPxX1jxjuOX5fyu0C6cbHKCl8ARM\n-----END PRIVATE KEY-----\n",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEAQL2J05K+TJ4scQG9xrGFT7zgI5mjck7PDE/S1lZXBSU=\n-----END PUBLIC KEY-----\n",
    ];

    #[test]
    fn a_pair_that_another_program_made_is_a_pair() {
        let key = OpeningKey::read(PAIR[0].as_bytes()).unwrap();
        assert_eq!(key.public().to_pem(), PAIR[1]);
    }

    #[test]
    fn keys_are_read_as_they_were_written() {
        let public = SealingKey::read(PUBLIC.as_bytes()).unwrap();
        assert_eq!(public.to_pem(), PUBLIC);
        let (key, file) = OpeningKey::generate().unwrap();
        let read = OpeningKey::read(file.as_bytes()).unwrap();
        assert_eq!(read.public(), key.public());
        let public = SealingKey::read(key.public().to_pem().as_bytes()).unwrap();
        assert_eq!(public, key.public());
        assert!(!format!("{key:?}").contains("PRIVATE") && key.public().id().len() == ID_DIGITS);
    }

    #[test]
    fn nothing_but_the_key_opens_and_nothing_changed_is_opened() {
        let (key, _) = OpeningKey::generate().unwrap();
        let (other, _) = OpeningKey::generate().unwrap();
        let sealed = key.public().seal(b"clear", b"content").unwrap();
        assert_eq!(other.open(b"clear", &sealed), None);
        assert_eq!(key.open(b"clean", &sealed), None);
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(key.open(b"clear", &changed), None, "{place}");
        }
    }

    #[test]
    fn what_is_another_key_is_told_so() {
        let ed25519 = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
        let read = |pem: &str| SealingKey::read(pem.as_bytes()).map(|_| ());
        assert_eq!(read(ed25519), Err(KeyError::OtherKind));
        assert_eq!(read(""), Err(KeyError::NotPublic));
        assert_eq!(read(&format!("{PUBLIC}{PUBLIC}")), Err(KeyError::NotPublic));
        let read = |pem: &str| OpeningKey::read(pem.as_bytes()).map(|_| ());
        assert_eq!(read(PUBLIC), Err(KeyError::NotPrivate));
        let short = pem("PRIVATE KEY", &[PRIVATE.as_slice(), &[7; 31]].concat());
        assert_eq!(read(&short), Err(KeyError::OtherKind));
    }
}
