// SPDX-License-Identifier: Apache-2.0
//! From `KeyInfo` to certificates that may be the signer's. None of them is trusted for being there.

use std::borrow::Cow;

use canonical_xml::{Document, ElementRef};
use xml_signature::{KeySource, NAMESPACE, VerifyErrorKind, decode_base64, elements_with_id};

use crate::error::{WsSecurityError, WsSecurityErrorKind};
use crate::names::{BASE64_BINARY, SECURITY_NAMESPACE, X509_PKI_PATH, X509_V3};
use crate::pki_path;

/// Where the certificate of a signature is, for [`xml_signature::verify_signature`].
///
/// A token reference in `KeyInfo` is followed, to a token beside the signature; without one, `KeyInfo` is as in any XML signature. Whatever
/// only describes the certificate (key identifier, issuer and serial number, name), and a reference that finds none that can be read, gives
/// none, so that the pinned keys are tried. Where they do not help either, [`token_refusal`] tells what was wrong with the reference.
///
/// # Errors
///
/// A token reference that is malformed, or that leads to something else or not to exactly one place; the code begins with
/// `ws-security.token`.
pub fn key_source<'d>(
    document: &'d Document<'d>,
    signature: ElementRef<'d>,
) -> Result<KeySource, WsSecurityError> {
    match referenced(document, signature) {
        Err(error) if finds_nothing(&error.kind) => Ok(KeySource::Given(Vec::new())),
        found => found,
    }
}

/// What was wrong with the token reference of a signature that `refused` says has no key that fits: `None` if nothing was, or if the refusal
/// has another reason.
pub fn token_refusal<'d>(
    document: &'d Document<'d>,
    signature: ElementRef<'d>,
    refused: &VerifyErrorKind,
) -> Option<WsSecurityError> {
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
    let error = referenced(document, signature).err()?;
    (is_of_keys && finds_nothing(&error.kind)).then_some(error)
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
    )
}

/// The certificates that `KeyInfo` refers to.
fn referenced<'d>(
    document: &'d Document<'d>,
    signature: ElementRef<'d>,
) -> Result<KeySource, WsSecurityError> {
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
        return Err(WsSecurityError::at(other, kind));
    }
    follow(document, signature, reference).map(KeySource::Given)
}

/// The certificates that a token reference leads to (WSS §7; X.509 profile §3.2).
fn follow<'d>(
    document: &'d Document<'d>,
    signature: ElementRef<'d>,
    reference: ElementRef<'d>,
) -> Result<Vec<Vec<u8>>, WsSecurityError> {
    let mut ways = reference.children();
    let (Some(way), None) = (ways.next(), ways.next()) else {
        let kind = WsSecurityErrorKind::TokenReference;
        return Err(WsSecurityError::at(reference, kind));
    };
    match (way.namespace(), way.local()) {
        (SECURITY_NAMESPACE, "Reference") => direct(document, signature, way),
        (SECURITY_NAMESPACE, "KeyIdentifier") | (NAMESPACE, "KeyName") => Ok(Vec::new()),
        (NAMESPACE, "X509Data") => way
            .children()
            .filter(|child| child.is(NAMESPACE, "X509Certificate"))
            .map(octets)
            .collect(),
        _ => {
            let kind = WsSecurityErrorKind::TokenReferenceUnsupported;
            Err(WsSecurityError::at(way, kind))
        }
    }
}

/// The certificates of the token that is named by its Id (WSS §7.2).
fn direct<'d>(
    document: &'d Document<'d>,
    signature: ElementRef<'d>,
    reference: ElementRef<'d>,
) -> Result<Vec<Vec<u8>>, WsSecurityError> {
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
            return Err(at(WsSecurityErrorKind::TokenIdNotUnique));
        }
        first
    };
    let is_token = token.is(SECURITY_NAMESPACE, "BinarySecurityToken");
    if !is_token || token.parent() != signature.parent() {
        return Err(at(WsSecurityErrorKind::TokenMisplaced));
    }
    certificates(token, reference)
}

/// The certificates in a binary token (WSS §6.3). Its type may be said at the reference instead.
fn certificates(
    token: ElementRef<'_>,
    reference: ElementRef<'_>,
) -> Result<Vec<Vec<u8>>, WsSecurityError> {
    let at = |kind| WsSecurityError::at(token, kind);
    let encoding = token.attribute("", "EncodingType");
    if encoding.is_some_and(|encoding| encoding != BASE64_BINARY) {
        return Err(at(WsSecurityErrorKind::TokenEncoding));
    }
    let value_type = |element: ElementRef<'_>| {
        let value = element.attribute("", "ValueType");
        value.map(Cow::into_owned)
    };
    let value_type = value_type(token).or_else(|| value_type(reference));
    match value_type.as_deref() {
        Some(X509_V3) => Ok(vec![octets(token)?]),
        Some(X509_PKI_PATH) => pki_path::certificates(&octets(token)?)
            .ok_or_else(|| at(WsSecurityErrorKind::TokenMalformed)),
        _ => Err(at(WsSecurityErrorKind::TokenType)),
    }
}

/// The octets of an element that holds base64 text and nothing else, at least one.
fn octets(element: ElementRef<'_>) -> Result<Vec<u8>, WsSecurityError> {
    let is_text_only = element.children().next().is_none() && !element.has_comment_or_instruction();
    // Text that was left in the source is longer than any certificate.
    let text = element.text().to_str().filter(|_| is_text_only);
    text.and_then(|text| decode_base64(&text))
        .filter(|octets| !octets.is_empty())
        .ok_or_else(|| WsSecurityError::at(element, WsSecurityErrorKind::TokenMalformed))
}
