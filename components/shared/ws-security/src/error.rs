// SPDX-License-Identifier: Apache-2.0
//! Why a message is refused, or cannot be signed.

use canonical_xml::{ElementRef, Position};
use soap::{SoapError, SoapErrorKind};
use thiserror::Error;
use xml_signature::VerifyErrorKind;

/// Bytes of the longest text of a token that is read: several times what a path of the most certificates has that are looked at.
pub(crate) const MAXIMUM_TOKEN: u64 = 64 << 10;

/// A message that is refused, and where that shows.
///
/// Neither the text nor the path repeats content, which may be personal data.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{path} at {position}: {kind}")]
#[non_exhaustive]
pub struct WsSecurityError {
    /// What is wrong.
    pub kind: WsSecurityErrorKind,
    /// The element concerned, as local names from the root, such as `/Envelope/Header/Security/Timestamp`.
    pub path: String,
    /// Where that element begins.
    pub position: Position,
}

impl WsSecurityError {
    pub(crate) fn at(element: ElementRef<'_>, kind: WsSecurityErrorKind) -> Self {
        Self {
            kind,
            path: element.path(),
            position: element.position(),
        }
    }

    /// The stable code of [`kind`](Self::kind).
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }
}

/// What ended a verification.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WsSecurityFailure<E> {
    /// The message is refused.
    #[error(transparent)]
    Refused(#[from] WsSecurityError),
    /// The backend failed before that could be told; see [`Backend::Error`](xml_signature::Backend::Error).
    #[error("the message could not be judged: {0}")]
    Backend(E),
}

/// What is wrong with a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WsSecurityErrorKind {
    /// Not the structure of an envelope.
    #[error("{0}")]
    Envelope(SoapErrorKind),
    /// No security header for us (WSS §5).
    #[error(
        "the message has no wsse:Security header for this receiver; the sender has to sign the message in one without actor or role"
    )]
    SecurityMissing,
    /// Two security headers for one receiver (WSS §5).
    #[error(
        "two wsse:Security headers are for the same receiver; the sender has to put everything into one"
    )]
    SecuritySeveral,
    /// A security header without a signature directly in it.
    #[error(
        "the wsse:Security header holds no signature; the sender has to sign the message there"
    )]
    SignatureMissing,
    /// Several signatures in the header: which one would be meant?
    #[error(
        "the wsse:Security header holds more than one signature; the sender has to send exactly one"
    )]
    SignatureSeveral,
    /// A token of a kind not known here in a header that must be understood (WSS §5).
    #[error(
        "the wsse:Security header must be understood and holds a token, or something encrypted, that is not processed here; the sender has to send an X.509 token and a signature only"
    )]
    TokenNotUnderstood,
    /// A `wsse:SecurityTokenReference` that is not one reference to one token (WSS §7).
    #[error(
        "the key is not named by one token reference; the sender has to put one wsse:SecurityTokenReference with one reference in it into KeyInfo"
    )]
    TokenReference,
    /// A way of naming a token that is not followed, such as `wsse:Embedded`.
    #[error(
        "the key is named in a way that is not followed here; the sender has to refer to a wsse:BinarySecurityToken by its Id"
    )]
    TokenReferenceUnsupported,
    /// A token outside the message.
    #[error(
        "the token reference leads outside the message; the sender has to include its certificate and refer to it as #id"
    )]
    TokenExternal,
    /// No element carries the Id.
    #[error(
        "no element carries the Id that the token reference names; the sender has to include its certificate"
    )]
    TokenNotFound,
    /// The Id occurs more than once.
    #[error(
        "the Id that the token reference names occurs more than once; the sender has to make Ids unique in the message"
    )]
    TokenIdNotUnique,
    /// The Id is that of something else.
    #[error(
        "the token reference leads to an element that is no wsse:BinarySecurityToken of this header; the sender has to refer to its certificate"
    )]
    TokenMisplaced,
    /// A `ValueType` other than `X509v3` and `X509PKIPathv1` (X.509 profile §3.1), or none.
    #[error(
        "the type of the token is not known here; the sender has to send a certificate as X509v3 or certificates as X509PKIPathv1"
    )]
    TokenType,
    /// An `EncodingType` other than `Base64Binary` (WSS §6.3).
    #[error(
        "the encoding of the token is not known here; the sender has to encode it as Base64Binary"
    )]
    TokenEncoding,
    /// A token that is not base64, or not what its type says.
    #[error(
        "the token is not what its type says in plain base64; the sender has to encode its certificate, or the PKIPath, as DER in base64"
    )]
    TokenMalformed,
    /// A token of more base64 than is read.
    #[error(
        "the token holds more than {} KiB of base64, a fixed limit of the receiver; the sender has to send its certificate, or the PKIPath up to the authority, and nothing else",
        MAXIMUM_TOKEN >> 10
    )]
    TokenTooLong,
    /// No timestamp where one is demanded.
    #[error(
        "the wsse:Security header holds no wsu:Timestamp; the sender has to include and sign one"
    )]
    TimestampMissing,
    /// Several timestamps in the header (WSS §10).
    #[error(
        "the wsse:Security header holds more than one wsu:Timestamp; the sender has to send one"
    )]
    TimestampSeveral,
    /// Not one `Created` and at most one `Expires`, in this order, with dates (WSS §10).
    #[error(
        "the timestamp is malformed; the sender has to write wsu:Created and wsu:Expires once each, as dateTime with Z or an offset"
    )]
    TimestampMalformed,
    /// `Expires` is not after `Created` (WSS §10).
    #[error("the timestamp expires before it is created; the sender has to correct its times")]
    TimestampOrder,
    /// Created later than the clock here allows for.
    #[error(
        "the timestamp was created in the future; check the clocks of sender and receiver, or allow for more skew"
    )]
    TimestampFuture,
    /// `Expires` has passed.
    #[error(
        "the message has expired; the sender has to send it anew, and if it was under way for a moment only, the clocks have to be checked"
    )]
    TimestampExpired,
    /// Created longer ago than is accepted.
    #[error(
        "the message is older than is accepted here; the sender has to send it anew, or the operator has to accept older ones"
    )]
    TimestampTooOld,
    /// The signature does not count, or does not cover what it has to.
    #[error("{0}")]
    Signature(VerifyErrorKind),
}

