// SPDX-License-Identifier: Apache-2.0
//! What a verified signature covers, and nothing else.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use canonical_xml::{
    AttributeRef, Canonicalization, Document, ElementRef, Path, Position, Subset, Text,
};

use super::Policy;
use super::algorithm::{VerificationAlgorithm, VerificationDigest};
use super::backend::EncodedText;
use super::error::{VerifyError, VerifyErrorKind};
use super::methods::Form;

/// A signature that counts: somebody trusted signed, and what is required is among what they signed.
///
/// It is the only way to what they signed. A document may hold more than that; whoever reads on in the document itself
/// reads what anybody may have put there.
#[derive(Clone)]
pub struct Verified<'d, S> {
    pub(super) document: &'d Document<'d>,
    pub(super) signature: ElementRef<'d>,
    pub(super) algorithm: VerificationAlgorithm,
    pub(super) value: Vec<u8>,
    pub(super) signer: S,
    pub(super) covered: Vec<Covered<'d>>,
}

impl<'d, S> Verified<'d, S> {
    /// Who signed.
    pub fn signer(&self) -> &S {
        &self.signer
    }

    /// The `Signature` element. Its own content is not covered.
    pub fn signature(&self) -> ElementRef<'d> {
        self.signature
    }

    /// How `SignedInfo` is signed.
    pub fn algorithm(&self) -> VerificationAlgorithm {
        self.algorithm
    }

    /// The signature value. It tells messages apart, not messages seen before: from one of ECDSA anybody makes a second one that is
    /// as right, with n − s in place of s.
    pub fn signature_value(&self) -> &[u8] {
        &self.value
    }

    /// What the references name, in their order.
    pub fn covered(&self) -> &[Covered<'d>] {
        &self.covered
    }

    /// The element at `path`, if there is exactly one and it is covered.
    ///
    /// The path counts from the root of the document, whose other elements need not be covered: they say where the
    /// element stands, and nothing more can be had of them.
    pub fn element(&self, path: &Path) -> Option<CoveredElement<'d>> {
        match self.document.find(path).as_slice() {
            [only] => self.view(*only),
            _ => None,
        }
    }

    /// A view of an element of the document, if it is covered.
    pub fn view(&self, element: ElementRef<'d>) -> Option<CoveredElement<'d>> {
        let part = self.covered.iter().find(|part| part.covers(element))?;
        Some(CoveredElement {
            element,
            omitted: part.subset.omitted(),
        })
    }

    /// The text of the one element at `path`, if a reference decodes it from base64 and so covers its octets. The element itself, its
    /// attributes and its place are not covered by that.
    pub fn octets(&self, path: &Path) -> Option<EncodedText<'d>> {
        match self.document.find(path).as_slice() {
            [only] => self.encoded(*only),
            _ => None,
        }
    }

    fn encoded(&self, element: ElementRef<'d>) -> Option<EncodedText<'d>> {
        let mut parts = self.covered.iter();
        parts
            .find(|part| part.subset.top() == element && matches!(part.form, Form::Base64))?
            .encoded()
    }

    fn covers(&self, element: ElementRef<'_>) -> bool {
        self.covered.iter().any(|part| part.covers(element))
    }
}

/// Refuses if something that the policy requires is not in the document, or is covered by none of these signatures of it; see
/// [`Policy::required`] and [`Policy::octets`].
///
/// # Errors
///
/// [`VerifyErrorKind::RequiredMissing`] and [`VerifyErrorKind::Uncovered`].
pub fn check_coverage<'d, S>(
    document: &'d Document<'d>,
    signatures: &[Verified<'d, S>],
    policy: &Policy,
) -> Result<(), VerifyError> {
    let check = |element: ElementRef<'d>| match signatures
        .iter()
        .any(|signature| signature.covers(element))
    {
        true => Ok(()),
        false => Err(VerifyError::at(element, VerifyErrorKind::Uncovered)),
    };
    if policy.required.is_empty() {
        let is_covered = |path: &Path| signatures.iter().any(|one| one.octets(path).is_some());
        let by_octets = !policy.octets.is_empty() && policy.octets.iter().all(is_covered);
        return if by_octets {
            Ok(())
        } else {
            check(document.root())
        };
    }
    for path in &policy.required {
        let found = document.find(path);
        if found.is_empty() {
            let root = VerifyError::at(document.root(), VerifyErrorKind::RequiredMissing);
            let path = path.to_string();
            return Err(VerifyError { path, ..root });
        }
        found.into_iter().try_for_each(check)?;
    }
    Ok(())
}

impl<S: fmt::Debug> fmt::Debug for Verified<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("signer", &self.signer)
            .field("algorithm", &self.algorithm)
            .field("covered", &self.covered)
            .finish_non_exhaustive()
    }
}

