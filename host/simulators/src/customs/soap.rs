//! Reading SOAP 1.1 envelopes.

use roxmltree::{Document, Node};

use crate::xml::{Children, ShapeError};

pub(super) const ENVELOPE_NAMESPACE: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// The one element in the one Body (SOAP 1.1, §4.1 and §4.3). A Header may stand before it and is
/// not looked into.
pub(super) fn operation<'a, 'i>(document: &'a Document<'i>) -> Result<Node<'a, 'i>, ShapeError> {
    let envelope = document.root_element();
    if !envelope.has_tag_name((ENVELOPE_NAMESPACE, "Envelope")) {
        return Err(ShapeError::Unexpected(
            envelope.tag_name().name().to_owned(),
        ));
    }
    let mut parts = Children::of(envelope)?;
    parts.optional(ENVELOPE_NAMESPACE, "Header");
    let body = parts.required(ENVELOPE_NAMESPACE, "Body")?;
    parts.end()?;

    let mut elements = Children::of(body)?;
    let operation = elements.any().ok_or_else(|| ShapeError::Missing {
        expected: "of an operation".to_owned(),
        found: "the end of Body".to_owned(),
    })?;
    elements.end()?;
    Ok(operation)
}
