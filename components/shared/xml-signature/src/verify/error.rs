// SPDX-License-Identifier: Apache-2.0
//! Why a signature does not count.

use canonical_xml::{CanonicalizeError, ElementRef, Position};
use thiserror::Error;

use super::unsupported;

/// A signature that does not count, and where that shows.
///
/// Neither the text nor the path repeats content, which may be personal data.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{path} at {position}: {}", self.message())]
#[non_exhaustive]
pub struct VerifyError {
    /// What is wrong.
    pub kind: VerifyErrorKind,
    /// The element concerned, as local names from the root, such as `/Order/Signature/SignedInfo/Reference[2]`; for
    /// [`VerifyErrorKind::RequiredMissing`] the path that leads nowhere.
    pub path: String,
    /// Where that element begins, without what of the text before it was left in a source; the root for
    /// [`VerifyErrorKind::RequiredMissing`].
    pub position: Position,
    /// The registered algorithm that is named there and not supported, such as `Ed25519`.
    pub unsupported: Option<&'static str>,
}

impl VerifyError {
    pub(crate) fn at(element: ElementRef<'_>, kind: VerifyErrorKind) -> Self {
        let is_named = matches!(
            kind,
            VerifyErrorKind::AlgorithmNotAllowed
                | VerifyErrorKind::PssParameters { .. }
                | VerifyErrorKind::TransformNotAllowed
                | VerifyErrorKind::CanonicalizationNotAllowed
        );
        Self {
            path: element.path(),
            position: element.position(),
            unsupported: is_named.then(|| unsupported::name(element)).flatten(),
            kind,
        }
    }

    /// What is wrong and what to do, without the place.
    pub fn message(&self) -> String {
        match self.unsupported {
            Some(name) => format!("{name} is not supported here: {}", self.kind),
            None => self.kind.to_string(),
        }
    }

    /// The stable code of [`kind`](Self::kind).
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }
}

/// What ended a verification.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VerifyFailure<E> {
    /// The signature does not count.
    #[error(transparent)]
    Refused(#[from] VerifyError),
    /// The backend failed before that could be told; see [`Backend::Error`](crate::Backend::Error).
    #[error("the signature could not be judged: {0}")]
    Backend(E),
}

