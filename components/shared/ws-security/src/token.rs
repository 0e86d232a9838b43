// SPDX-License-Identifier: Apache-2.0
//! From `KeyInfo` to certificates that may be the signer's. None of them is trusted for being there.

use std::borrow::Cow;

use canonical_xml::{Document, ElementRef, Piece};
use xml_signature::{
    Backend, KeySource, NAMESPACE, VerifyErrorKind, decode_base64, elements_with_id,
};

use crate::error::{MAXIMUM_TOKEN, WsSecurityError, WsSecurityErrorKind, WsSecurityFailure};
use crate::names::{BASE64_BINARY, SECURITY_NAMESPACE, X509_PKI_PATH, X509_V3};
use crate::pki_path;

/// Where the certificate of a signature is, for [`xml_signature::verify_signature`].
///
/// A token reference in `KeyInfo` is followed, to a token beside the signature; without one, `KeyInfo` is as in any XML signature. Whatever
/// only describes the certificate (key identifier, issuer and serial number, name), and a reference that finds none that can be read, gives
/// none, so that the pinned keys are tried. Where they do not help either, [`token_refusal`] tells what was wrong with the reference.
///
/// What of a token was left in the source, which may be a path of several certificates, is read through the backend.
///
/// # Errors
///
/// [`WsSecurityFailure::Refused`]: a token reference that is malformed, or that leads to something else or not to exactly one place; the
/// code begins with `ws-security.token`. [`WsSecurityFailure::Backend`] when the backend could not read.
pub fn key_source<'d, J: Backend>(
    document: &'d Document<'d>,
    signature: ElementRef<'d>,
    backend: &mut J,
) -> Result<KeySource, WsSecurityFailure<J::Error>> {
    match referenced(document, signature, backend) {
        Err(WsSecurityFailure::Refused(error)) if finds_nothing(&error.kind) => {
            Ok(KeySource::Given(Vec::new()))
        }
        found => found,
    }
}

/// What was wrong with the token reference of a signature that `refused` says has no key that fits: `None` if nothing was, or if the refusal
/// has another reason.
///
/// # Errors
///
/// The backend's, when it could not read.
pub fn token_refusal<'d, J: Backend>(
    document: &'d Document<'d>,
    signature: ElementRef<'d>,
    refused: &VerifyErrorKind,
    backend: &mut J,
) -> Result<Option<WsSecurityError>, J::Error> {
    use VerifyErrorKind as Kind;
    // Those that come of keys; without a certificate, only pinned ones were tried.
    let is_of_keys = matches!(
        refused,
        Kind::KeyMissing
            | Kind::Mismatch
            | Kind::MismatchPss { .. }
            | Kind::KeyUnsuitable
            | Kind::KeyUnsupported { .. }
            | Kind::KeyTooShort
            | Kind::CertificateUnreadable
    );
    if !is_of_keys {
        return Ok(None);
    }
    match referenced(document, signature, backend) {
        Ok(_) => Ok(None),
        Err(WsSecurityFailure::Refused(error)) => {
            Ok(Some(error).filter(|error| finds_nothing(&error.kind)))
        }
        Err(WsSecurityFailure::Backend(error)) => Err(error),
    }
}

/// Whether a reference leads to no certificate, rather than astray.
fn finds_nothing(kind: &WsSecurityErrorKind) -> bool {
    use WsSecurityErrorKind as Kind;
    matches!(
        kind,
        Kind::TokenNotFound
            | Kind::TokenExternal
            | Kind::TokenReferenceUnsupported
            | Kind::TokenType
            | Kind::TokenEncoding
            | Kind::TokenMalformed
            | Kind::TokenTooLong
    )
}

/// The certificates that `KeyInfo` refers to.
fn referenced<'d, J: Backend>(
    document: &'d Document<'d>,
    signature: ElementRef<'d>,
    backend: &mut J,
) -> Result<KeySource, WsSecurityFailure<J::Error>> {
    // A second KeyInfo is refused with the rest of the structure.
    let key_info = signature
        .children()
        .find(|child| child.is(NAMESPACE, "KeyInfo"));
    let mut references = key_info
        .into_iter()
        .flat_map(ElementRef::children)
        .filter(|child| child.is(SECURITY_NAMESPACE, "SecurityTokenReference"));
    let Some(reference) = references.next() else {
        return Ok(KeySource::KeyInfo);
    };
    if let Some(other) = references.next() {
        let kind = WsSecurityErrorKind::TokenReference;
        return Err(WsSecurityError::at(other, kind).into());
    }
    follow(document, signature, reference, backend).map(KeySource::Given)
}

