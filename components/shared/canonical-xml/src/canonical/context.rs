// SPDX-License-Identifier: Apache-2.0
//! Which declarations and attributes a start tag carries in canonical form.

use crate::document::arena::{
    DECLARES, NO_NAMESPACE, NONE, PREFIXED_ATTRIBUTES, XML_NAMESPACE_INDEX,
};
use crate::document::{AttributeRef, Document, ElementRef};
use crate::sorting::sort_by;

use super::algorithm::{Canonicalization, Method};
use super::error::CanonicalizeError;

/// A declaration in the output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Declaration<'d> {
    pub(super) prefix: &'d str,
    pub(super) namespace: u32,
}

/// The declarations written on the open elements, innermost last.
pub(super) struct Context<'d, 'h> {
    document: &'d Document<'d>,
    how: &'h Canonicalization,
    rendered: Vec<Declaration<'d>>,
    /// Room for the prefixes of one element that may need a declaration.
    candidates: Vec<Declaration<'d>>,
}

impl<'d, 'h> Context<'d, 'h> {
    pub(super) fn new(document: &'d Document<'d>, how: &'h Canonicalization) -> Self {
        Self {
            document,
            how,
            rendered: Vec::new(),
            candidates: Vec::new(),
        }
    }

    /// How many declarations are written on the open elements.
    pub(super) fn depth(&self) -> usize {
        self.rendered.len()
    }

    /// Forgets the declarations of closed elements.
    pub(super) fn close(&mut self, depth: usize) {
        self.rendered.truncate(depth);
    }

    /// The declarations from `depth` on.
    pub(super) fn since(&self, depth: usize) -> &[Declaration<'d>] {
        self.rendered.get(depth..).unwrap_or_default()
    }

    /// Notes the declarations that an element needs which none of the open ones has written, in the order of the output: the
    /// default namespace, then by prefix (Canonical XML 1.0 §2.2). `is_top` says that it has no ancestor in the output.
    pub(super) fn declare(&mut self, element: ElementRef<'d>, is_top: bool) {
        let data = element.data();
        if !is_top && is_like_parent(element) {
            return;
        }
        let depth = self.rendered.len();
        if self.how.method == Method::Exclusive {
            self.need(element, element.prefix());
            if data.has(PREFIXED_ATTRIBUTES) {
                for attribute in element.attributes() {
                    if !attribute.prefix().is_empty() {
                        self.need(element, attribute.prefix());
                    }
                }
            }
            if is_top || data.has(DECLARES) {
                let how = self.how;
                for prefix in &how.prefix_list {
                    self.need_listed(element, prefix);
                }
            }
        } else if is_top || data.has(DECLARES) {
            // Nothing but what is declared here can differ from what the parent has in scope.
            let outer = match element.parent() {
                Some(parent) if !is_top => parent.data().scope,
                _ => NONE,
            };
            self.candidates.clear();
            for (prefix, namespace) in self.document.bindings(data.scope, outer) {
                // Inner declarations come first and shadow outer ones.
                if !self.candidates.iter().any(|known| known.prefix == prefix) {
                    self.candidates.push(Declaration { prefix, namespace });
                }
            }
            for index in 0..self.candidates.len() {
                if let Some(candidate) = self.candidates.get(index).copied() {
                    self.render(candidate);
                }
            }
        }
        if let Some(new) = self.rendered.get_mut(depth..) {
            sort_by(new, |one, other| one.prefix.cmp(other.prefix));
        }
    }

    fn need(&mut self, element: ElementRef<'d>, prefix: &'d str) {
        // Every prefix in use is bound: the reader has seen to that.
        if let Some(namespace) = self.document.resolve(element.data().scope, prefix) {
            self.render(Declaration { prefix, namespace });
        }
    }

    /// A prefix of the list is declared with the text of the document, not of the list, which lives shorter.
    fn need_listed(&mut self, element: ElementRef<'d>, prefix: &str) {
        let mut bindings = self.document.bindings(element.data().scope, NONE);
        let found = bindings.find(|(bound, _)| *bound == prefix);
        drop(bindings);
        if let Some((prefix, namespace)) = found {
            self.render(Declaration { prefix, namespace });
        }
    }

    fn render(&mut self, needed: Declaration<'d>) {
        if needed.prefix == "xml" {
            return;
        }
        let mut rendered = self.rendered.iter().rev();
        let latest = rendered.find(|declaration| declaration.prefix == needed.prefix);
        // No default namespace is what holds outside of all elements.
        let holds = latest.map_or(NO_NAMESPACE, |declaration| declaration.namespace);
        if needed.namespace != holds {
            self.rendered.push(needed);
        }
    }
}

/// Whether an element declares nothing and uses no prefix but its parent's, as most do: what it needs has then been written, by
/// whatever method.
fn is_like_parent(element: ElementRef<'_>) -> bool {
    let data = element.data();
    element.parent().is_some_and(|parent| {
        let outer = parent.data();
        let uses_the_same = outer.prefix == data.prefix
            && (data.prefix == 0 || parent.prefix() == element.prefix());
        outer.scope == data.scope && uses_the_same && !data.has(PREFIXED_ATTRIBUTES)
    })
}

/// The attributes `xml:*` that the top of a subtree takes over from its ancestors (Canonical XML 1.0 §2.4, 1.1 §2.4).
pub(super) fn inherited<'d>(
    top: ElementRef<'d>,
    method: Method,
) -> Result<Vec<AttributeRef<'d>>, CanonicalizeError> {
    let mut inherited: Vec<AttributeRef<'d>> = Vec::new();
    if method == Method::Exclusive {
        return Ok(inherited);
    }
    let own = |local: &str| {
        let mut attributes = top.attributes();
        attributes.any(|attribute| is_xml(attribute) && attribute.local() == local)
    };
    let mut ancestor = top.parent();
    while let Some(element) = ancestor {
        for attribute in element.attributes().filter(|attribute| is_xml(*attribute)) {
            let local = attribute.local();
            let is_new = |known: &AttributeRef<'_>| known.local() != local;
            match (method, local) {
                (Method::Inclusive11, "base") => return Err(CanonicalizeError::InheritedBase),
                // Nothing but these and the base is inherited in 1.1.
                (Method::Inclusive11, "lang" | "space") | (Method::Inclusive, _)
                    if !own(local) && inherited.iter().all(is_new) =>
                {
                    inherited.push(attribute);
                }
                _ => {}
            }
        }
        ancestor = element.parent();
    }
    Ok(inherited)
}

fn is_xml(attribute: AttributeRef<'_>) -> bool {
    attribute.namespace_index() == XML_NAMESPACE_INDEX
}