impl WsSecurityErrorKind {
    /// A code that stays the same over releases and languages, for programs. Those of signatures begin with `signature.`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Envelope(SoapErrorKind::NotAnEnvelope) => "ws-security.not-an-envelope",
            Self::Envelope(SoapErrorKind::VersionMismatch) => "ws-security.version-mismatch",
            Self::Envelope(SoapErrorKind::MissingBody) => "ws-security.body-missing",
            Self::Envelope(_) => "ws-security.envelope",
            Self::SecurityMissing => "ws-security.security-missing",
            Self::SecuritySeveral => "ws-security.security-several",
            Self::SignatureMissing => "ws-security.signature-missing",
            Self::SignatureSeveral => "ws-security.signature-several",
            Self::TokenNotUnderstood => "ws-security.token-not-understood",
            Self::TokenReference => "ws-security.token-reference",
            Self::TokenReferenceUnsupported => "ws-security.token-reference-unsupported",
            Self::TokenExternal => "ws-security.token-external",
            Self::TokenNotFound => "ws-security.token-not-found",
            Self::TokenIdNotUnique => "ws-security.token-id-not-unique",
            Self::TokenMisplaced => "ws-security.token-misplaced",
            Self::TokenType => "ws-security.token-type",
            Self::TokenEncoding => "ws-security.token-encoding",
            Self::TokenMalformed => "ws-security.token-malformed",
            Self::TokenTooLong => "ws-security.token-too-long",
            Self::TimestampMissing => "ws-security.timestamp-missing",
            Self::TimestampSeveral => "ws-security.timestamp-several",
            Self::TimestampMalformed => "ws-security.timestamp-malformed",
            Self::TimestampOrder => "ws-security.timestamp-order",
            Self::TimestampFuture => "ws-security.timestamp-future",
            Self::TimestampExpired => "ws-security.timestamp-expired",
            Self::TimestampTooOld => "ws-security.timestamp-too-old",
            Self::Signature(kind) => kind.code(),
        }
    }
}

/// A message that cannot be signed. The caller is at fault each time.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignError {
    /// What is to be signed is no envelope.
    #[error("{0}")]
    Envelope(SoapError),
    /// An envelope without what [`secure`](crate::secure) puts in.
    #[error(
        "the envelope has no security header made for this signature; put in what it lacks before"
    )]
    NotSecured,
    /// A header block is a security header for the same receiver already.
    #[error(
        "a header block is a wsse:Security for this receiver already; leave it out, one is made"
    )]
    SecurityPresent,
    /// One of the Ids that are made from [`Signing::unique`](crate::Signing::unique) is in the content.
    #[error("an Id made for the signature occurs in the content too; choose another unique part")]
    IdNotUnique,
    /// A certificate of no octets.
    #[error("the certificate is empty; give the signer's in DER")]
    EmptyCertificate,
    /// A lifetime that no reader would accept, or beyond the calendar.
    #[error("the message has to live for at least a millisecond, and to end within the calendar")]
    Lifetime,
    /// The signature itself cannot be made.
    #[error(transparent)]
    Signature(#[from] xml_signature::SignError),
}

/// What ended the signing of a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SignFailure<E> {
    /// The message cannot be signed.
    #[error(transparent)]
    Refused(#[from] SignError),
    /// A part could not be digested.
    #[error("a part of the message could not be digested: {0}")]
    Digest(E),
}
