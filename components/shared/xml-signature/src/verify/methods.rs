// SPDX-License-Identifier: Apache-2.0
//! The allow-list: which algorithms a signature may name, each by its whole identifier.

use std::borrow::Cow;

use canonical_xml::{Canonicalization, ElementRef, Method, is_ncname};

use crate::algorithm::{ENVELOPED_SIGNATURE, EXCLUSIVE_CANONICALIZATION};

use super::Policy;
use super::algorithm::{VerificationAlgorithm, VerificationDigest};
use super::error::{StructureFault, VerifyError, VerifyErrorKind};
use super::structure::{self, Parts, ReferenceParts, Structure};
use super::target::Target;

/// The transform that decodes base64 (XML Signature 1.1 §6.6.2).
const BASE64: &str = "http://www.w3.org/2000/09/xmldsig#base64";

/// Prefixes in one list. A document cannot have more in scope (`Limits::namespaces`), and each costs a look-up at every
/// element that declares some.
const MAXIMUM_PREFIXES: usize = 128;

/// What a signature says of itself, once everything in it is known and permitted.
pub(super) struct Methods<'d> {
    pub(super) canonicalization: Canonicalization,
    pub(super) algorithm: VerificationAlgorithm,
    pub(super) value: Vec<u8>,
    pub(super) references: Vec<Declared<'d>>,
}

/// What one reference says.
pub(super) struct Declared<'d> {
    pub(super) element: ElementRef<'d>,
    pub(super) uri: Cow<'d, str>,
    pub(super) target: Target,
    pub(super) enveloped: bool,
    pub(super) form: Form,
    pub(super) algorithm: VerificationDigest,
    pub(super) digest: Vec<u8>,
}

/// What the transforms make of the target.
#[derive(Clone)]
pub(super) enum Form {
    Canonical(Canonicalization),
    Base64,
}

impl<'d> Methods<'d> {
    pub(super) fn of(structure: &Structure<'d>, policy: &Policy) -> Result<Self, VerifyError> {
        let canonicalization =
            canonicalization_of(structure.canonicalization_method)?.ok_or_else(|| {
                let kind = VerifyErrorKind::CanonicalizationNotAllowed;
                VerifyError::at(structure.canonicalization_method, kind)
            })?;
        let algorithm = signature_algorithm(structure.signature_method, policy)?;
        let declare = |reference| Declared::of(reference, policy);
        let references = structure.references.iter().map(declare);
        let references = references.collect::<Result<_, _>>()?;
        let value = structure::value(structure.value)?;
        if !is_possible(algorithm, &value) {
            let kind = VerifyErrorKind::ValueLength;
            return Err(VerifyError::at(structure.value, kind));
        }
        Ok(Self {
            canonicalization,
            algorithm,
            value,
            references,
        })
    }
}

impl<'d> Declared<'d> {
    fn of(reference: &ReferenceParts<'d>, policy: &Policy) -> Result<Self, VerifyError> {
        let at = |kind| VerifyError::at(reference.element, kind);
        let uri = reference.uri();
        let uri = uri.ok_or_else(|| at(VerifyErrorKind::ReferenceWithoutUri))?;
        let target = Target::of(&uri).ok_or_else(|| at(VerifyErrorKind::ReferenceExternal))?;
        let (enveloped, form) = transforms(&reference.transforms)?;
        Ok(Self {
            element: reference.element,
            uri,
            target,
            enveloped,
            form,
            algorithm: digest_algorithm(reference.digest_method, policy)?,
            digest: structure::value(reference.digest_value)?,
        })
    }
}

fn signature_algorithm(
    method: ElementRef<'_>,
    policy: &Policy,
) -> Result<VerificationAlgorithm, VerifyError> {
    let at = |kind| VerifyError::at(method, kind);
    let uri = structure::algorithm(method)?;
    match VerificationAlgorithm::from_uri(&uri) {
        Some(VerificationAlgorithm::RsaSha1) if !policy.allow_sha1 => {
            Err(at(VerifyErrorKind::Sha1NotAllowed))
        }
        known => known.ok_or_else(|| at(VerifyErrorKind::AlgorithmNotAllowed)),
    }
}

