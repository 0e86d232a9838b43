// SPDX-License-Identifier: Apache-2.0
//! Verifying the signatures of others.

mod algorithm;
mod backend;
mod coverage;
mod error;
mod keys;
mod methods;
mod octets;
mod structure;
mod target;
mod unsupported;

use canonical_xml::{Document, ElementRef, Path, Subset};

use crate::algorithm::NAMESPACE;

pub use algorithm::{VerificationAlgorithm, VerificationDigest};
pub use backend::{
    Backend, CanonicalForm, Digestible, EncodedText, Explanation, KeyRefusal, SignerRefusal,
    Undigestible, decode_base64,
};
pub use coverage::{Covered, CoveredElement, Verified, check_coverage};
pub use error::{StructureFault, VerifyError, VerifyErrorKind, VerifyFailure};
pub use keys::KeySource;

pub(crate) use methods::is_prefix_list;
pub use target::{UTILITY_NAMESPACE, elements_with_id, is_id};

use keys::Claim;
use methods::{Declared, Form, Methods};
use structure::{Maxima, Structure};

/// What a signature has to be like to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What has to be covered: every element that one of these paths leads to, at least one each. Empty: the root, so
    /// the whole document but the signature.
    pub required: Vec<Path>,
    /// Texts of which the octets that they encode are wanted, each at a path to one element. Where nothing is `required`, and references
    /// that decode base64 cover all of these, the root need not be covered. Default: none.
    pub octets: Vec<Path>,
    /// Accepts SHA-1, for digests and with RSA. Default `false`: collisions can be bought.
    pub allow_sha1: bool,
    /// Shows what is digested and signed to [`Backend::explain`]. Default `false`.
    pub explain: bool,
    /// References of one signature. Default 30: WS-Security signs about six parts, and each reference may cost a pass
    /// over the whole document.
    pub maximum_references: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            required: Vec::new(),
            octets: Vec::new(),
            allow_sha1: false,
            explain: false,
            maximum_references: 30,
        }
    }
}

/// A signature that the caller has found in a document, such as the one in the security header of a SOAP message.
#[derive(Clone, Debug)]
pub struct Located<'d> {
    /// The document.
    pub document: &'d Document<'d>,
    /// The `Signature` element in it.
    pub signature: ElementRef<'d>,
    /// Where to look for the signer's certificate.
    pub keys: KeySource,
}

/// Verifies the one signature of a document, wherever in it.
///
/// # Errors
///
/// [`VerifyFailure::Refused`] when there is not exactly one `Signature`, or it does not count;
/// [`VerifyFailure::Backend`] when the backend failed.
pub fn verify<'d, J: Backend>(
    document: &'d Document<'d>,
    policy: &Policy,
    backend: &mut J,
) -> Result<Verified<'d, J::Signer>, VerifyFailure<J::Error>> {
    let mut signatures = signatures(document);
    let signature = signatures
        .next()
        .ok_or_else(|| VerifyError::at(document.root(), VerifyErrorKind::Missing))?;
    if let Some(other) = signatures.next() {
        return Err(VerifyError::at(other, VerifyErrorKind::Several).into());
    }
    let located = Located {
        document,
        signature,
        keys: KeySource::KeyInfo,
    };
    verify_signature(located, policy, backend)
}

/// All signatures of a document, in its order; those within others too.
pub fn signatures<'d>(document: &'d Document<'d>) -> impl Iterator<Item = ElementRef<'d>> {
    let elements = document.elements();
    elements.filter(|element| element.is(NAMESPACE, "Signature"))
}

/// Verifies one signature of a document that may hold others. Whether it is the right one, the caller has made sure.
///
/// # Errors
///
/// [`VerifyFailure::Refused`] when the signature does not count; [`VerifyFailure::Backend`] when the backend failed.
pub fn verify_signature<'d, J: Backend>(
    located: Located<'d>,
    policy: &Policy,
    backend: &mut J,
) -> Result<Verified<'d, J::Signer>, VerifyFailure<J::Error>> {
    let document = located.document;
    let verified = verify_one_of_several(located, policy, backend)?;
    check_coverage(document, std::slice::from_ref(&verified), policy)?;
    Ok(verified)
}

/// As [`verify_signature`], of a signature that need not cover what the policy requires: others of the same document may. Whether all of them
/// together do is for [`check_coverage`] to say, and has to be asked.
///
/// The order (XML Signature 1.1 §3.2, made stricter): structure, algorithms, key and signature value, and only then
/// what the references name, their digests, and what is required. Nothing that a stranger wrote is followed before
/// somebody trusted has signed it.
///
/// # Errors
///
/// [`VerifyFailure::Refused`] when the signature does not count; [`VerifyFailure::Backend`] when the backend failed.
pub fn verify_one_of_several<'d, J: Backend>(
    located: Located<'d>,
    policy: &Policy,
    backend: &mut J,
) -> Result<Verified<'d, J::Signer>, VerifyFailure<J::Error>> {
    let Located {
        document,
        signature,
        keys,
    } = located;
    let root = document.root();
    let is_inside = signature == root || root.contains(signature);
    if !is_inside || !signature.is(NAMESPACE, "Signature") {
        return Err(structure::fault(root, StructureFault::NoSignature).into());
    }
    let maxima = Maxima {
        references: policy.maximum_references,
        transforms: MAXIMUM_TRANSFORMS,
    };
    let structure = Structure::of(signature, maxima)?;
    let methods = Methods::of(&structure, policy)?;
    let certificates = keys.certificates(signature, structure.key_info)?;

    let signed = signed_octets(&structure, &methods, backend)?;
    if policy.explain {
        let explanation = Explanation::SignedInfo {
            octets: &signed,
            canonicalization: &methods.canonicalization,
        };
        backend
            .explain(explanation)
            .map_err(VerifyFailure::Backend)?;
    }
    let claim = Claim {
        algorithm: methods.algorithm,
        certificates: &certificates,
        signed: &signed,
        value: &methods.value,
    };
    let signer = claim.judged(backend).map_err(VerifyFailure::Backend)?;
    let signer = signer.map_err(|kind| VerifyError::at(blamed(&kind, &structure), kind))?;

    let named = methods.references.iter();
    let named: Vec<_> = named
        .map(|reference| (reference.element, &reference.target))
        .collect();
    let targets = target::resolve(document, &named)?;
    let mut covered = Vec::with_capacity(targets.len());
    for (index, (declared, target)) in methods.references.into_iter().zip(targets).enumerate() {
        let reference = Reference {
            number: index + 1,
            subset: without_signature(&declared, target, signature)?,
            declared,
        };
        reference.check(policy, backend)?;
        covered.push(reference.into_covered());
    }
    Ok(Verified {
        document,
        signature,
        algorithm: methods.algorithm,
        value: methods.value,
        signer,
        covered,
    })
}

