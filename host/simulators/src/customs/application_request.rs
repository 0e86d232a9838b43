// SPDX-License-Identifier: Apache-2.0
//! The ApplicationRequest document (technical guide 2015, [seed p14]; leaf names are guesses, fact
//! sheet §6.1).

use roxmltree::{Document, Node};

use super::fields::{FieldError, business_id, filled, one_of, timestamp};
use super::wire::WireNames;
use crate::business_id::BusinessId;
use crate::signature::DSIG;
use crate::xml::{Children, ShapeError, plain_text};

/// An application request whose fields are in order. The signature is not looked at.
pub(super) struct ApplicationRequest<'a, 'i: 'a> {
    pub(super) root: Node<'a, 'i>,
    pub(super) declarant: BusinessId,
    pub(super) builder: BusinessId,
    pub(super) application: String,
    pub(super) reference: String,
    pub(super) content_format: String,
    /// The element that the content is read from, and that the signature must cover.
    pub(super) content: Node<'a, 'i>,
}

pub(super) fn read<'a, 'i>(
    wire: &WireNames,
    environment: &str,
    document: &'a Document<'i>,
) -> Result<ApplicationRequest<'a, 'i>, FieldError> {
    let namespace = wire.application_namespace.as_str();
    let root = document.root_element();
    if !root.has_tag_name((namespace, "ApplicationRequest")) {
        return Err(ShapeError::Unexpected(root.tag_name().name().to_owned()).into());
    }
    let mut fields = Children::of(root)?;
    let declarant = business_id(fields.required(namespace, &wire.declarant_business_id)?)?;
    let builder = business_id(fields.required(namespace, &wire.message_builder_business_id)?)?;
    if let Some(software) = fields.optional(namespace, &wire.message_builder_software_info) {
        filled(software)?;
    }
    let application = filled(fields.required(namespace, &wire.application)?)?;
    one_of(
        fields.required(namespace, &wire.environment)?,
        &[environment],
    )?;
    timestamp(fields.required(namespace, &wire.timestamp)?)?;
    let reference = reference(fields.required(namespace, &wire.reference)?)?;
    let content_format = filled(fields.required(namespace, &wire.content_format)?)?;
    let content = fields.required(namespace, &wire.content)?;
    plain_text(content)?;
    // How many signatures there are, and whether they hold, is the next check's question.
    while fields.optional(DSIG, "Signature").is_some() {}
    fields.end()?;
    Ok(ApplicationRequest {
        root,
        declarant,
        builder,
        application: application.to_owned(),
        reference: reference.to_owned(),
        content_format: content_format.to_owned(),
        content,
    })
}

fn reference<'a>(field: Node<'a, '_>) -> Result<&'a str, FieldError> {
    let text = plain_text(field)?;
    let name = field.tag_name().name();
    is_reference(text)
        .then_some(text)
        .ok_or_else(|| FieldError::Value(name.to_owned()))
}

/// `[A-Za-z0-9_-]{1,35}`: a guess; the restriction of schema 1.5 is not known.
pub(super) fn is_reference(text: &str) -> bool {
    (1..=35).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}
