// SPDX-License-Identifier: Apache-2.0
//! The walk through a `ds:Signature`, element by element in schema order; nothing is searched for.

use roxmltree::Node;

use super::algorithms::{
    ENVELOPED, EXCLUSIVE_C14N, INCLUSIVE_C14N, SignatureAlgorithm, digest_from_uri,
};
use super::reference::Reference;
use super::{DSIG, Signature, SignatureError};
use crate::base64_text;
use crate::xml::{Children, Form, ShapeError, plain_text};

pub(super) fn read<'a, 'i>(root: Node<'a, 'i>) -> Result<Signature<'a, 'i>, SignatureError> {
    let mut all = root
        .descendants()
        .filter(|node| node.has_tag_name((DSIG, "Signature")));
    let (Some(element), None) = (all.next(), all.next()) else {
        return Err(SignatureError::Count(
            root.descendants()
                .filter(|node| node.has_tag_name((DSIG, "Signature")))
                .count(),
        ));
    };
    if element.parent() != Some(root) {
        return Err(SignatureError::Shape(ShapeError::Unexpected(
            "Signature".to_owned(),
        )));
    }

    let mut parts = Children::of(element)?;
    let signed_info = parts.required(DSIG, "SignedInfo")?;
    let value = base64(parts.required(DSIG, "SignatureValue")?, "SignatureValue")?;
    let certificates = certificates(parts.required(DSIG, "KeyInfo")?)?;
    parts.end()?;

    let mut info = Children::of(signed_info)?;
    let canonicalization = info.required(DSIG, "CanonicalizationMethod")?;
    let method = info.required(DSIG, "SignatureMethod")?;
    let reference = read_reference(info.required(DSIG, "Reference")?)?;
    info.end()?;
    Children::of(method)?.end()?;

    Ok(Signature {
        element,
        signed_info,
        signed_info_form: canonical_form(canonicalization)?,
        algorithm: SignatureAlgorithm::from_uri(algorithm(method))
            .ok_or_else(|| refused(method))?,
        value,
        reference,
        certificates,
    })
}

fn read_reference<'a>(element: Node<'a, '_>) -> Result<Reference<'a>, SignatureError> {
    let mut parts = Children::of(element)?;
    let transforms = parts.optional(DSIG, "Transforms");
    let digest_method = parts.required(DSIG, "DigestMethod")?;
    let digest = base64(parts.required(DSIG, "DigestValue")?, "DigestValue")?;
    parts.end()?;
    Children::of(digest_method)?.end()?;

    let (enveloped, form) = match transforms {
        Some(transforms) => read_transforms(transforms)?,
        None => (false, Form::Inclusive),
    };

    Ok(Reference {
        // An absent URI would leave the target to the application.
        uri: element.attribute("URI").ok_or(SignatureError::Target)?,
        enveloped,
        form,
        digest_algorithm: digest_from_uri(algorithm(digest_method))
            .ok_or_else(|| refused(digest_method))?,
        digest,
    })
}

/// The enveloped signature taken out or not, and then a canonical form: the inclusive one where none is named (§4.4.3.2).
fn read_transforms<'a>(transforms: Node<'a, '_>) -> Result<(bool, Form<'a>), SignatureError> {
    let mut steps = Children::of(transforms)?;
    let mut next = Some(steps.required(DSIG, "Transform")?);
    let enveloped = next.is_some_and(|step| algorithm(step) == ENVELOPED);
    if enveloped && let Some(step) = next {
        Children::of(step)?.end()?;
        next = steps.optional(DSIG, "Transform");
    }
    let form = next.map_or(Ok(Form::Inclusive), canonical_form)?;
    steps.end().map_err(|_| SignatureError::Transforms)?;
    Ok((enveloped, form))
}

/// The form of a method that must be canonicalisation without comments.
fn canonical_form<'a>(method: Node<'a, '_>) -> Result<Form<'a>, SignatureError> {
    match algorithm(method) {
        INCLUSIVE_C14N => {
            Children::of(method)?.end()?;
            return Ok(Form::Inclusive);
        }
        EXCLUSIVE_C14N => {}
        _ => return Err(refused(method)),
    }
    let mut parameters = Children::of(method)?;
    let listed = parameters.optional(EXCLUSIVE_C14N, "InclusiveNamespaces");
    parameters.end()?;
    let list = listed
        .and_then(|element| element.attribute("PrefixList"))
        .unwrap_or_default();
    Ok(Form::Exclusive(list.split_ascii_whitespace().collect()))
}

/// The certificates of `X509Data` in `KeyInfo`. Whatever else stands there names the key once more, such as `KeyValue`, and is skipped: the
/// certificate alone counts.
fn certificates(key_info: Node<'_, '_>) -> Result<Vec<Vec<u8>>, SignatureError> {
    let mut parts = Children::of(key_info)?;
    let mut certificates = Vec::new();
    while let Some(part) = parts.any() {
        if !part.has_tag_name((DSIG, "X509Data")) {
            continue;
        }
        let mut data = Children::of(part)?;
        while let Some(entry) = data.any() {
            if entry.has_tag_name((DSIG, "X509Certificate")) {
                certificates.push(base64(entry, "X509Certificate")?);
            }
        }
    }
    if certificates.is_empty() {
        return Err(SignatureError::NoCertificate);
    }
    Ok(certificates)
}

fn base64(element: Node<'_, '_>, name: &'static str) -> Result<Vec<u8>, SignatureError> {
    base64_text::decode(plain_text(element)?).map_err(|_| SignatureError::Base64(name))
}

fn algorithm<'a>(element: Node<'a, '_>) -> &'a str {
    element.attribute("Algorithm").unwrap_or_default()
}

fn refused(element: Node<'_, '_>) -> SignatureError {
    SignatureError::Algorithm(algorithm(element).to_owned())
}
