// SPDX-License-Identifier: Apache-2.0
//! Signing a whole document, enveloped.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::{Document, Node};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::DSIG;
use super::algorithms::{ENVELOPED, EXCLUSIVE_C14N};
use crate::certificate::{Certificate, KeyKind};
use crate::xml::{Form, canonical};

/// A key with the certificates that go with it. Signs with the hash usual for the key: RSA (PKCS#1 v1.5) and
/// P-256 with SHA-256, P-384 with SHA-384.
pub(crate) struct Signer {
    key: Key,
    certificates: Vec<CertificateDer<'static>>,
}

enum Key {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
}

/// Why there is no signature, or nobody to sign.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SigningError {
    #[error("the certificate cannot be read")]
    Certificate,
    #[error("the key is not the RSA, P-256 or P-384 key of the certificate")]
    Key,
    #[error("the document to be signed is not well-formed")]
    Document,
    #[error("the key refuses to sign")]
    Refused,
}

impl Signer {
    /// `certificates` with the signer's first; they are put into every signature.
    pub(crate) fn new(
        certificates: Vec<CertificateDer<'static>>,
        key: &PrivateKeyDer<'_>,
    ) -> Result<Self, SigningError> {
        let leaf = certificates.first().ok_or(SigningError::Certificate)?;
        let leaf = Certificate::read(leaf).map_err(|_| SigningError::Certificate)?;
        Ok(Self {
            key: Key::read(leaf.key.kind, &leaf.key.bytes, key).ok_or(SigningError::Key)?,
            certificates,
        })
    }

    /// Puts a signature over the whole document into its root, as the last child: Reference `URI=""`,
    /// enveloped-signature, exclusive canonicalisation.
    pub(crate) fn envelop(&self, document: &str) -> Result<String, SigningError> {
        let covered = {
            let parsed = parse(document)?;
            canonical(parsed.root(), &Form::Exclusive(Vec::new()), None)
        };
        let digest = STANDARD.encode(digest(&SHA256, covered.as_bytes()));
        let unsigned = insert(document, &self.signature(&digest, ""))?;
        let signed_info = {
            let parsed = parse(&unsigned)?;
            let is_signed_info = |node: &Node<'_, '_>| node.has_tag_name((DSIG, "SignedInfo"));
            let found = parsed.descendants().rfind(is_signed_info);
            canonical(
                found.ok_or(SigningError::Document)?,
                &Form::Exclusive(Vec::new()),
                None,
            )
        };
        let value = STANDARD.encode(self.key.sign(signed_info.as_bytes())?);
        insert(document, &self.signature(&digest, &value))
    }

    fn signature(&self, digest: &str, value: &str) -> String {
        let certificates: String = self
            .certificates
            .iter()
            .map(|certificate| {
                let text = STANDARD.encode(certificate);
                format!("<ds:X509Certificate>{text}</ds:X509Certificate>")
            })
            .collect();
        format!(
            "<ds:Signature xmlns:ds=\"{DSIG}\"><ds:SignedInfo>\
             <ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE_C14N}\"/>\
             <ds:SignatureMethod Algorithm=\"{}\"/><ds:Reference URI=\"\"><ds:Transforms>\
             <ds:Transform Algorithm=\"{ENVELOPED}\"/><ds:Transform Algorithm=\"{EXCLUSIVE_C14N}\"/></ds:Transforms>\
             <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>\
             <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>\
             <ds:SignatureValue>{value}</ds:SignatureValue>\
             <ds:KeyInfo><ds:X509Data>{certificates}</ds:X509Data></ds:KeyInfo></ds:Signature>",
            self.key.algorithm(),
        )
    }
}

impl Key {
    /// `None` unless it is the private half of the certificate's key.
    fn read(kind: KeyKind, public: &[u8], key: &PrivateKeyDer<'_>) -> Option<Self> {
        use aws_lc_rs::signature::KeyPair;
        let der = key.secret_der();
        let ecdsa = |algorithm| {
            EcdsaKeyPair::from_pkcs8(algorithm, der)
                .or_else(|_| EcdsaKeyPair::from_private_key_der(algorithm, der))
                .ok()
                .filter(|pair| pair.public_key().as_ref() == public)
        };
        Some(match kind {
            KeyKind::Rsa => {
                let pair = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der));
                let pair = pair.ok()?;
                if pair.public_key().as_ref() != public {
                    return None;
                }
                Self::Rsa(pair)
            }
            KeyKind::P256 => Self::P256(ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING)?),
            KeyKind::P384 => Self::P384(ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING)?),
            KeyKind::P521 | KeyKind::Other => return None,
        })
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::P256(_) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            Self::P384(_) => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningError> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut value = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut value)
                    .map_err(|_| SigningError::Refused)?;
                Ok(value)
            }
            Self::P256(pair) | Self::P384(pair) => pair
                .sign(&random, message)
                .map(|value| value.as_ref().to_vec())
                .map_err(|_| SigningError::Refused),
        }
    }
}

fn parse(text: &str) -> Result<Document<'_>, SigningError> {
    Document::parse(text).map_err(|_| SigningError::Document)
}

/// Before the end tag of the root, which has to be what the document ends with.
fn insert(document: &str, signature: &str) -> Result<String, SigningError> {
    let end = document.rfind("</").ok_or(SigningError::Document)?;
    let (before, end_tag) = document.split_at(end);
    Ok(format!("{before}{signature}{end_tag}"))
}
