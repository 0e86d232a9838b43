// SPDX-License-Identifier: Apache-2.0
//! The exact walk over a signature: every element in its place, nothing beside it.
//!
//! Nothing below `Signature` is ever searched for by name. What is not where the schema puts it is refused, so that
//! there is no second `SignedInfo`, `DigestValue` or `Reference` that one part of the code would read and another would
//! not.

use std::borrow::Cow;
use std::iter::Peekable;

use canonical_xml::ElementRef;

use crate::algorithm::NAMESPACE;

use super::backend;
use super::error::{StructureFault, VerifyError, VerifyErrorKind};

/// RSASSA-PSS with parameters in the document (RFC 9231 §2.3.9).
const RSA_PSS: &str = "http://www.w3.org/2007/05/xmldsig-more#rsa-pss";

/// The namespace of its parameters.
const PSS_NAMESPACE: &str = "http://www.w3.org/2007/05/xmldsig-more#";

/// The parts of a signature (XML Signature 1.1 §4.2, §4.4).
pub(super) struct Structure<'d> {
    pub(super) signed_info: ElementRef<'d>,
    pub(super) canonicalization_method: ElementRef<'d>,
    pub(super) signature_method: ElementRef<'d>,
    pub(super) references: Vec<ReferenceParts<'d>>,
    pub(super) value: ElementRef<'d>,
    pub(super) key_info: Option<ElementRef<'d>>,
}

/// The parts of one reference (XML Signature 1.1 §4.4.3).
pub(super) struct ReferenceParts<'d> {
    pub(super) element: ElementRef<'d>,
    pub(super) transforms: Vec<ElementRef<'d>>,
    pub(super) digest_method: ElementRef<'d>,
    pub(super) digest_value: ElementRef<'d>,
}

/// How many references and transforms are looked at.
#[derive(Clone, Copy)]
pub(super) struct Maxima {
    pub(super) references: usize,
    pub(super) transforms: usize,
}

impl<'d> Structure<'d> {
    /// Takes a `Signature` element apart.
    pub(super) fn of(signature: ElementRef<'d>, maxima: Maxima) -> Result<Self, VerifyError> {
        let mut parts = Parts::of(signature)?;
        let signed_info = parts.required("SignedInfo")?;
        let value = parts.required("SignatureValue")?;
        let key_info = parts.optional("KeyInfo");
        while parts.optional("Object").is_some() {}
        parts.end()?;

        check_attributes(signed_info, &["Id"])?;
        let mut parts = Parts::of(signed_info)?;
        let canonicalization_method = parts.required("CanonicalizationMethod")?;
        check_attributes(canonicalization_method, &["Algorithm"])?;
        let signature_method = parts.required("SignatureMethod")?;
        check_pss_parameters(signature_method)?;
        check_leaf(signature_method)?;
        let mut references = Vec::new();
        while let Some(reference) = parts.optional("Reference") {
            if references.len() == maxima.references {
                let maximum = maxima.references;
                let kind = VerifyErrorKind::TooManyReferences { maximum };
                return Err(VerifyError::at(reference, kind));
            }
            references.push(ReferenceParts::of(reference, maxima)?);
        }
        parts.end()?;
        if references.is_empty() {
            return Err(VerifyError::at(signed_info, VerifyErrorKind::NoReferences));
        }
        Ok(Self {
            signed_info,
            canonicalization_method,
            signature_method,
            references,
            value,
            key_info,
        })
    }
}

impl<'d> ReferenceParts<'d> {
    fn of(reference: ElementRef<'d>, maxima: Maxima) -> Result<Self, VerifyError> {
        check_attributes(reference, &["Id", "URI", "Type"])?;
        let mut parts = Parts::of(reference)?;
        let transforms = parts.optional("Transforms");
        let digest_method = parts.required("DigestMethod")?;
        check_leaf(digest_method)?;
        let digest_value = parts.required("DigestValue")?;
        check_attributes(digest_value, &[])?;
        parts.end()?;
        Ok(Self {
            element: reference,
            transforms: transforms.map_or_else(|| Ok(Vec::new()), |list| each(list, maxima))?,
            digest_method,
            digest_value,
        })
    }

    /// Its `URI`, `None` without one.
    pub(super) fn uri(&self) -> Option<Cow<'d, str>> {
        self.element.attribute("", "URI")
    }
}

