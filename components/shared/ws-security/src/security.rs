// SPDX-License-Identifier: Apache-2.0
//! The one security header that is for us, and what is in it.

use canonical_xml::ElementRef;

use soap::Envelope;
use xml_signature::UTILITY_NAMESPACE;

use crate::error::{WsSecurityError, WsSecurityErrorKind};
use crate::names::SECURITY_NAMESPACE;

/// What nobody here can process: tokens of other profiles, and what is encrypted. The namespaces are those of WSS, SAML 1.x and 2.0, and
/// XML Encryption.
const UNPROCESSED: [(&str, &str); 6] = [
    (SECURITY_NAMESPACE, "UsernameToken"),
    ("urn:oasis:names:tc:SAML:1.0:assertion", "Assertion"),
    ("urn:oasis:names:tc:SAML:2.0:assertion", "Assertion"),
    ("http://www.w3.org/2001/04/xmlenc#", "EncryptedKey"),
    ("http://www.w3.org/2001/04/xmlenc#", "EncryptedData"),
    ("http://www.w3.org/2001/04/xmlenc#", "ReferenceList"),
];

/// A security header (WSS §5).
#[derive(Clone, Copy)]
pub(crate) struct Security<'d> {
    pub(crate) element: ElementRef<'d>,
    pub(crate) signature: Option<ElementRef<'d>>,
    pub(crate) timestamp: Option<ElementRef<'d>>,
}

impl<'d> Security<'d> {
    /// The security header for us, if there is one. Others are for others, and skipped.
    pub(crate) fn of(
        envelope: &Envelope<'d>,
        roles: &[String],
    ) -> Result<Option<Self>, WsSecurityError> {
        let refused = |element, kind| Err(WsSecurityError::at(element, kind));
        let mut ours = None;
        let mut seen = Vec::new();
        for block in envelope.blocks().iter().copied().filter(is_security) {
            let role = envelope.role(block);
            let is_ours = envelope.is_for_us(block, roles);
            // Two that reach us by different roles contradict each other just as well.
            if seen.contains(&role) || (is_ours && ours.is_some()) {
                return refused(block, WsSecurityErrorKind::SecuritySeveral);
            }
            seen.push(role);
            if is_ours {
                ours = Some(block);
            }
        }
        let Some(element) = ours else {
            return Ok(None);
        };
        let is_unprocessed = |child: &ElementRef<'_>| {
            let mut kinds = UNPROCESSED.iter();
            kinds.any(|(namespace, local)| child.is(namespace, local))
        };
        // Other extensions may be ignored even then (WSS §5).
        if envelope.must_understand(element)
            && let Some(child) = element.children().find(is_unprocessed)
        {
            return refused(child, WsSecurityErrorKind::TokenNotUnderstood);
        }
        let signature = (xml_signature::NAMESPACE, "Signature");
        let timestamp = (UTILITY_NAMESPACE, "Timestamp");
        Ok(Some(Self {
            element,
            signature: only(element, signature, WsSecurityErrorKind::SignatureSeveral)?,
            timestamp: only(element, timestamp, WsSecurityErrorKind::TimestampSeveral)?,
        }))
    }
}

/// Whether a header block is a security header.
pub(crate) fn is_security(block: &ElementRef<'_>) -> bool {
    block.is(SECURITY_NAMESPACE, "Security")
}

/// The child of that name, if there is one; never a second one, and never one further down.
fn only<'d>(
    parent: ElementRef<'d>,
    (namespace, local): (&str, &str),
    several: WsSecurityErrorKind,
) -> Result<Option<ElementRef<'d>>, WsSecurityError> {
    let mut found = parent.children().filter(|child| child.is(namespace, local));
    let first = found.next();
    match found.next() {
        None => Ok(first),
        Some(second) => Err(WsSecurityError::at(second, several)),
    }
}