/// More than any permitted combination has, so that the reason given is the transforms themselves.
const MAXIMUM_TRANSFORMS: usize = 5;

/// The canonical form of `SignedInfo` (XML Signature 1.1 §3.2.2).
fn signed_octets<J: Backend>(
    structure: &Structure<'_>,
    methods: &Methods<'_>,
    backend: &mut J,
) -> Result<Vec<u8>, VerifyFailure<J::Error>> {
    let form = CanonicalForm {
        subset: Subset::element(structure.signed_info),
        how: &methods.canonicalization,
    };
    let octets = octets::of(form, backend).map_err(VerifyFailure::Backend)?;
    octets.map_err(|kind| VerifyError::at(structure.signed_info, kind).into())
}

/// The element to show for what is wrong with key or value.
fn blamed<'d>(kind: &VerifyErrorKind, structure: &Structure<'d>) -> ElementRef<'d> {
    match kind {
        VerifyErrorKind::Mismatch | VerifyErrorKind::MismatchPss { .. } => structure.value,
        VerifyErrorKind::Sha1NotAllowed | VerifyErrorKind::AlgorithmNotAllowed => {
            structure.signature_method
        }
        _ => structure.key_info.unwrap_or(structure.value),
    }
}

/// Leaves the signature out of a target that it is in, where the transform says so.
fn without_signature<'d>(
    declared: &Declared<'_>,
    target: Subset<'d>,
    signature: ElementRef<'d>,
) -> Result<Subset<'d>, VerifyError> {
    if !declared.enveloped {
        return Ok(target);
    }
    if !target.top().contains(signature) {
        let kind = VerifyErrorKind::EnvelopedOutside;
        return Err(VerifyError::at(declared.element, kind));
    }
    Ok(target.without(signature))
}

/// One reference with what it names.
struct Reference<'d> {
    number: usize,
    declared: Declared<'d>,
    subset: Subset<'d>,
}

impl<'d> Reference<'d> {
    /// Digests what is there and compares (XML Signature 1.1 §3.2.1).
    fn check<J: Backend>(
        &self,
        policy: &Policy,
        backend: &mut J,
    ) -> Result<(), VerifyFailure<J::Error>> {
        let Declared {
            algorithm, digest, ..
        } = &self.declared;
        let at = |kind| VerifyError::at(self.declared.element, kind);
        let input = self.input().map_err(at)?;
        let computed = backend
            .digest(*algorithm, input)
            .map_err(VerifyFailure::Backend)?;
        let computed = computed.map_err(|undigestible| {
            at(match undigestible {
                Undigestible::Canonicalization(error) => {
                    VerifyErrorKind::CanonicalizationFailed(error)
                }
                Undigestible::Base64 => VerifyErrorKind::Base64,
            })
        })?;
        if policy.explain {
            let explanation = Explanation::Reference {
                number: self.number,
                uri: &self.declared.uri,
                input,
                declared: digest,
                computed: &computed,
            };
            backend
                .explain(explanation)
                .map_err(VerifyFailure::Backend)?;
        }
        // The length belongs to the comparison: a digest of nothing equals nothing.
        if computed.len() != algorithm.length() || computed != *digest {
            let reference = self.number;
            return Err(at(VerifyErrorKind::DigestMismatch { reference }).into());
        }
        Ok(())
    }

    /// What is digested. A text to decode is that of an element with nothing else in it, apart from the signature that
    /// is left out: what is between its pieces would not be covered.
    fn input(&self) -> Result<Digestible<'_>, VerifyErrorKind> {
        let (subset, top) = (self.subset, self.subset.top());
        match &self.declared.form {
            Form::Canonical(how) => Ok(Digestible::Canonical(CanonicalForm { subset, how })),
            Form::Base64 => {
                let mut children = top.children();
                let is_plain = children.all(|child| Some(child) == subset.omitted())
                    && !top.has_comment_or_instruction();
                match is_plain {
                    true => Ok(Digestible::Base64(EncodedText(top.text()))),
                    false => Err(VerifyErrorKind::Base64),
                }
            }
        }
    }

    fn into_covered(self) -> Covered<'d> {
        let Declared {
            uri,
            target,
            form,
            algorithm,
            digest,
            ..
        } = self.declared;
        Covered {
            uri,
            is_document: target.id.is_none(),
            subset: self.subset,
            form,
            algorithm,
            digest,
        }
    }
}
