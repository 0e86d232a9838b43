// SPDX-License-Identifier: Apache-2.0
//! The application request of a dialect, read where its signature covers it. That it is valid is known.

use roxmltree::Document;

use super::super::application_request::{ApplicationRequest, is_reference};
use super::super::fields::FieldError;
use super::request::{at, is, text};
use super::{Dialect, Message};
use crate::business_id::BusinessId;
use crate::xml::ShapeError;

/// What of it is asked for. Environment and Timestamp are not checked where the package has no place for them; an Application is then empty, a declarant the builder,
/// and a content XML.
pub(in super::super) fn read<'a, 'i>(
    dialect: &dyn Dialect,
    environment: &str,
    document: &'a Document<'i>,
) -> Result<ApplicationRequest<'a, 'i>, FieldError> {
    let root = document.root_element();
    let unexpected = || ShapeError::Unexpected(root.tag_name().name().to_owned());
    let form = dialect
        .form(Message::ApplicationRequest)
        .filter(|form| is(root, &form.element))
        .ok_or_else(unexpected)?;
    let said = |value: &str| text(root, &form.places, value);
    let company = |value: &str| {
        let id = said(value).map(|said| {
            let id = BusinessId::parse(&said);
            id.ok_or_else(|| FieldError::BusinessId(value.to_owned()))
        });
        id.transpose()
    };
    let (declarant, builder) = (company("declarant")?, company("builder")?);
    let missing = || FieldError::Value("builder".to_owned());
    let builder = builder.or_else(|| declarant.clone()).ok_or_else(missing)?;
    if said("environment").is_some_and(|said| said != environment) {
        return Err(FieldError::Value("environment".to_owned()));
    }
    let reference = said("reference").filter(|reference| is_reference(reference));
    let content = form.places.iter().find(|place| place.value == "content");
    let content = content.and_then(|place| at(root, place));
    let content = content.ok_or_else(|| FieldError::Value("content".to_owned()))?;
    Ok(ApplicationRequest {
        root,
        declarant: declarant.unwrap_or_else(|| builder.clone()),
        builder,
        application: said("application").unwrap_or_default(),
        reference: reference.ok_or_else(|| FieldError::Value("reference".to_owned()))?,
        content_format: said("content-format").unwrap_or_else(|| "application/xml".to_owned()),
        content,
    })
}
