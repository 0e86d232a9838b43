// SPDX-License-Identifier: Apache-2.0
//! Our own code without a sandbox: what one would write by hand around a good library.

use std::{convert::Infallible, ops::Range};

use anyhow::{Context, Result, anyhow};
use aws_lc_rs::{
    digest,
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey},
};
use canonical_xml::{Base64Text, Document, Element, Path, to_bytes};
use tulli::wire::{self, Asking, Moment, Settings, Signer, UploadParameters};
use xml_signature::{
    Backend, DigestAlgorithm, Digestible, KeyRefusal, Policy, SignatureAlgorithm, SignerRefusal,
    Undigestible, VerificationAlgorithm, VerificationDigest, Verified, verify,
};

use crate::{
    PARAMETERS, SETTINGS,
    documents::{certificate, limits},
    signer,
};

const MOMENT: Moment<'_> = Moment("2026-01-01T00:00:00Z");

/// Digests and signatures: those of one key, with SHA-256.
pub trait Cryptography {
    /// The digest of what was written for it.
    fn digest(&mut self, octets: &[u8]) -> Vec<u8>;

    /// A signature of `bytes`.
    ///
    /// # Errors
    /// The key does not sign.
    fn sign(&mut self, bytes: &[u8]) -> Result<Vec<u8>, &'static str>;

    /// DER of the certificate.
    fn certificate(&mut self) -> Vec<u8>;

    /// Whether `signature` is one of `bytes`.
    fn verifies(&mut self, bytes: &[u8], signature: &[u8]) -> bool;
}

/// The benchmark's RSA-2048 key.
#[derive(Debug)]
pub struct Rsa {
    key: RsaKeyPair,
    certificate: Vec<u8>,
}

impl Rsa {
    /// The key that all benchmarks of a process share.
    ///
    /// # Errors
    /// When the key cannot be made.
    pub fn new() -> Result<Self> {
        Ok(Self {
            key: signer()?,
            certificate: certificate()?,
        })
    }
}

impl Cryptography for Rsa {
    fn digest(&mut self, octets: &[u8]) -> Vec<u8> {
        digest::digest(&digest::SHA256, octets).as_ref().to_vec()
    }

    fn sign(&mut self, bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        let signed = self
            .key
            .sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature);
        signed.map_err(|_| "it does not sign")?;
        Ok(signature)
    }

    fn certificate(&mut self) -> Vec<u8> {
        self.certificate.clone()
    }

    fn verifies(&mut self, bytes: &[u8], signature: &[u8]) -> bool {
        let key = self.key.public_key().as_ref();
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
            .verify(bytes, signature)
            .is_ok()
    }
}

/// Builds and verifies with the cryptography that it is given; everything is in memory, and nobody else is asked.
#[derive(Debug)]
pub struct Native<C>(pub C);

impl<C: Cryptography> Native<C> {
    /// A request of Customs that uploads the payload.
    ///
    /// # Errors
    /// When it cannot be built or signed.
    pub fn upload(&mut self, payload: &[u8]) -> Result<Vec<u8>> {
        let settings: Settings = serde_json::from_str(SETTINGS)?;
        let parameters: UploadParameters = serde_json::from_str(PARAMETERS)?;
        let head = ("BENCHMARK", MOMENT);
        let content = base64(payload);
        let request = wire::application_request(&settings, &parameters, head, content, self)
            .map_err(|_| anyhow!("it cannot be signed"))?;
        let asking = Asking::Upload(base64(&to_bytes(&request)?));
        Ok(to_bytes(&wire::soap_request(&settings, head, asking))?)
    }

    /// Verifies a document; how many parts its signature covers.
    ///
    /// # Errors
    /// When the signature does not count.
    pub fn covered(&mut self, document: &[u8]) -> Result<usize> {
        self.with_verified(document, |verified| Ok(verified.covered().len()))
    }

    /// Verifies a document, and uses the text of its element at `path`.
    ///
    /// # Errors
    /// When the signature does not count or does not cover the element.
    pub fn text<T>(
        &mut self,
        document: &[u8],
        path: &Path,
        used: impl FnOnce(&str) -> T,
    ) -> Result<T> {
        self.with_verified(document, |verified| {
            let element = verified.element(path).context("it is not covered")?;
            let text = element.text().to_str().context("it is not in memory")?;
            Ok(used(&text))
        })
    }

    fn with_verified<T>(
        &mut self,
        document: &[u8],
        used: impl FnOnce(&Verified<'_, ()>) -> Result<T>,
    ) -> Result<T> {
        let document = Document::parse(document, &limits())?;
        let verified = verify(&document, &Policy::default(), self)
            .map_err(|error| anyhow!("it does not count: {error:?}"))?;
        used(&verified)
    }
}

fn base64(bytes: &[u8]) -> Base64Text<Vec<u8>> {
    Base64Text::promise(base64_simd::STANDARD.encode_to_string(bytes).into_bytes())
}

impl<C: Cryptography> Signer for Native<C> {
    type Blob = Vec<u8>;
    type Error = &'static str;

    fn digest(
        &mut self,
        _algorithm: DigestAlgorithm,
        element: &Element<Vec<u8>>,
    ) -> Result<Vec<u8>, Self::Error> {
        let octets = to_bytes(element).map_err(|_| "it cannot be written")?;
        Ok(self.0.digest(&octets))
    }

    fn sign(
        &mut self,
        _algorithm: SignatureAlgorithm,
        bytes: &[u8],
    ) -> Result<Vec<u8>, Self::Error> {
        self.0.sign(bytes)
    }

    fn certificates(&mut self) -> Result<Vec<Vec<u8>>, Self::Error> {
        Ok(vec![self.0.certificate()])
    }
}

impl<C: Cryptography> Backend for Native<C> {
    type Error = Infallible;
    type Signer = ();

    fn digest(
        &mut self,
        _algorithm: VerificationDigest,
        input: Digestible<'_>,
    ) -> Result<Result<Vec<u8>, Undigestible>, Infallible> {
        let Digestible::Canonical(form) = input else {
            return Ok(Err(Undigestible::Base64));
        };
        let mut octets = Vec::new();
        let written = form.write(&mut octets).map_err(Undigestible::from);
        Ok(written.map(|()| self.0.digest(&octets)))
    }

    fn read(&mut self, _range: Range<u64>, _into: &mut Vec<u8>) -> Result<(), Infallible> {
        Ok(())
    }

    fn pinned(&mut self) -> Result<Vec<Vec<u8>>, Infallible> {
        Ok(Vec::new())
    }

    fn verify(
        &mut self,
        _algorithm: VerificationAlgorithm,
        _key: &[u8],
        bytes: &[u8],
        signature: &[u8],
    ) -> Result<Result<(), KeyRefusal>, Infallible> {
        let verifies = self.0.verifies(bytes, signature);
        Ok(verifies.then_some(()).ok_or(KeyRefusal::Mismatch))
    }

    fn identify(&mut self, _chain: &[&[u8]]) -> Result<Result<(), SignerRefusal>, Infallible> {
        Ok(Ok(()))
    }
}
