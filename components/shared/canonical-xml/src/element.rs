// SPDX-License-Identifier: Apache-2.0
//! Elements, to be built and written.

use std::borrow::Cow;
use std::fmt;

use crate::name::{Name, Shared};
use crate::node::{Attribute, Base64Text, NoBlob, Node};

/// An element with attributes and children, to be written; `B` is the handle of its big text leaves. What is read is a
/// [`Document`](crate::Document).
///
/// Building never fails; [`write()`](crate::write()) checks. Neighbouring texts are kept as one and empty text is not
/// kept. `{:?}` shows structure but no content, which may be personal data.
#[derive(Clone)]
pub struct Element<B = NoBlob> {
    head: Head,
    nodes: Vec<Node<B>>,
}

/// What stands in the start tag of an element, whatever kind of blob it holds.
#[derive(Clone)]
pub(crate) struct Head {
    pub(crate) name: Name,
    /// In the order in which they were added.
    pub(crate) attributes: Vec<Attribute>,
    /// Prefix and namespace of each.
    declarations: Vec<(String, String)>,
}

impl Head {
    fn new(name: Name) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            declarations: Vec::new(),
        }
    }

    fn push_attribute(&mut self, attribute: Attribute) {
        // Most elements have none or one, and a list grown as usual begins with room for four.
        match self.attributes.is_empty() {
            true => self.attributes = vec![attribute],
            false => self.attributes.push(attribute),
        }
    }

    /// The declarations that were asked for beyond what names need, as prefix and namespace, the last one first.
    pub(crate) fn declarations(&self) -> impl Iterator<Item = (&str, &str)> {
        let latest = self.declarations.iter().rev();
        latest.map(|(prefix, namespace)| (prefix.as_str(), namespace.as_str()))
    }
}

/// Building.
impl<B> Element<B> {
    /// An empty element; the empty namespace stands for none. Without a prefix it is written under a default namespace.
    pub fn new(namespace: impl Into<Shared>, local: impl Into<Cow<'static, str>>) -> Self {
        Self::named(Name::new(namespace, local))
    }

    /// An empty element of this name.
    pub fn named(name: Name) -> Self {
        Self {
            head: Head::new(name),
            nodes: Vec::new(),
        }
    }

    /// Writes the element's own name with `prefix`; an empty prefix stands for none. Children keep theirs.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<Shared>) -> Self {
        self.head.name.set_prefix(prefix.into());
        self
    }

    /// Declares a prefix that no name of the element or its attributes needs, for a QName in a value: it is written as if a `PrefixList` named
    /// it here.
    #[must_use]
    pub fn with_declaration(mut self, prefix: &str, namespace: &str) -> Self {
        let declaration = (prefix.to_owned(), namespace.to_owned());
        self.head.declarations.push(declaration);
        self
    }

    /// Adds an attribute in no namespace.
    #[must_use]
    pub fn with_attribute(
        mut self,
        local: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.push_attribute(local, value);
        self
    }

    /// Adds an attribute of any name; in a namespace it needs a prefix.
    #[must_use]
    pub fn with_qualified_attribute(
        mut self,
        name: Name,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.push_qualified_attribute(name, value);
        self
    }

    /// Adds a child element.
    #[must_use]
    pub fn with_child(mut self, child: Self) -> Self {
        self.push_child(child);
        self
    }

    /// Adds child elements in order; an `Option` is one child or none.
    #[must_use]
    pub fn with_children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.nodes.extend(children.into_iter().map(Node::Element));
        self
    }

    /// Adds text; it is escaped when written.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.push_text(text);
        self
    }

    /// Adds base64 text that is held elsewhere.
    #[must_use]
    pub fn with_base64(mut self, text: Base64Text<B>) -> Self {
        self.push_base64(text);
        self
    }

    /// Adds an attribute in no namespace.
    pub fn push_attribute(
        &mut self,
        local: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) {
        self.push_qualified_attribute(Name::local_only(local), value);
    }

    /// Adds an attribute of any name; in a namespace it needs a prefix.
    pub fn push_qualified_attribute(&mut self, name: Name, value: impl Into<Cow<'static, str>>) {
        self.head.push_attribute(Attribute::new(name, value));
    }

    /// Adds a child element.
    pub fn push_child(&mut self, child: Self) {
        self.push(Node::Element(child));
    }

    /// Adds a child element before the node of that number; at the end where there are fewer.
    pub fn insert_child(&mut self, index: usize, child: Self) {
        let index = index.min(self.nodes.len());
        self.nodes.insert(index, Node::Element(child));
    }

    /// Its child elements, taken out of it.
    pub fn into_children(self) -> impl Iterator<Item = Self> {
        self.nodes.into_iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) | Node::Base64(_) => None,
        })
    }

    /// Adds text; it is escaped when written.
    pub fn push_text(&mut self, text: impl Into<String>) {
        let text = text.into();
        match self.nodes.last_mut() {
            _ if text.is_empty() => {}
            Some(Node::Text(last)) => last.push_str(&text),
            _ => self.push(Node::Text(text)),
        }
    }

    /// Adds base64 text that is held elsewhere.
    pub fn push_base64(&mut self, text: Base64Text<B>) {
        self.push(Node::Base64(text));
    }

    fn push(&mut self, node: Node<B>) {
        // Most elements hold one node, and a list grown as usual begins with room for four.
        match self.nodes.is_empty() {
            true => self.nodes = vec![node],
            false => self.nodes.push(node),
        }
    }
}

/// Looking.
impl<B> Element<B> {
    /// Its name.
    pub fn name(&self) -> &Name {
        &self.head.name
    }

    /// Whether it is the element `local` in `namespace`, whatever its prefix.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.name().is(namespace, local)
    }

    /// What stands in its start tag.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// Its attributes, in the order in which they were added.
    pub fn attributes(&self) -> &[Attribute] {
        &self.head.attributes
    }

    /// Everything it holds, in order.
    pub fn nodes(&self) -> &[Node<B>] {
        &self.nodes
    }

    /// Its child elements.
    pub fn children(&self) -> impl DoubleEndedIterator<Item = &Self> {
        self.nodes.iter().filter_map(Node::as_element)
    }

    /// Its child elements, to be changed in place.
    pub fn children_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Self> {
        self.nodes.iter_mut().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            _ => None,
        })
    }

    /// The first child element `local` in `namespace`.
    pub fn child(&self, namespace: &str, local: &str) -> Option<&Self> {
        self.children().find(|child| child.is(namespace, local))
    }

    /// All elements below it, in document order, itself excluded.
    pub fn descendants(&self) -> impl Iterator<Item = &Self> {
        // The next one lies on top.
        let mut pending: Vec<&Self> = self.children().rev().collect();
        std::iter::from_fn(move || {
            let next = pending.pop()?;
            pending.extend(next.children().rev());
            Some(next)
        })
    }
}

impl<B> fmt::Debug for Element<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Element")
            .field("name", self.name())
            .field("attributes", &self.attributes())
            .field("nodes", &self.nodes)
            .finish()
    }
}
