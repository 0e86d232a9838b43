// SPDX-License-Identifier: Apache-2.0
//! XML signatures ([XML Signature Syntax and Processing 1.1]): making them, and judging those of others.
//!
//! Neither side holds a key or hashes: the backend do, which in a component are the host's imports.
//!
//! # Verifying
//!
//! [`verify`] takes a [`Document`](canonical_xml::Document), a [`Policy`] that says what has to be signed, and a
//! [`Backend`] that hashes and knows whom to trust. What it returns, [`Verified`], is the only way to what was signed.
//! Whether a signature is right is not the question; the question is what it covers, and callers read nothing else.
//!
//! # Signing
//!
//! Signing takes three steps, because the key is elsewhere:
//!
//! 1. Digest each target: [`canonical_xml::write`] the element, and hash the bytes.
//! 2. [`prepare`] the signature over those digests, and have [`Prepared::signed_info`] signed by whoever holds the key.
//! 3. [`Prepared::complete`] it with the signature value, and put the `Signature` into the document:
//!    [`insert_enveloped`], or anywhere outside the target when that is referred to by its Id.
//!
//! Written by `canonical_xml::write`, the document then verifies: a verifier that canonicalises a target or
//! `SignedInfo` where it stands gets the bytes that were digested or signed, because exclusive canonicalisation does
//! not depend on the ancestors. A document that somebody else wrote is signed with [`prepare_document`], which leaves
//! its bytes as they are.
//!
//! ```
//! use canonical_xml::{Element, NoBlob, to_bytes};
//! use xml_signature::{DigestAlgorithm, Reference, SignatureAlgorithm, Signing, insert_enveloped, prepare};
//! # fn sha256(_: &[u8]) -> Vec<u8> { vec![0; 32] }
//! # fn sign(_: &[u8]) -> Vec<u8> { vec![0; 256] }
//!
//! let mut order: Element<NoBlob> = Element::new("urn:example:order", "Order").with_text("two pieces");
//! let digest = sha256(&to_bytes(&order)?);
//! let reference = Reference::enveloped_root(DigestAlgorithm::Sha256, digest);
//! let prepared = prepare(Signing::new(SignatureAlgorithm::RsaSha256, vec![reference]))?;
//! let value = sign(prepared.signed_info());
//! let signature = prepared.complete(&value)?;
//! insert_enveloped(&mut order, signature);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [XML Signature Syntax and Processing 1.1]: https://www.w3.org/TR/2013/REC-xmldsig-core1-20130411/

mod algorithm;
mod error;
mod reference;
mod sign;
mod sign_document;
mod verify;

pub use algorithm::{
    DigestAlgorithm, ENVELOPED_SIGNATURE, EXCLUSIVE_CANONICALIZATION, NAMESPACE, SignatureAlgorithm,
};
pub use error::{SignError, SignFailure};
pub use reference::Reference;
pub use sign::{Prepared, Signing, insert_enveloped, prepare};
pub use sign_document::{
    DocumentSigning, Insertion, Place, PreparedDocument, Target, prepare_document,
};
pub use verify::{
    Backend, CanonicalForm, Covered, CoveredElement, Digestible, EncodedText, Explanation,
    KeyRefusal, KeySource, Located, Policy, SignerRefusal, StructureFault, UTILITY_NAMESPACE,
    Undigestible, VerificationAlgorithm, VerificationDigest, Verified, VerifyError,
    VerifyErrorKind, VerifyFailure, check_coverage, decode_base64, elements_with_id, is_id,
    signatures, verify, verify_one_of_several, verify_signature,
};
