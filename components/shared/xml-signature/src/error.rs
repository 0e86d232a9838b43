// SPDX-License-Identifier: Apache-2.0
//! Why a signature cannot be made.

use canonical_xml::{CanonicalizeError, Encoding, WriteError};
use thiserror::Error;

/// A signature that cannot be made. The caller is at fault each time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignError {
    /// A signature over nothing proves nothing.
    #[error("a signature needs at least one reference")]
    NoReference,
    /// Two references to one target.
    #[error("reference {index} names the same target as an earlier one")]
    DuplicateReference {
        /// Position in [`Signing::references`](crate::Signing::references), from 0.
        index: usize,
    },
    /// A digest that is not of its algorithm.
    #[error("reference {index} holds a digest of {actual} octets, its algorithm makes {expected}")]
    DigestLength {
        /// Position in [`Signing::references`](crate::Signing::references), from 0.
        index: usize,
        /// Octets the algorithm makes.
        expected: usize,
        /// Octets given.
        actual: usize,
    },
    /// An Id, of a target or of the signature itself, that is no NCName and so no `xs:ID`.
    #[error("an Id must be a name without a colon (NCName)")]
    MalformedId,
    /// A prefix that is no NCName or is reserved.
    #[error(
        "the prefix of the signature must be a name without a colon (NCName) that does not begin with `xml`"
    )]
    MalformedPrefix,
    /// A list of what cannot be prefixes, or of more of them than a verifier would accept.
    #[error("reference {index} lists what is no prefix, or more than 128 of them")]
    MalformedPrefixList {
        /// Position in [`Signing::references`](crate::Signing::references), from 0.
        index: usize,
    },
    /// A certificate of no octets.
    #[error("certificate {index} is empty")]
    EmptyCertificate {
        /// Position in [`Signing::certificates`](crate::Signing::certificates), from 0.
        index: usize,
    },
    /// A signature value of no octets.
    #[error("the signature value is empty")]
    EmptySignature,
    /// An ECDSA value that cannot be r‖s of P-256, P-384 or P-521.
    #[error(
        "an ECDSA value must be r and s in 64, 96 or 132 octets, not {actual}; DER has to be converted first"
    )]
    EcdsaLength {
        /// Octets given.
        actual: usize,
    },
    /// An element to sign that no reference could name.
    #[error(
        "target {index} has no Id; give it an attribute Id, ID, id, AssertionID, wsu:Id or xml:id, or sign the whole document"
    )]
    TargetWithoutId {
        /// Position in [`DocumentSigning::targets`](crate::DocumentSigning::targets), from 0.
        index: usize,
    },
    /// A document that is not in UTF-8: where in its bytes the signature belongs is not known.
    #[error("the document is in {encoding}; convert it to UTF-8 before it is signed")]
    Encoding {
        /// What it is in.
        encoding: Encoding,
    },
    /// An element of another document.
    #[error("a target, or the place for the signature, is not in the document to sign")]
    ForeignElement,
    /// Beside the root there is no place for an element.
    #[error("the signature cannot stand beside the root; put it inside")]
    PlaceOutsideRoot,
    /// An empty-element tag has no inside.
    #[error(
        "the element that is to hold the signature is an empty-element tag; write it with a start tag and an end tag"
    )]
    PlaceInEmptyTag,
    /// A target that has no canonical form.
    #[error("target {index}: {error}")]
    Canonicalization {
        /// Position in [`DocumentSigning::targets`](crate::DocumentSigning::targets), from 0.
        index: usize,
        /// Why not.
        #[source]
        error: CanonicalizeError,
    },
    /// Several elements of the document carry the Id.
    #[error(
        "more than one element carries the Id that the signature refers to; make Ids unique, or sign the whole document"
    )]
    TargetNotUnique,
    /// `SignedInfo` could not be written.
    #[error("SignedInfo: {0}")]
    Write(#[from] WriteError),
}

/// What ended the signing of a document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignFailure<E> {
    /// The signature cannot be made.
    #[error(transparent)]
    Refused(#[from] SignError),
    /// A target could not be digested.
    #[error("a target could not be digested: {0}")]
    Digest(E),
}
