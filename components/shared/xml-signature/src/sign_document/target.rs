// SPDX-License-Identifier: Apache-2.0
//! What of a document is signed.

use canonical_xml::{
    Canonicalization, Document, ElementRef, Method, Subset, is_ncname, sorting::sort_by,
};

use crate::algorithm::DigestAlgorithm;
use crate::error::SignError;
use crate::reference::Reference;
use crate::verify::is_id;

/// A part of an existing document that is to be signed.
#[derive(Clone, Debug)]
pub struct Target<'d> {
    /// `None` is the whole document.
    element: Option<ElementRef<'d>>,
    pub(super) digest: DigestAlgorithm,
    pub(super) canonicalization: Canonicalization,
}

impl<'d> Target<'d> {
    /// The whole document, `URI=""`.
    pub fn document(digest: DigestAlgorithm) -> Self {
        Self {
            element: None,
            digest,
            canonicalization: Canonicalization::new(Method::Exclusive),
        }
    }

    /// An element, named by the first Id attribute it has: `Id`, `ID`, `id` or `AssertionID` in no namespace, `wsu:Id`
    /// or `xml:id`.
    pub fn element(element: ElementRef<'d>, digest: DigestAlgorithm) -> Self {
        Self {
            element: Some(element),
            ..Self::document(digest)
        }
    }

    /// The same part in another canonical form than the exclusive one. Comments do not count, even if the algorithm is
    /// one that keeps them.
    #[must_use]
    pub fn with_canonicalization(self, canonicalization: Canonicalization) -> Self {
        Self {
            canonicalization,
            ..self
        }
    }

    pub(super) fn as_element(&self) -> Option<ElementRef<'d>> {
        self.element
    }

    pub(super) fn subset(&self, document: &'d Document<'d>) -> Subset<'d> {
        self.element
            .map_or_else(|| Subset::document(document), Subset::element)
    }

    /// The reference to it from a signature that will stand in `parent`.
    pub(super) fn reference(
        &self,
        id: Option<String>,
        parent: ElementRef<'_>,
        digest: Vec<u8>,
    ) -> Reference {
        let is_around = |element: ElementRef<'_>| element == parent || element.contains(parent);
        let reference = match id {
            None => Reference::enveloped_root(self.digest, digest),
            Some(id) if self.element.is_some_and(is_around) => {
                Reference::enveloped_by_id(id, self.digest, digest)
            }
            Some(id) => Reference::by_id(id, self.digest, digest),
        };
        reference.with_canonicalization(self.canonicalization.clone())
    }
}

/// The Ids of the targets, `None` for the whole document, each certain to name its target and nothing else.
pub(super) fn ids(
    document: &Document<'_>,
    targets: &[Target<'_>],
) -> Result<Vec<Option<String>>, SignError> {
    let mut ids = Vec::with_capacity(targets.len());
    for (index, target) in targets.iter().enumerate() {
        let id = target.element.map(|element| {
            let mut attributes = element.attributes();
            let id = attributes.find(|attribute| is_id(*attribute));
            id.ok_or(SignError::TargetWithoutId { index })
        });
        ids.push(id.transpose()?.map(|id| id.value().into_owned()));
    }
    let mut wanted: Vec<(&str, usize)> = ids.iter().flatten().map(|id| (id.as_str(), 0)).collect();
    if wanted.iter().any(|(id, _)| !is_ncname(id)) {
        return Err(SignError::MalformedId);
    }
    sort_by(&mut wanted, Ord::cmp);
    wanted.dedup();
    let attributes = document.elements().flat_map(ElementRef::attributes);
    for attribute in attributes.filter(|attribute| is_id(*attribute)) {
        let value = attribute.value();
        let index = wanted.binary_search_by(|(id, _)| (*id).cmp(&value));
        if let Some((_, count)) = index.ok().and_then(|index| wanted.get_mut(index)) {
            *count += 1;
        }
    }
    match wanted.iter().all(|(_, count)| *count == 1) {
        true => Ok(ids),
        false => Err(SignError::TargetNotUnique),
    }
}
