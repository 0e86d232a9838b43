// SPDX-License-Identifier: Apache-2.0
//! Where the signature goes, and what is put there.

use canonical_xml::{Document, ElementRef};

use crate::error::SignError;

/// Where a signature goes into an existing document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'d> {
    /// In an element, behind the last element that it holds, or else at its end.
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
                let end = match element.children().last() {
                    Some(last) => Some(last.span().end),
                    None => element.content_span().map(|content| content.end),
                };
                Ok((end.ok_or(SignError::PlaceInEmptyTag)?, element))
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

    /// The new signature in the signed document, read anew, to be verified before it leaves; `None` in any other document.
    pub fn find<'d>(&self, signed: &'d Document<'d>) -> Option<ElementRef<'d>> {
        let end = self.offset + self.signature.len() as u64;
        let mut elements = signed.elements();
        elements.find(|element| element.span() == (self.offset..end))
    }
}
