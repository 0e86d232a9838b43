//! Where the signature goes, and what is put there.

use canonical_xml::{Document, ElementRef};

use crate::error::SignError;
use crate::verify::{
    Judge, KeySource, Located, Policy, StructureFault, Verified, VerifyError, VerifyErrorKind,
    VerifyFailure, verify_signature,
};

/// Where a signature goes into an existing document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'d> {
    /// In an element, behind the last element that it holds.
    LastIn(ElementRef<'d>),
    /// Directly before an element other than the root.
    Before(ElementRef<'d>),
    /// Directly after an element other than the root.
    After(ElementRef<'d>),
}

impl<'d> Place<'d> {
    pub(super) fn element(self) -> ElementRef<'d> {
        match self {
            Self::LastIn(element) | Self::Before(element) | Self::After(element) => element,
        }
    }

    /// The offset in the source, and the element that holds it.
    pub(super) fn resolve(self) -> Result<(u64, ElementRef<'d>), SignError> {
        let parent_of =
            |element: ElementRef<'d>| element.parent().ok_or(SignError::PlaceOutsideRoot);
        match self {
            Self::Before(element) => Ok((element.span().start, parent_of(element)?)),
            Self::After(element) => Ok((element.span().end, parent_of(element)?)),
            Self::LastIn(element) => {
                let last = element.children().last();
                let last = last.ok_or(SignError::PlaceWithoutElements)?;
                Ok((last.span().end, element))
            }
        }
    }
}

/// A finished signature and its place. Everything before and after stays byte for byte what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insertion {
    /// Bytes of the document before it.
    pub offset: u64,
    /// The `Signature` element.
    pub signature: Vec<u8>,
}

impl Insertion {
    /// The signed document; `None` if `source` is shorter than the document that was signed.
    pub fn apply(&self, source: &[u8]) -> Option<Vec<u8>> {
        let offset = usize::try_from(self.offset).ok()?;
        let (before, after) = source.split_at_checked(offset)?;
        Some([before, &self.signature, after].concat())
    }

    /// Verifies the new signature in the signed document, read anew: a key that does not belong to the certificate, for
    /// one, shows here and not with the receiver. `policy` should require what was to be signed.
    ///
    /// # Errors
    ///
    /// As [`verify_signature`].
    pub fn verify<'d, J: Judge>(
        &self,
        signed: &'d Document<'d>,
        policy: &Policy,
        judge: &mut J,
    ) -> Result<Verified<'d, J::Signer>, VerifyFailure<J::Error>> {
        let end = self.offset + self.signature.len() as u64;
        let mut elements = signed.elements();
        let signature = elements.find(|element| element.span() == (self.offset..end));
        let signature = signature.ok_or_else(|| {
            let fault = StructureFault::NoSignature;
            VerifyError::at(signed.root(), VerifyErrorKind::Structure(fault))
        })?;
        let located = Located {
            document: signed,
            signature,
            keys: KeySource::KeyInfo,
        };
        verify_signature(located, policy, judge)
    }
}
