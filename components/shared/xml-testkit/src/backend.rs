// SPDX-License-Identifier: Apache-2.0
//! A judge on this machine: hashes and keys by a library, trust by a list.

use std::convert::Infallible;
use std::ops::Range;

use aws_lc_rs::digest::{self as hash, Algorithm};
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm as Verifier};
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo, X509Certificate};
use xml_signature::{
    Backend, CanonicalForm, DigestAlgorithm, Digestible, Explanation, KeyRefusal,
    SignatureAlgorithm, SignerRefusal, Undigestible, VerificationAlgorithm, VerificationDigest,
};

use super::key::{Key, Kind};
use super::memory::{Gathered, Memory};

/// Whether a chain, leaf first, leads to somebody who is trusted.
pub type FindPath = Box<dyn Fn(&[&[u8]]) -> Result<(), SignerRefusal>>;

/// Trusts the certificates and keys it is told to.
#[derive(Default)]
pub struct Native {
    /// Certificates that are accepted.
    pub trusted: Vec<Vec<u8>>,
    /// Keys that are pinned: certificates or SubjectPublicKeyInfos.
    pub pins: Vec<Vec<u8>>,
    /// Certificates and pins that are refused, and why. All others are untrusted.
    pub refused: Vec<(Vec<u8>, SignerRefusal)>,
    /// Finds a path for chains that are neither accepted, pinned nor refused. Without it they are untrusted.
    pub path: Option<FindPath>,
    /// Takes every signature value for right, and trusts whoever signed.
    pub believing: bool,
    /// What is said of every key, if it is none that verifies.
    pub unusable: Option<KeyRefusal>,
    /// The bytes that the document was loaded from.
    pub source: Vec<u8>,
    /// What was asked, in order.
    pub asked: Vec<&'static str>,
    /// What was explained: `SignedInfo` or the URI, and the octets.
    pub explained: Vec<(String, Vec<u8>)>,
}

impl Native {
    /// Accepts the certificate of one key.
    pub fn trusting(key: &Key) -> Self {
        Self {
            trusted: vec![key.certificate.clone()],
            ..Self::default()
        }
    }

    /// Pins these, and accepts nothing else.
    pub fn pinning(pins: &[&[u8]]) -> Self {
        Self {
            pins: pins.iter().map(|pin| pin.to_vec()).collect(),
            ..Self::default()
        }
    }

    fn octets(&self, input: Digestible<'_>) -> Result<Vec<u8>, Undigestible> {
        match input {
            Digestible::Base64(text) => Ok(text.decode()?.expect("big texts are not encoded here")),
            Digestible::Canonical(form) => {
                let mut gathered = Gathered::of(&self.source);
                form.write(&mut gathered)?;
                Ok(gathered.octets)
            }
        }
    }
}

impl Backend for Native {
    type Error = Infallible;
    type Signer = Vec<u8>;

    fn digest(
        &mut self,
        algorithm: VerificationDigest,
        input: Digestible<'_>,
    ) -> Result<Result<Vec<u8>, Undigestible>, Infallible> {
        self.asked.push("digest");
        Ok(self.octets(input).map(|octets| digest(algorithm, &octets)))
    }

    fn read(&mut self, range: Range<u64>, into: &mut Vec<u8>) -> Result<(), Infallible> {
        self.asked.push("read");
        into.extend_from_slice(Memory::new(&self.source).slice(range));
        Ok(())
    }

    fn pinned(&mut self) -> Result<Vec<Vec<u8>>, Infallible> {
        self.asked.push("pinned");
        Ok(self.pins.clone())
    }

    fn verify(
        &mut self,
        algorithm: VerificationAlgorithm,
        key: &[u8],
        bytes: &[u8],
        signature: &[u8],
    ) -> Result<Result<(), KeyRefusal>, Infallible> {
        self.asked.push("verify");
        Ok(match &self.unusable {
            Some(refusal) => Err(refusal.clone()),
            None if self.believing => Ok(()),
            None => verify(algorithm, key, bytes, signature),
        })
    }

    fn identify(&mut self, chain: &[&[u8]]) -> Result<Result<Vec<u8>, SignerRefusal>, Infallible> {
        self.asked.push("identify");
        let end = chain[0].to_vec();
        if let Some((_, refusal)) = self.refused.iter().find(|(refused, _)| *refused == end) {
            return Ok(Err(refusal.clone()));
        }
        let is_known = self.trusted.contains(&end) || self.pins.contains(&end);
        let found = match &self.path {
            _ if is_known || self.believing => Ok(()),
            Some(path) => path(chain),
            None => Err(SignerRefusal::Untrusted),
        };
        Ok(found.map(|()| end))
    }

    fn explain(&mut self, explanation: Explanation<'_>) -> Result<(), Infallible> {
        let explained = match explanation {
            Explanation::SignedInfo { octets, .. } => ("SignedInfo".to_owned(), octets.to_vec()),
            Explanation::Reference { uri, input, .. } => {
                (uri.to_owned(), self.octets(input).unwrap())
            }
        };
        self.explained.push(explained);
        Ok(())
    }
}

/// A digest of octets.
pub fn digest(algorithm: VerificationDigest, octets: &[u8]) -> Vec<u8> {
    let algorithm: &'static Algorithm = match algorithm {
        VerificationDigest::Sha1 => &hash::SHA1_FOR_LEGACY_USE_ONLY,
        VerificationDigest::Current(DigestAlgorithm::Sha256) => &hash::SHA256,
        VerificationDigest::Current(DigestAlgorithm::Sha384) => &hash::SHA384,
        VerificationDigest::Current(DigestAlgorithm::Sha512) => &hash::SHA512,
    };
    hash::digest(algorithm, octets).as_ref().to_vec()
}