/// The certificates that a token reference leads to (WSS §7; X.509 profile §3.2).
fn follow<'d, J: Backend>(
    document: &'d Document<'d>,
    signature: ElementRef<'d>,
    reference: ElementRef<'d>,
    backend: &mut J,
) -> Result<Vec<Vec<u8>>, WsSecurityFailure<J::Error>> {
    let mut ways = reference.children();
    let (Some(way), None) = (ways.next(), ways.next()) else {
        let kind = WsSecurityErrorKind::TokenReference;
        return Err(WsSecurityError::at(reference, kind).into());
    };
    match (way.namespace(), way.local()) {
        (SECURITY_NAMESPACE, "Reference") => direct(document, signature, way, backend),
        (SECURITY_NAMESPACE, "KeyIdentifier") | (NAMESPACE, "KeyName") => Ok(Vec::new()),
        (NAMESPACE, "X509Data") => way
            .children()
            .filter(|child| child.is(NAMESPACE, "X509Certificate"))
            .map(|certificate| octets(certificate, backend))
            .collect(),
        _ => {
            let kind = WsSecurityErrorKind::TokenReferenceUnsupported;
            Err(WsSecurityError::at(way, kind).into())
        }
    }
}

/// The certificates of the token that is named by its Id (WSS §7.2).
fn direct<'d, J: Backend>(
    document: &'d Document<'d>,
    signature: ElementRef<'d>,
    reference: ElementRef<'d>,
    backend: &mut J,
) -> Result<Vec<Vec<u8>>, WsSecurityFailure<J::Error>> {
    let at = |kind| WsSecurityError::at(reference, kind);
    let uri = reference.attribute("", "URI");
    let uri = uri.ok_or_else(|| at(WsSecurityErrorKind::TokenReference))?;
    let id = uri.strip_prefix('#').filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| at(WsSecurityErrorKind::TokenExternal))?;
    let token = {
        let mut carriers = elements_with_id(document, id);
        let first = carriers.next();
        let first = first.ok_or_else(|| at(WsSecurityErrorKind::TokenNotFound))?;
        if carriers.next().is_some() {
            return Err(at(WsSecurityErrorKind::TokenIdNotUnique).into());
        }
        first
    };
    let is_token = token.is(SECURITY_NAMESPACE, "BinarySecurityToken");
    if !is_token || token.parent() != signature.parent() {
        return Err(at(WsSecurityErrorKind::TokenMisplaced).into());
    }
    certificates(token, reference, backend)
}

/// The certificates in a binary token (WSS §6.3). Its type may be said at the reference instead.
fn certificates<J: Backend>(
    token: ElementRef<'_>,
    reference: ElementRef<'_>,
    backend: &mut J,
) -> Result<Vec<Vec<u8>>, WsSecurityFailure<J::Error>> {
    let at = |kind| WsSecurityError::at(token, kind);
    let encoding = token.attribute("", "EncodingType");
    if encoding.is_some_and(|encoding| encoding != BASE64_BINARY) {
        return Err(at(WsSecurityErrorKind::TokenEncoding).into());
    }
    let value_type = |element: ElementRef<'_>| {
        let value = element.attribute("", "ValueType");
        value.map(Cow::into_owned)
    };
    let value_type = value_type(token).or_else(|| value_type(reference));
    match value_type.as_deref() {
        Some(X509_V3) => Ok(vec![octets(token, backend)?]),
        Some(X509_PKI_PATH) => pki_path::certificates(&octets(token, backend)?)
            .ok_or_else(|| at(WsSecurityErrorKind::TokenMalformed).into()),
        _ => Err(at(WsSecurityErrorKind::TokenType).into()),
    }
}

/// The octets of an element that holds base64 text and nothing else, at least one.
fn octets<J: Backend>(
    element: ElementRef<'_>,
    backend: &mut J,
) -> Result<Vec<u8>, WsSecurityFailure<J::Error>> {
    let at = |kind| WsSecurityError::at(element, kind);
    if element.children().next().is_some() || element.has_comment_or_instruction() {
        return Err(at(WsSecurityErrorKind::TokenMalformed).into());
    }
    let text = whole_text(element, backend).map_err(WsSecurityFailure::Backend)?;
    let text = text.ok_or_else(|| at(WsSecurityErrorKind::TokenTooLong))?;
    decode_base64(&text)
        .filter(|octets| !octets.is_empty())
        .ok_or_else(|| at(WsSecurityErrorKind::TokenMalformed).into())
}

/// The text of an element, with what was left in the source; `None` where it is longer than any token.
fn whole_text<'d, J: Backend>(
    element: ElementRef<'d>,
    backend: &mut J,
) -> Result<Option<Cow<'d, str>>, J::Error> {
    let is_short = |text: &Cow<'_, str>| text.len() as u64 <= MAXIMUM_TOKEN;
    let text = element.text();
    if let Some(text) = text.to_str() {
        return Ok(Some(text).filter(is_short));
    }
    let length = text.pieces().map(|piece| match piece {
        Piece::Str(text) => text.len() as u64,
        Piece::Source(range) => range.end.saturating_sub(range.start),
    });
    if length.fold(0, u64::saturating_add) > MAXIMUM_TOKEN {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    for piece in text.pieces() {
        match piece {
            Piece::Str(text) => bytes.extend_from_slice(text.as_bytes()),
            Piece::Source(range) => backend.read(range, &mut bytes)?,
        }
    }
    // What was left is ASCII.
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned().into()))
}