fn digest_algorithm(
    method: ElementRef<'_>,
    policy: &Policy,
) -> Result<VerificationDigest, VerifyError> {
    let at = |kind| VerifyError::at(method, kind);
    let uri = structure::algorithm(method)?;
    match VerificationDigest::from_uri(&uri) {
        Some(VerificationDigest::Sha1) if !policy.allow_sha1 => {
            Err(at(VerifyErrorKind::Sha1NotAllowed))
        }
        known => known.ok_or_else(|| at(VerifyErrorKind::AlgorithmNotAllowed)),
    }
}

/// Enveloped signature first, if at all; then base64 or one canonicalisation, if any. A part of a document that no
/// transform made octets of is canonicalised by Canonical XML 1.0 without comments (XML Signature 1.1 §4.4.3.2).
fn transforms(transforms: &[ElementRef<'_>]) -> Result<(bool, Form), VerifyError> {
    let refusal = |transform| VerifyError::at(transform, VerifyErrorKind::TransformNotAllowed);
    let mut rest = transforms;
    let mut enveloped = false;
    if let Some((first, others)) = rest.split_first()
        && structure::algorithm(*first)? == ENVELOPED_SIGNATURE
    {
        structure::check_empty(*first)?;
        enveloped = true;
        rest = others;
    }
    let form = match rest {
        [] => Form::Canonical(Canonicalization::new(Method::Inclusive)),
        [last] if structure::algorithm(*last)? == BASE64 => {
            structure::check_empty(*last)?;
            Form::Base64
        }
        [last] => {
            let canonicalization = canonicalization_of(*last)?;
            Form::Canonical(canonicalization.ok_or_else(|| refusal(*last))?)
        }
        [_, second, ..] => return Err(refusal(*second)),
    };
    Ok((enveloped, form))
}

/// The canonicalisation that an element names, `None` for another algorithm. The exclusive ones may hold one
/// `InclusiveNamespaces` (Exclusive XML Canonicalization 1.0 §4), the others nothing.
fn canonicalization_of(method: ElementRef<'_>) -> Result<Option<Canonicalization>, VerifyError> {
    let uri = structure::algorithm(method)?;
    let Some(canonicalization) = Canonicalization::from_uri(&uri) else {
        return Ok(None);
    };
    let mut parts = Parts::of(method)?;
    let inclusive = match canonicalization.method {
        Method::Exclusive => parts.optional_of(EXCLUSIVE_CANONICALIZATION, "InclusiveNamespaces"),
        Method::Inclusive | Method::Inclusive11 => None,
    };
    parts.end()?;
    let Some(inclusive) = inclusive else {
        return Ok(Some(canonicalization));
    };
    structure::check_attributes(inclusive, &["PrefixList"])?;
    structure::check_empty(inclusive)?;
    let list = inclusive.attribute("", "PrefixList").unwrap_or_default();
    let canonicalization = canonicalization.with_prefix_list(&list);
    if !is_prefix_list(&canonicalization.prefix_list) {
        let fault = StructureFault::MalformedPrefixList;
        return Err(structure::fault(inclusive, fault));
    }
    Ok(Some(canonicalization))
}

pub(crate) fn is_prefix_list(list: &[String]) -> bool {
    let is_prefix = |prefix: &String| prefix.is_empty() || is_ncname(prefix);
    list.len() <= MAXIMUM_PREFIXES && list.iter().all(is_prefix)
}

/// Whether a value can be of an algorithm at all. Whether it fits the key, only the holder of the key can tell.
fn is_possible(algorithm: VerificationAlgorithm, value: &[u8]) -> bool {
    /// RSA with 16 384 bits; longer keys cost seconds and nobody has them.
    const LONGEST: usize = 2048;
    let is_zero = |number: &[u8]| number.iter().all(|octet| *octet == 0);
    if !algorithm.is_ecdsa() {
        return !is_zero(value) && value.len() <= LONGEST;
    }
    // r and s of P-256, P-384 or P-521 (XML Signature 1.1 §6.4.3).
    let (r, s) = value.split_at_checked(value.len() / 2).unwrap_or_default();
    matches!(value.len(), 64 | 96 | 132) && !is_zero(r) && !is_zero(s)
}
