// SPDX-License-Identifier: Apache-2.0
//! Keys of publishers: Ed25519 (RFC 8032).

use std::fmt;

use aws_lc_rs::{
    encoding::AsDer,
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rustls_pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer, pem::PemObject};

use crate::digest::Digest;

/// What a SubjectPublicKeyInfo of Ed25519 begins with; the 32 bytes of the key follow (RFC 8410 §4).
const INFO: [u8; 12] = [0x30, 0x2A, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 3, 0x21, 0];

/// Hexadecimal digits of a key's id.
const ID_DIGITS: usize = 16;

/// A public key of Ed25519.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// A text is no public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// It is no PEM of a public key.
    #[error(
        "this has to be one public key in PEM, `-----BEGIN PUBLIC KEY-----` (`openssl pkey -in KEY -pubout` writes it)"
    )]
    NotPem,
    /// It is a key of another kind.
    #[error("this has to be a key of Ed25519 (`openssl genpkey -algorithm ed25519` makes one)")]
    OtherKind,
}

/// The private key of a publisher. `Debug` shows the id alone.
pub struct SigningKey(Ed25519KeyPair);

/// A file is no private key of Ed25519.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SigningKeyError {
    /// It is no PEM of a private key.
    #[error(
        "this has to be one private key in PEM, `-----BEGIN PRIVATE KEY-----`, that is not encrypted (`silta component key` makes one)"
    )]
    NotPem,
    /// It is a key of another kind.
    #[error(
        "this has to be a key of Ed25519 (`silta component key` or `openssl genpkey -algorithm ed25519` makes one)"
    )]
    OtherKind,
    /// The system has no randomness to give.
    #[error("no key can be made: the system gives no random bytes")]
    NoRandomness,
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo in PEM.
    ///
    /// # Errors
    /// It is none, or of another kind than Ed25519.
    pub fn read(pem: &[u8]) -> Result<Self, PublicKeyError> {
        let mut found = SubjectPublicKeyInfoDer::pem_slice_iter(pem);
        let (Some(Ok(info)), None) = (found.next(), found.next()) else {
            return Err(PublicKeyError::NotPem);
        };
        let key = info.as_ref().strip_prefix(&INFO);
        let key = key.and_then(|key| key.try_into().ok());
        key.map(Self).ok_or(PublicKeyError::OtherKind)
    }

    /// As a SubjectPublicKeyInfo in PEM.
    pub fn to_pem(&self) -> String {
        pem("PUBLIC KEY", &self.info())
    }

    /// What signatures name it by: the first 16 hexadecimal digits of the SHA-256 of its SubjectPublicKeyInfo.
    pub fn id(&self) -> String {
        let mut id = Digest::of(&self.info()).hexadecimal();
        id.truncate(ID_DIGITS);
        id
    }

    /// Whether it has made a signature of a text.
    pub(crate) fn has_signed(&self, text: &str, signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, &self.0);
        key.verify(text.as_bytes(), signature).is_ok()
    }

    fn info(&self) -> Vec<u8> {
        [INFO.as_slice(), &self.0].concat()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id())
    }
}

impl SigningKey {
    /// Makes a key, and what is written to its file: PKCS#8 (RFC 5958) in PEM, to be kept secret.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn generate() -> Result<(Self, String), SigningKeyError> {
        let key = Ed25519KeyPair::generate().map_err(|_| SigningKeyError::NoRandomness)?;
        let der = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&key);
        let der = der.map_err(|_| SigningKeyError::NoRandomness)?;
        Ok((Self(key), pem("PRIVATE KEY", der.as_ref())))
    }

    /// Reads a private key in PKCS#8 and PEM, not encrypted.
    ///
    /// # Errors
    /// It is none, or of another kind than Ed25519.
    pub fn read(pem: &[u8]) -> Result<Self, SigningKeyError> {
        let mut found = PrivateKeyDer::pem_slice_iter(pem);
        let (Some(Ok(PrivateKeyDer::Pkcs8(der))), None) = (found.next(), found.next()) else {
            return Err(SigningKeyError::NotPem);
        };
        let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der());
        key.map(Self).map_err(|_| SigningKeyError::OtherKind)
    }

    /// Its public key.
    pub fn public(&self) -> PublicKey {
        let mut key = [0; 32];
        key.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(key)
    }

    pub(crate) fn sign(&self, text: &str) -> Vec<u8> {
        self.0.sign(text.as_bytes()).as_ref().to_vec()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public().id())
    }
}

/// A section of PEM (RFC 7468 §3).
fn pem(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (index, digit) in encoded.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            text.push('\n');
        }
        text.push(digit);
    }
    text + &format!("\n-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8410 §10.1 and §10.3.
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";

    #[test]
    fn the_keys_of_the_rfc_are_read() {
        let public = PublicKey::read(PUBLIC.as_bytes()).unwrap();
        assert_eq!(public.to_pem(), PUBLIC);
        let private = SigningKey::read(PRIVATE.as_bytes()).unwrap();
        assert_eq!(private.public(), public);
        assert_eq!(public.id().len(), ID_DIGITS);
        assert!(!format!("{private:?}").contains("1O5y"));
    }

    #[test]
    fn a_key_that_was_made_is_read_again() {
        let (key, pem) = SigningKey::generate().unwrap();
        let read = SigningKey::read(pem.as_bytes()).unwrap();
        assert_eq!(read.public(), key.public());
        let signature = read.sign("text");
        assert!(key.public().has_signed("text", &signature));
        assert!(!key.public().has_signed("texts", &signature));
    }

    #[test]
    fn what_is_another_key_is_told_so() {
        for (pem, expected) in [
            ("", PublicKeyError::NotPem),
            ("-----BEGIN PUBLIC KEY-----\n", PublicKeyError::NotPem),
            (&format!("{PUBLIC}{PUBLIC}"), PublicKeyError::NotPem),
            (PRIVATE, PublicKeyError::NotPem),
            (
                &pem("PUBLIC KEY", &[INFO.as_slice(), &[0; 31]].concat()),
                PublicKeyError::OtherKind,
            ),
            (&pem("PUBLIC KEY", b"\x30\x00"), PublicKeyError::OtherKind),
        ] {
            assert_eq!(PublicKey::read(pem.as_bytes()), Err(expected), "{pem}");
        }
        let other = |pem: &str| SigningKey::read(pem.as_bytes()).map(|_| ()).unwrap_err();
        assert_eq!(other(PUBLIC), SigningKeyError::NotPem);
        assert_eq!(other(&pem("EC PRIVATE KEY", b"x")), SigningKeyError::NotPem);
        assert_eq!(other(&pem("PRIVATE KEY", b"x")), SigningKeyError::OtherKind);
    }
}
