//! A judge on this machine: hashes and keys by a library, trust by a list.

use std::convert::Infallible;
use std::ops::Range;

use aws_lc_rs::digest::{self as hash, Algorithm};
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm as Verifier};
use canonical_xml::Octets;
use x509_parser::prelude::{FromDer, SubjectPublicKeyInfo, X509Certificate};
use xml_signature::{
    CanonicalForm, DigestAlgorithm, Digestible, Explanation, Judge, KeyRefusal, SignatureAlgorithm,
    SignerRefusal, Undigestible, VerificationAlgorithm, VerificationDigest,
};

use super::key::Key;

/// Trusts the certificates and keys it is told to.
#[derive(Default)]
pub(crate) struct Native {
    /// Certificates that are accepted.
    pub(crate) trusted: Vec<Vec<u8>>,
    /// Keys that are pinned: certificates or SubjectPublicKeyInfos.
    pub(crate) pins: Vec<Vec<u8>>,
    /// Certificates and pins that are refused, and why. All others are untrusted.
    pub(crate) refused: Vec<(Vec<u8>, SignerRefusal)>,
    /// What is said of every key, if it is none that verifies.
    pub(crate) unusable: Option<KeyRefusal>,
    /// The bytes that the document was loaded from.
    pub(crate) source: Vec<u8>,
    /// What was asked, in order.
    pub(crate) asked: Vec<&'static str>,
    /// What was explained: `SignedInfo` or the URI, and the octets.
    pub(crate) explained: Vec<(String, Vec<u8>)>,
}

impl Native {
    /// Accepts the certificate of one key.
    pub(crate) fn trusting(key: &Key) -> Self {
        Self {
            trusted: vec![key.certificate.clone()],
            ..Self::default()
        }
    }

    /// Pins these, and accepts nothing else.
    pub(crate) fn pinning(pins: &[&[u8]]) -> Self {
        Self {
            pins: pins.iter().map(|pin| pin.to_vec()).collect(),
            ..Self::default()
        }
    }

    fn octets(&self, input: Digestible<'_>) -> Result<Vec<u8>, Undigestible> {
        match input {
            Digestible::Base64(text) => Ok(text.decode()?.expect("big texts are not encoded here")),
            Digestible::Canonical(form) => {
                let mut whole = Whole {
                    source: &self.source,
                    octets: Vec::new(),
                };
                form.write(&mut whole)?;
                Ok(whole.octets)
            }
        }
    }
}

impl Judge for Native {
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
        into.extend_from_slice(&self.source[range.start as usize..range.end as usize]);
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
        if let Some(refusal) = &self.unusable {
            return Ok(Err(refusal.clone()));
        }
        Ok(verify(algorithm, key, bytes, signature))
    }

    fn identify(&mut self, chain: &[&[u8]]) -> Result<Result<Vec<u8>, SignerRefusal>, Infallible> {
        self.asked.push("identify");
        let end = chain[0].to_vec();
        if let Some((_, refusal)) = self.refused.iter().find(|(refused, _)| *refused == end) {
            return Ok(Err(refusal.clone()));
        }
        let is_known = self.trusted.contains(&end) || self.pins.contains(&end);
        Ok(is_known.then_some(end).ok_or(SignerRefusal::Untrusted))
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
pub(crate) fn digest(algorithm: VerificationDigest, octets: &[u8]) -> Vec<u8> {
    let algorithm: &'static Algorithm = match algorithm {
        VerificationDigest::Sha1 => &hash::SHA1_FOR_LEGACY_USE_ONLY,
        VerificationDigest::Current(DigestAlgorithm::Sha256) => &hash::SHA256,
        VerificationDigest::Current(DigestAlgorithm::Sha384) => &hash::SHA384,
        VerificationDigest::Current(DigestAlgorithm::Sha512) => &hash::SHA512,
    };
    hash::digest(algorithm, octets).as_ref().to_vec()
}

/// The digest of a canonical form of a document in memory, as `prepare_document` asks for it.
pub(crate) fn form_digest(
    algorithm: DigestAlgorithm,
    form: CanonicalForm<'_>,
) -> Result<Result<Vec<u8>, canonical_xml::CanonicalizeError>, Infallible> {
    let mut octets = Vec::new();
    Ok(form
        .write(&mut octets)
        .map(|()| digest(VerificationDigest::Current(algorithm), &octets)))
}

struct Whole<'a> {
    source: &'a [u8],
    octets: Vec<u8>,
}

impl Octets for Whole<'_> {
    fn bytes(&mut self, bytes: &[u8]) {
        self.octets.extend_from_slice(bytes);
    }

    fn source(&mut self, range: Range<u64>) {
        let range = range.start as usize..range.end as usize;
        self.octets.extend_from_slice(&self.source[range]);
    }
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
    let (verifier, kind) = verifier(algorithm);
    // Of an elliptic key the parameters tell the curve; those of an RSA key tell nothing.
    let parameters = key.algorithm.parameters.as_ref();
    let curve = parameters.and_then(|parameters| parameters.as_oid().ok());
    let actual = match kind {
        RSA => key.algorithm.algorithm.clone(),
        _ => curve.ok_or(KeyRefusal::Unsuitable)?,
    };
    if actual.to_id_string() != kind {
        return Err(KeyRefusal::Unsuitable);
    }
    UnparsedPublicKey::new(verifier, key.subject_public_key.data.as_ref())
        .verify(bytes, signature)
        .map_err(|_| KeyRefusal::Mismatch)
}

const RSA: &str = "1.2.840.113549.1.1.1";

/// What verifies, and the key type or curve that it is for.
fn verifier(algorithm: VerificationAlgorithm) -> (&'static dyn Verifier, &'static str) {
    let VerificationAlgorithm::Current(algorithm) = algorithm else {
        let verifier = &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY;
        return (verifier, RSA);
    };
    match algorithm {
        SignatureAlgorithm::RsaSha256 => (&signature::RSA_PKCS1_2048_8192_SHA256, RSA),
        SignatureAlgorithm::RsaSha384 => (&signature::RSA_PKCS1_2048_8192_SHA384, RSA),
        SignatureAlgorithm::RsaSha512 => (&signature::RSA_PKCS1_2048_8192_SHA512, RSA),
        SignatureAlgorithm::RsaPssSha256 => (&signature::RSA_PSS_2048_8192_SHA256, RSA),
        SignatureAlgorithm::RsaPssSha384 => (&signature::RSA_PSS_2048_8192_SHA384, RSA),
        SignatureAlgorithm::RsaPssSha512 => (&signature::RSA_PSS_2048_8192_SHA512, RSA),
        SignatureAlgorithm::EcdsaSha256 => {
            (&signature::ECDSA_P256_SHA256_FIXED, "1.2.840.10045.3.1.7")
        }
        SignatureAlgorithm::EcdsaSha384 => (&signature::ECDSA_P384_SHA384_FIXED, "1.3.132.0.34"),
        SignatureAlgorithm::EcdsaSha512 => (&signature::ECDSA_P521_SHA512_FIXED, "1.3.132.0.35"),
    }
}
