// SPDX-License-Identifier: Apache-2.0
//! Verifying the one XML signature of a document, and making one (XML Signature Syntax and Processing, 2nd
//! edition).
//!
//! The profile is narrow on purpose: one signature, one same-document reference, exclusive or inclusive
//! canonicalisation, the certificate in `X509Data`. The caller checks the certificate and works
//! only on what the reference covers.

mod algorithms;
mod reference;
mod signing;
mod structure;

use aws_lc_rs::signature::UnparsedPublicKey;
use roxmltree::Node;

use crate::certificate::PublicKey;
use crate::xml::{Form, ShapeError, canonical};

use algorithms::SignatureAlgorithm;
use reference::Reference;
pub use reference::SignatureForm;
pub(crate) use signing::{Signer, SigningError};

pub(crate) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";

/// A signature whose structure and algorithms are in order. Nothing is verified yet.
pub(crate) struct Signature<'a, 'i: 'a> {
    element: Node<'a, 'i>,
    signed_info: Node<'a, 'i>,
    signed_info_form: Form<'a>,
    algorithm: SignatureAlgorithm,
    value: Vec<u8>,
    reference: Reference<'a>,
    /// As they stand in `X509Data`; never empty. The first is the signer's, the others may help to
    /// build its path.
    pub(crate) certificates: Vec<Vec<u8>>,
}

/// Why a signature is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignatureError {
    #[error("expected exactly one signature, found {0}")]
    Count(usize),
    #[error("signature: {0}")]
    Shape(#[from] ShapeError),
    #[error("algorithm {0} is not allowed here")]
    Algorithm(String),
    #[error("the transforms are not those of one of the three accepted forms")]
    Transforms,
    #[error("{0} is not base64")]
    Base64(&'static str),
    #[error("there is no X509Certificate")]
    NoCertificate,
    #[error("the signature algorithm does not fit the certificate's key")]
    KeyType,
    #[error("the signature value does not verify over SignedInfo")]
    Value,
    #[error("an Id occurs more than once in the document")]
    DuplicateId,
    #[error("the reference does not lead to what the message's content is read from")]
    Target,
    #[error("the digest does not match the referenced part")]
    Digest,
}

impl<'a, 'i> Signature<'a, 'i> {
    /// Finds the one signature of the document, a child of its root, and reads its structure.
    pub(crate) fn read(root: Node<'a, 'i>) -> Result<Self, SignatureError> {
        structure::read(root)
    }

    /// Verifies SignatureValue over the canonical SignedInfo.
    pub(crate) fn check_value(&self, key: &PublicKey) -> Result<(), SignatureError> {
        let verifier = self
            .algorithm
            .verifier(key.kind)
            .ok_or(SignatureError::KeyType)?;
        let signed = canonical(self.signed_info, &self.signed_info_form, None);
        UnparsedPublicKey::new(verifier, &key.bytes)
            .verify(signed.as_bytes(), &self.value)
            .map_err(|_| SignatureError::Value)
    }

    /// Resolves the reference, which must lead to `content` itself or to the whole document around
    /// it, and compares the digest.
    pub(crate) fn check_reference(
        &self,
        content: Node<'_, '_>,
    ) -> Result<SignatureForm, SignatureError> {
        self.reference.check(self.element, content)
    }
}