/// What one reference of a verified signature names.
#[derive(Clone)]
pub struct Covered<'d> {
    pub(super) uri: Cow<'d, str>,
    pub(super) is_document: bool,
    pub(super) subset: Subset<'d>,
    pub(super) form: Form,
    pub(super) algorithm: VerificationDigest,
    pub(super) digest: Vec<u8>,
}

impl<'d> Covered<'d> {
    /// The `URI` of the reference.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Whether it names the whole document, with what stands around the root.
    pub fn is_document(&self) -> bool {
        self.is_document
    }

    /// Where what it names stands, as local names from the root.
    pub fn path(&self) -> String {
        self.subset.top().path()
    }

    /// The bytes of that element in the source, tags included.
    pub fn span(&self) -> Range<u64> {
        self.subset.top().span()
    }

    /// The element with all that is in it; `None` for a reference to what a text encodes, which covers no element.
    pub fn element(&self) -> Option<CoveredElement<'d>> {
        matches!(self.form, Form::Canonical(_)).then(|| CoveredElement {
            element: self.subset.top(),
            omitted: self.subset.omitted(),
        })
    }

    /// The text whose encoded octets are covered, if that is what the reference names.
    pub fn encoded(&self) -> Option<EncodedText<'d>> {
        matches!(self.form, Form::Base64).then(|| EncodedText(self.subset.top().text()))
    }

    /// How the element was canonicalised; `None` for what a text encodes.
    pub fn canonicalization(&self) -> Option<&Canonicalization> {
        match &self.form {
            Form::Canonical(canonicalization) => Some(canonicalization),
            Form::Base64 => None,
        }
    }

    /// How it was digested.
    pub fn digest_algorithm(&self) -> VerificationDigest {
        self.algorithm
    }

    /// Its digest.
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    fn covers(&self, element: ElementRef<'_>) -> bool {
        matches!(self.form, Form::Canonical(_)) && self.subset.holds(element)
    }
}

impl fmt::Debug for Covered<'_> {
    /// The place only: an Id may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Covered({:?})", self.subset.top())
    }
}

/// An element that was signed by whom [`Verified::signer`] tells, as a view that shows nothing else.
///
/// It never leads to the signature inside it, nor to its parent. It does not tell what a prefix stands for, because not
/// every canonical form covers the declarations around what it is of (Exclusive XML Canonicalization 1.0 §1.3): names
/// in content, as in `xsi:type`, are letters only here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CoveredElement<'d> {
    element: ElementRef<'d>,
    omitted: Option<ElementRef<'d>>,
}

impl<'d> CoveredElement<'d> {
    /// Its namespace, empty for none.
    pub fn namespace(self) -> &'d str {
        self.element.namespace()
    }

    /// Its local name.
    pub fn local(self) -> &'d str {
        self.element.local()
    }

    /// Whether it is the element `local` in `namespace`, whatever its prefix.
    pub fn is(self, namespace: &str, local: &str) -> bool {
        self.element.is(namespace, local)
    }

    /// Its attributes in the order of the source, declarations left out.
    pub fn attributes(self) -> impl Iterator<Item = AttributeRef<'d>> {
        self.element.attributes()
    }

    /// The value of the attribute `local` in `namespace`; the empty namespace is none.
    pub fn attribute(self, namespace: &str, local: &str) -> Option<Cow<'d, str>> {
        self.element.attribute(namespace, local)
    }

    /// The elements directly in it.
    pub fn children(self) -> impl Iterator<Item = Self> {
        let children = self.element.children();
        children
            .filter(move |child| Some(*child) != self.omitted)
            .map(move |child| self.at(child))
    }

    /// The child elements `local` in `namespace`.
    pub fn children_named(self, namespace: &'d str, local: &'d str) -> impl Iterator<Item = Self> {
        self.children()
            .filter(move |child| child.is(namespace, local))
    }

    /// All elements below it in document order, itself left out.
    pub fn descendants(self) -> impl Iterator<Item = Self> {
        let omits = move |element: &ElementRef<'d>| {
            self.omitted
                .is_some_and(|omitted| omitted == *element || omitted.contains(*element))
        };
        let descendants = self.element.descendants();
        descendants
            .filter(move |element| !omits(element))
            .map(move |element| self.at(element))
    }

    /// Its own text: all character data directly in it, joined over whatever stands between; comments and processing
    /// instructions are skipped.
    pub fn text(self) -> Text<'d> {
        self.element.text()
    }

    /// Its bytes in the source, tags included, and those of the signature if it stands within.
    pub fn span(self) -> Range<u64> {
        self.element.span()
    }

    /// Where its start tag begins.
    pub fn position(self) -> Position {
        self.element.position()
    }

    /// The way to it from the root of the document, as local names.
    pub fn path(self) -> String {
        self.element.path()
    }

    fn at(self, element: ElementRef<'d>) -> Self {
        Self { element, ..self }
    }
}

impl fmt::Debug for CoveredElement<'_> {
    /// The name only: content may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.element.fmt(f)
    }
}