/// What is wrong with a signature. Texts within name rules and features, never content of the document.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum VerifyErrorKind {
    /// There is none.
    #[error("the document is not signed; the sender has to sign it")]
    Missing,
    /// There are several where one is expected: which one would be meant?
    #[error("the document holds more than one signature; the sender has to send exactly one")]
    Several,
    /// Not the structure of XML Signature 1.1 §4.
    #[error("the signature is malformed: {0}; the sender has to correct it")]
    Structure(StructureFault),
    /// A signature over nothing.
    #[error("the signature names nothing that it signs; the sender has to name the content")]
    NoReferences,
    /// More references than the policy accepts.
    #[error(
        "the signature has more than {maximum} references: that is a limit of the receiver, not a mistake of the sender. Whoever runs the receiver can raise it (`maximum_references` of its policy), or the sender can sign fewer parts"
    )]
    TooManyReferences {
        /// How many are accepted.
        maximum: usize,
    },
    /// More transforms than any permitted combination has.
    #[error(
        "a reference has more than {maximum} transforms, and no more are looked at here, which is a fixed limit of the receiver; the sender has to use fewer: enveloped-signature and one canonicalisation suffice"
    )]
    TooManyTransforms {
        /// How many are looked at.
        maximum: usize,
    },
    /// More certificates than are looked at.
    #[error(
        "the signature carries more than {maximum} certificates, or certificates of more than 12,288 bytes together, and no more are looked at here, which is a fixed limit of the receiver; the sender has to carry its own and those that lead from it to a trusted one"
    )]
    TooManyCertificates {
        /// How many are looked at.
        maximum: usize,
    },
    /// A signature or digest algorithm off the list, such as HMAC, DSA or an identifier that nobody defined.
    #[error(
        "the algorithm is not accepted; the sender has to use RSA or ECDSA, and digests, with SHA-256, SHA-384 or SHA-512"
    )]
    AlgorithmNotAllowed,
    /// RSASSA-PSS with parameters in the document (RFC 9231 §2.3.9): no others are verified than those of the identifiers with fixed ones.
    #[error(
        "{}; the sender has to use http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1, #sha384-rsa-MGF1 or #sha512-rsa-MGF1, without parameters and with a salt as long as the digest",
        salt(.salt_length)
    )]
    PssParameters {
        /// Bytes of salt that they name, if they name a number.
        salt_length: Option<u16>,
    },
    /// SHA-1 without the policy's leave.
    #[error(
        "SHA-1 is not accepted here; the sender has to use SHA-256 or longer, or the operator has to allow SHA-1 for this sender"
    )]
    Sha1NotAllowed,
    /// A transform off the list, or out of order.
    #[error(
        "the transforms are not accepted; the sender may use enveloped-signature first, then base64 or one canonicalisation, and nothing else: no XSLT, XPath or STR-Transform"
    )]
    TransformNotAllowed,
    /// A canonicalisation of `SignedInfo` off the list.
    #[error(
        "the canonicalisation of SignedInfo is not accepted; the sender has to use Canonical XML 1.0 or 1.1, or Exclusive XML Canonicalization 1.0"
    )]
    CanonicalizationNotAllowed,
    /// What is signed has no canonical form.
    #[error("what is signed cannot be canonicalised: {0}")]
    CanonicalizationFailed(#[source] CanonicalizeError),
    /// A reference that is neither the document nor an element of it by Id.
    #[error(
        "a reference leads outside the document, or to a part that is not named by its Id; the sender has to refer to the document or to an Id in it"
    )]
    ReferenceExternal,
    /// A reference without `URI`, whose target the application would have to know (XML Signature 1.1 §4.4.3.1).
    #[error(
        "a reference has no URI, so it names nothing; the sender has to refer to the document or to an Id in it"
    )]
    ReferenceWithoutUri,
    /// No element carries the Id.
    #[error(
        "no element carries the Id that a reference names; the sender signed something that is not in this document"
    )]
    ReferenceNotFound,
    /// The Id occurs more than once, so that a forged element could pass for the signed one.
    #[error(
        "the Id that a reference names occurs more than once; the sender has to make Ids unique in the document"
    )]
    IdNotUnique,
    /// The enveloped-signature transform where there is nothing for it to take out.
    #[error(
        "the enveloped-signature transform stands in a reference to a part that the signature is not inside of; the sender has to leave it out or sign what holds the signature"
    )]
    EnvelopedOutside,
    /// A value that is not base64, or not only base64.
    #[error(
        "a value is not plain base64; the sender has to encode it as RFC 4648 §4 says, without comments inside"
    )]
    Base64,
    /// A signature value that cannot be of its algorithm.
    #[error(
        "the signature value has an impossible length, is zero, or is one of RSA with more than 16,384 bits, which is the most that is looked at here; the sender has to encode RSA values as one number and ECDSA values as r and s in equal length, not as DER"
    )]
    ValueLength,
    /// Neither a certificate in the signature nor a pinned key.
    #[error(
        "there is no key to verify with; the sender has to include its certificate, or the operator has to pin its key"
    )]
    KeyMissing,
    /// A key of another kind than the algorithm is for.
    #[error(
        "the key is not of the kind that the signature algorithm is for; the sender has to sign with its own key and algorithm"
    )]
    KeyUnsuitable,
    /// A key that nothing here verifies with, in order as it may be.
    #[error(
        "not supported here: {feature}; the sender has to sign with RSA of 2048 to 8192 bits, or with ECDSA on P-256, P-384 or P-521"
    )]
    KeyUnsupported {
        /// What is not supported.
        feature: String,
    },
    /// A key below the minimum.
    #[error(
        "the key is too short; the sender has to use RSA with 2048 bits or more, or the operator has to allow short keys for this sender"
    )]
    KeyTooShort,
    /// No path leads to a trusted certificate.
    #[error(
        "the signer's certificate is not trusted; the operator has to trust its issuer or pin it if the sender is who it should be"
    )]
    Untrusted,
    /// Expired certificate.
    #[error(
        "the signer's certificate, or one above it, has expired; the sender has to sign with a valid one"
    )]
    CertificateExpired,
    /// Certificate of the future.
    #[error(
        "the signer's certificate, or one above it, is not valid yet; the sender has to sign with a valid one, or a clock is wrong"
    )]
    CertificateNotYetValid,
    /// Revoked certificate.
    #[error(
        "the signer's certificate, or one above it, is revoked; the sender has to sign with a valid one"
    )]
    CertificateRevoked,
    /// Revocation could not be determined.
    #[error("whether the signer's certificate is revoked cannot be told: {gap}")]
    RevocationUnknown {
        /// What is missing, and what the operator does about it.
        gap: String,
    },
    /// Not a certificate for signing.
    #[error(
        "the signer's certificate is not meant for signing documents: {usage}; the sender has to sign with one that is"
    )]
    CertificateWrongUsage {
        /// What it may be used for, and what would do.
        usage: String,
    },
    /// Not a certificate at all.
    #[error("a certificate is not readable; the sender has to include X.509 certificates in DER")]
    CertificateUnreadable,
    /// Another rule of RFC 5280 is broken.
    #[error(
        "the signer's certificate, or one above it, breaks a rule for certificates (RFC 5280): {rule}; the sender has to sign with a proper one"
    )]
    CertificateNotAcceptable {
        /// Which rule.
        rule: String,
    },
    /// Something in a certificate that is not supported here.
    #[error(
        "the signer's certificate, or one above it, has something that is not supported here: {feature}; the operator has to pin the certificate if the sender is who it should be"
    )]
    CertificateUnsupported {
        /// What is not supported.
        feature: String,
    },
    /// `SignatureValue` is not of `SignedInfo` by the key.
    #[error(
        "the signature value does not fit: SignedInfo was changed after signing, or another key signed it; the sender has to sign anew"
    )]
    Mismatch,
    /// The same with RSASSA-PSS, where a salt of another length cannot be told from it.
    #[error(
        "the signature value does not fit: SignedInfo was changed after signing, or another key signed it, or its salt is not of {salt_length} bytes; no other salt length is supported here than that of the digest, which the algorithm prescribes (RFC 9231 §2.3.10). The sender has to sign anew, with a salt of {salt_length} bytes"
    )]
    MismatchPss {
        /// Bytes of salt that are supported.
        salt_length: usize,
    },
    /// `SignedInfo` beyond what is held in memory to verify it.
    #[error(
        "SignedInfo is longer than {maximum} bytes, and no more is looked at here, which is a fixed limit of the receiver; the sender has to sign fewer parts"
    )]
    SignedInfoTooLong {
        /// How many bytes are accepted.
        maximum: usize,
    },
    /// What a reference names is not what was signed.
    #[error(
        "what reference {reference} names was changed after signing; the sender has to send the document as it was signed"
    )]
    DigestMismatch {
        /// Which reference of the signature, from 1.
        reference: usize,
    },
    /// Something required is there but not signed.
    #[error(
        "a part that has to be signed is not covered by the signature; the sender has to sign it"
    )]
    Uncovered,
    /// Something required is not there at all.
    #[error(
        "a part that has to be signed is not in the document; the sender has to include and sign it"
    )]
    RequiredMissing,
}