/// The transforms of a list. XML Signature 1.1 §4.4.3.4 wants one at least; some senders leave the list empty, which says what no list says.
fn each(list: ElementRef<'_>, maxima: Maxima) -> Result<Vec<ElementRef<'_>>, VerifyError> {
    check_attributes(list, &[])?;
    let mut parts = Parts::of(list)?;
    let mut transforms = Vec::new();
    while let Some(transform) = parts.optional("Transform") {
        if transforms.len() == maxima.transforms {
            let maximum = maxima.transforms;
            let kind = VerifyErrorKind::TooManyTransforms { maximum };
            return Err(VerifyError::at(transform, kind));
        }
        transforms.push(transform);
    }
    parts.end()?;
    for transform in &transforms {
        check_attributes(*transform, &["Algorithm"])?;
    }
    Ok(transforms)
}

/// The attribute `Algorithm`, which has to be there.
pub(super) fn algorithm(element: ElementRef<'_>) -> Result<Cow<'_, str>, VerifyError> {
    element
        .attribute("", "Algorithm")
        .ok_or_else(|| fault(element, StructureFault::MissingAttribute("Algorithm")))
}

/// The octets of an element that holds base64 text and nothing else: a comment would split the text for one reader and
/// not for another.
pub(super) fn value(element: ElementRef<'_>) -> Result<Vec<u8>, VerifyError> {
    let refusal = || VerifyError::at(element, VerifyErrorKind::Base64);
    if !is_text_only(element) {
        return Err(refusal());
    }
    // Text that was left in the source is longer than any value here.
    let text = element.text().to_str().ok_or_else(refusal)?;
    backend::decode_base64(&text).ok_or_else(refusal)
}

/// Whether there is nothing but character data directly in an element.
pub(super) fn is_text_only(element: ElementRef<'_>) -> bool {
    element.children().next().is_none() && !element.has_comment_or_instruction()
}

/// Refuses RSASSA-PSS in its general form (RFC 9231 §2.3.9) for what it is, before its parameters are refused as children.
fn check_pss_parameters(method: ElementRef<'_>) -> Result<(), VerifyError> {
    let mut children = method.children();
    let parameters = children.find(|child| child.is(PSS_NAMESPACE, "RSAPSSParams"));
    let Some(parameters) = parameters.filter(|_| {
        let algorithm = method.attribute("", "Algorithm");
        algorithm.is_some_and(|algorithm| algorithm == RSA_PSS)
    }) else {
        return Ok(());
    };
    let mut parameters = parameters.children();
    let salt = parameters.find(|parameter| parameter.is(PSS_NAMESPACE, "SaltLength"));
    let salt = salt.and_then(|salt| salt.text().to_str());
    let salt_length = salt.and_then(|salt| salt.trim().parse().ok());
    Err(VerifyError::at(
        method,
        VerifyErrorKind::PssParameters { salt_length },
    ))
}

/// Refuses any child, and text other than white space. Thereby also `HMACOutputLength` (XML Signature 1.1 §4.4.2).
pub(super) fn check_empty(element: ElementRef<'_>) -> Result<(), VerifyError> {
    Parts::of(element)?.end()
}

/// Refuses attributes other than these, which are in no namespace.
pub(super) fn check_attributes(element: ElementRef<'_>, known: &[&str]) -> Result<(), VerifyError> {
    let mut attributes = element.attributes();
    if attributes
        .all(|attribute| attribute.namespace().is_empty() && known.contains(&attribute.local()))
    {
        return Ok(());
    }
    Err(fault(element, StructureFault::UnexpectedAttribute))
}

pub(super) fn fault(element: ElementRef<'_>, fault: StructureFault) -> VerifyError {
    VerifyError::at(element, VerifyErrorKind::Structure(fault))
}

fn check_leaf(method: ElementRef<'_>) -> Result<(), VerifyError> {
    check_attributes(method, &["Algorithm"])?;
    check_empty(method)
}

/// The child elements of one element, taken one after the other.
pub(super) struct Parts<'d, I: Iterator<Item = ElementRef<'d>>> {
    parent: ElementRef<'d>,
    children: Peekable<I>,
}

impl<'d> Parts<'d, std::iter::Empty<ElementRef<'d>>> {
    /// Begins with the first. Comments between elements are let be: they tell nothing to anybody.
    pub(super) fn of(
        parent: ElementRef<'d>,
    ) -> Result<Parts<'d, impl Iterator<Item = ElementRef<'d>>>, VerifyError> {
        if !parent.text().is_blank() {
            return Err(fault(parent, StructureFault::UnexpectedText));
        }
        Ok(Parts {
            parent,
            children: parent.children().peekable(),
        })
    }
}

impl<'d, I: Iterator<Item = ElementRef<'d>>> Parts<'d, I> {
    /// The next child if it is the `ds` element of this name.
    pub(super) fn optional(&mut self, local: &str) -> Option<ElementRef<'d>> {
        self.optional_of(NAMESPACE, local)
    }

    /// The next child if it is the element of this namespace and name.
    pub(super) fn optional_of(&mut self, namespace: &str, local: &str) -> Option<ElementRef<'d>> {
        self.children.next_if(|child| child.is(namespace, local))
    }

    /// The next child, which has to be the `ds` element of this name.
    pub(super) fn required(&mut self, local: &'static str) -> Result<ElementRef<'d>, VerifyError> {
        self.optional(local)
            .ok_or_else(|| fault(self.parent, StructureFault::MissingChild(local)))
    }

    /// Refuses any further child.
    pub(super) fn end(mut self) -> Result<(), VerifyError> {
        match self.children.next() {
            None => Ok(()),
            Some(child) => Err(fault(child, StructureFault::UnexpectedChild)),
        }
    }
}