/// The digest of a canonical form of a document in memory, as `prepare_document` asks for it.
pub fn form_digest(
    algorithm: DigestAlgorithm,
    form: CanonicalForm<'_>,
) -> Result<Result<Vec<u8>, canonical_xml::CanonicalizeError>, Infallible> {
    let mut octets = Vec::new();
    Ok(form
        .write(&mut octets)
        .map(|()| digest(VerificationDigest::Current(algorithm), &octets)))
}

fn verify(
    algorithm: VerificationAlgorithm,
    key: &[u8],
    bytes: &[u8],
    signature: &[u8],
) -> Result<(), KeyRefusal> {
    let certificate = X509Certificate::from_der(key).map(|(_, certificate)| certificate);
    let key = match &certificate {
        Ok(certificate) => certificate.public_key().clone(),
        Err(_) => {
            SubjectPublicKeyInfo::from_der(key)
                .map_err(|_| KeyRefusal::Unreadable)?
                .1
        }
    };
    let named = key.algorithm.parameters.as_ref();
    let curve = named.and_then(|parameters| parameters.as_oid().ok());
    let curve = curve.map(|curve| curve.to_id_string());
    let kind = match curve.as_deref() {
        Some("1.2.840.10045.3.1.7") => Kind::P256,
        Some("1.3.132.0.34") => Kind::P384,
        Some("1.3.132.0.35") => Kind::P521,
        // Of an RSA key the parameters tell nothing.
        _ if key.algorithm.algorithm.to_id_string() == "1.2.840.113549.1.1.1" => Kind::Rsa,
        _ => return Err(KeyRefusal::Unsuitable),
    };
    let verifier = verifier(algorithm, kind).ok_or(KeyRefusal::Unsuitable)?;
    let value = match kind {
        Kind::Rsa => signature.to_vec(),
        _ if signature.len() != 2 * kind.half() => return Err(KeyRefusal::Mismatch),
        _ => to_der(signature),
    };
    UnparsedPublicKey::new(verifier, key.subject_public_key.data.as_ref())
        .verify(bytes, &value)
        .map_err(|_| KeyRefusal::Mismatch)
}

/// What verifies; none for an algorithm of another kind of key. Every hash goes with every curve (RFC 6931 §2.3.6).
fn verifier(algorithm: VerificationAlgorithm, kind: Kind) -> Option<&'static dyn Verifier> {
    use SignatureAlgorithm as Algorithm;
    let VerificationAlgorithm::Current(algorithm) = algorithm else {
        let verifier = &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY;
        return (kind == Kind::Rsa).then_some(verifier);
    };
    Some(match (algorithm, kind) {
        (Algorithm::RsaSha256, Kind::Rsa) => &signature::RSA_PKCS1_2048_8192_SHA256,
        (Algorithm::RsaSha384, Kind::Rsa) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (Algorithm::RsaSha512, Kind::Rsa) => &signature::RSA_PKCS1_2048_8192_SHA512,
        (Algorithm::RsaPssSha256, Kind::Rsa) => &signature::RSA_PSS_2048_8192_SHA256,
        (Algorithm::RsaPssSha384, Kind::Rsa) => &signature::RSA_PSS_2048_8192_SHA384,
        (Algorithm::RsaPssSha512, Kind::Rsa) => &signature::RSA_PSS_2048_8192_SHA512,
        (Algorithm::EcdsaSha256, Kind::P256) => &signature::ECDSA_P256_SHA256_ASN1,
        (Algorithm::EcdsaSha384, Kind::P256) => &signature::ECDSA_P256_SHA384_ASN1,
        (Algorithm::EcdsaSha512, Kind::P256) => &signature::ECDSA_P256_SHA512_ASN1,
        (Algorithm::EcdsaSha256, Kind::P384) => &signature::ECDSA_P384_SHA256_ASN1,
        (Algorithm::EcdsaSha384, Kind::P384) => &signature::ECDSA_P384_SHA384_ASN1,
        (Algorithm::EcdsaSha512, Kind::P384) => &signature::ECDSA_P384_SHA512_ASN1,
        (Algorithm::EcdsaSha256, Kind::P521) => &signature::ECDSA_P521_SHA256_ASN1,
        (Algorithm::EcdsaSha384, Kind::P521) => &signature::ECDSA_P521_SHA384_ASN1,
        (Algorithm::EcdsaSha512, Kind::P521) => &signature::ECDSA_P521_SHA512_ASN1,
        _ => return None,
    })
}

/// r and s in DER, as the library takes them for most pairs of curve and hash.
fn to_der(value: &[u8]) -> Vec<u8> {
    let (r, s) = value.split_at(value.len() / 2);
    let content: Vec<u8> = [r, s].iter().flat_map(|number| integer(number)).collect();
    let mut der = vec![0x30];
    if content.len() > 127 {
        der.push(0x81);
    }
    der.push(content.len() as u8);
    der.extend(content);
    der
}

/// A positive INTEGER in as few octets as it takes.
fn integer(number: &[u8]) -> Vec<u8> {
    let start = number.iter().take_while(|octet| **octet == 0).count();
    let digits = &number[start.min(number.len() - 1)..];
    let sign = (digits[0] > 127).then_some(0);
    let length = digits.len() + usize::from(sign.is_some());
    let head = [0x02, length as u8];
    head.into_iter()
        .chain(sign)
        .chain(digits.iter().copied())
        .collect()
}