impl VerifyErrorKind {
    /// A code that stays the same over releases and languages, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "signature.missing",
            Self::Several => "signature.several",
            Self::Structure(_) | Self::SignedInfoTooLong { .. } => "signature.structure",
            Self::NoReferences => "signature.no-references",
            Self::TooManyReferences { .. } => "signature.too-many-references",
            Self::TooManyTransforms { .. } => "signature.too-many-transforms",
            Self::TooManyCertificates { .. } => "signature.too-many-certificates",
            Self::AlgorithmNotAllowed | Self::PssParameters { .. } => {
                "signature.algorithm-not-allowed"
            }
            Self::Sha1NotAllowed => "signature.sha1-not-allowed",
            Self::TransformNotAllowed => "signature.transform-not-allowed",
            Self::CanonicalizationNotAllowed => "signature.canonicalization-not-allowed",
            Self::CanonicalizationFailed(_) => "signature.canonicalization-failed",
            Self::ReferenceExternal | Self::ReferenceWithoutUri => "signature.reference-external",
            Self::ReferenceNotFound => "signature.reference-not-found",
            Self::IdNotUnique => "signature.id-not-unique",
            Self::EnvelopedOutside => "signature.enveloped-outside",
            Self::Base64 => "signature.base64",
            Self::ValueLength => "signature.value-length",
            Self::KeyMissing => "signature.key-missing",
            Self::KeyUnsuitable => "signature.key-unsuitable",
            Self::KeyUnsupported { .. } => "signature.key-unsupported",
            Self::KeyTooShort => "signature.key-too-short",
            Self::Untrusted => "signature.untrusted",
            Self::CertificateExpired => "signature.certificate-expired",
            Self::CertificateNotYetValid => "signature.certificate-not-yet-valid",
            Self::CertificateRevoked => "signature.certificate-revoked",
            Self::RevocationUnknown { .. } => "signature.revocation-unknown",
            Self::CertificateWrongUsage { .. } => "signature.certificate-wrong-usage",
            Self::CertificateUnreadable => "signature.certificate-unreadable",
            Self::CertificateNotAcceptable { .. } => "signature.certificate-not-acceptable",
            Self::CertificateUnsupported { .. } => "signature.certificate-unsupported",
            Self::Mismatch | Self::MismatchPss { .. } => "signature.mismatch",
            Self::DigestMismatch { .. } => "signature.digest-mismatch",
            Self::Uncovered => "signature.uncovered",
            Self::RequiredMissing => "signature.required-missing",
        }
    }
}

