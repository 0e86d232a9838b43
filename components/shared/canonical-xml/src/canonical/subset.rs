// SPDX-License-Identifier: Apache-2.0
//! What is canonicalised.

use crate::document::{Document, ElementRef};

/// A document or an element with all that is in it, perhaps without one subtree.
#[derive(Clone, Copy, Debug)]
pub struct Subset<'d> {
    pub(super) document: &'d Document<'d>,
    /// The element at the top; `None` is the whole document, with what stands around the root.
    pub(super) apex: Option<ElementRef<'d>>,
    pub(super) omitted: Option<ElementRef<'d>>,
    pub(super) comments: bool,
}

impl<'d> Subset<'d> {
    /// The whole document: the root, and comments and processing instructions around it.
    pub fn document(document: &'d Document<'_>) -> Self {
        Self {
            document,
            apex: None,
            omitted: None,
            comments: true,
        }
    }

    /// An element and all that is in it.
    pub fn element(element: ElementRef<'d>) -> Self {
        Self {
            apex: Some(element),
            ..Self::document(element.document())
        }
    }

    /// Leaves out an element and all that is in it, as the transform for enveloped signatures does. Of no effect unless it
    /// lies below the top.
    #[must_use]
    pub fn without(self, omitted: ElementRef<'d>) -> Self {
        Self {
            omitted: Some(omitted),
            ..self
        }
    }

    /// Leaves out comments, even if the algorithm would keep them (XML Signature 1.1 §4.4.3.3).
    #[must_use]
    pub fn without_comments(self) -> Self {
        Self {
            comments: false,
            ..self
        }
    }

    /// The element at the top; the root for a whole document.
    pub fn top(&self) -> ElementRef<'d> {
        self.apex.unwrap_or_else(|| self.document.root())
    }

    /// The element left out.
    pub fn omitted(&self) -> Option<ElementRef<'d>> {
        self.omitted
    }

    /// Whether an element is part of it.
    pub fn holds(&self, element: ElementRef<'_>) -> bool {
        let top = self.top();
        let is_within = |outer: ElementRef<'_>| outer == element || outer.contains(element);
        let omitted = self.omitted.filter(|omitted| top.contains(*omitted));
        is_within(top) && !omitted.is_some_and(is_within)
    }
}
