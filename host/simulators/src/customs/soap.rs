// SPDX-License-Identifier: Apache-2.0
//! Reading SOAP envelopes.

use roxmltree::{Document, Node};

use super::notify::SoapVersion;
use crate::xml::{Children, ShapeError};

/// Namespace of SOAP 1.1 envelopes.
pub(super) const ENVELOPE_NAMESPACE: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// Namespace of envelopes in this version.
pub(super) fn namespace(version: SoapVersion) -> &'static str {
    match version {
        SoapVersion::V1_1 => ENVELOPE_NAMESPACE,
        SoapVersion::V1_2 => "http://www.w3.org/2003/05/soap-envelope",
    }
}

/// The one element in the one Body (SOAP 1.1, §4.1 and §4.3; SOAP 1.2 part 1, §5.1 and §5.3) of an envelope of
/// this namespace. A Header may stand before it and is not looked into.
pub(super) fn content<'a, 'i>(
    document: &'a Document<'i>,
    namespace: &str,
) -> Result<Node<'a, 'i>, ShapeError> {
    let envelope = document.root_element();
    if !envelope.has_tag_name((namespace, "Envelope")) {
        return Err(ShapeError::Unexpected(
            envelope.tag_name().name().to_owned(),
        ));
    }
    let mut parts = Children::of(envelope)?;
    parts.optional(namespace, "Header");
    let body = parts.required(namespace, "Body")?;
    parts.end()?;

    let mut elements = Children::of(body)?;
    let content = elements.any().ok_or_else(|| ShapeError::Missing {
        expected: "of an operation".to_owned(),
        found: "the end of Body".to_owned(),
    })?;
    elements.end()?;
    Ok(content)
}