impl VerifyErrorKind {
    /// Whether nothing that the sender does helps: what the operator configured is missing or out of date.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::RevocationUnknown { .. })
    }
}

/// What the parameters say of the salt.
fn salt(length: &Option<u16>) -> String {
    match length {
        Some(length) => format!("the signature has a salt of {length} bytes"),
        None => "the signature names no salt length that is a number".to_owned(),
    }
}

/// How a signature departs from the schema (XML Signature 1.1 §4, §6.5; Exclusive XML Canonicalization 1.0 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StructureFault {
    /// Verification was asked for an element that is no `Signature`, or not of the document.
    #[error("it is no Signature element of the document")]
    NoSignature,
    /// A child that has to be there, at this place, is not.
    #[error("{0} is missing or not in its place")]
    MissingChild(&'static str),
    /// A child that the schema does not know here, or a second one.
    #[error("an element stands where none may, or a second time")]
    UnexpectedChild,
    /// An attribute that has to be there is not.
    #[error("the attribute {0} is missing")]
    MissingAttribute(&'static str),
    /// An attribute that the schema does not know here.
    #[error("an attribute stands where none may")]
    UnexpectedAttribute,
    /// Text other than white space between elements.
    #[error("text stands between elements")]
    UnexpectedText,
    /// A `PrefixList` of what cannot be prefixes, or of more of them than a document can declare.
    #[error(
        "the PrefixList holds what is no prefix, or more than 128 prefixes, which is the most that is looked at here"
    )]
    MalformedPrefixList,
}
