//! Elements: building them and looking into them.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::checks;
use crate::name::Name;
use crate::node::{Attribute, Base64Text, NoBlob, Node};
use crate::position::Position;
use crate::scope::Scope;

/// An element with attributes and children; `B` is the handle of its big text leaves.
///
/// Building never fails; [`write()`](crate::write()) checks. Neighbouring texts are kept as one and empty text is not
/// kept, so that a tree equals what is read back from its written form.
///
/// Two elements are equal when their names, their attributes in any order and their children are; prefixes and
/// positions do not count. `{:?}` shows structure but no content, which may be personal data.
#[derive(Clone)]
pub struct Element<B = NoBlob> {
    name: Name,
    attributes: Vec<Attribute>,
    nodes: Vec<Node<B>>,
    position: Option<Position>,
    scope: Scope,
}

/// Building.
impl<B> Element<B> {
    /// An empty element; the empty namespace stands for none. Without a prefix it is written under a default namespace.
    pub fn new(namespace: impl Into<Arc<str>>, local: impl Into<Cow<'static, str>>) -> Self {
        Self::named(Name::new(namespace, local))
    }

    /// An empty element of this name.
    pub fn named(name: Name) -> Self {
        Self {
            name,
            attributes: Vec::new(),
            nodes: Vec::new(),
            position: None,
            scope: Scope::default(),
        }
    }

    /// Writes the element's own name with `prefix`; an empty prefix stands for none. Children keep theirs.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<Arc<str>>) -> Self {
        self.name = self.name.with_prefix(prefix);
        self
    }

    /// Declares a prefix that no name of the element or its attributes needs, for a QName in a value: it is written as if a `PrefixList` named
    /// it here. Has no effect on an element that was read.
    #[must_use]
    pub fn with_declaration(mut self, prefix: &str, namespace: &str) -> Self {
        if self.position.is_none() {
            self.scope = self.scope.bind(prefix, namespace);
        }
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
        if self.attributes.is_empty() {
            self.attributes.reserve_exact(1);
        }
        self.attributes.push(Attribute::new(name, value));
    }

    /// Adds a child element.
    pub fn push_child(&mut self, child: Self) {
        self.push(Node::Element(child));
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
        if self.nodes.is_empty() {
            self.nodes.reserve_exact(1);
        }
        self.nodes.push(node);
    }
}

/// Looking.
impl<B> Element<B> {
    /// Its name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Whether it is the element `local` in `namespace`, whatever its prefix.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.name.is(namespace, local)
    }

    /// The declarations that were asked for beyond what names need, as prefix and namespace, the last one first.
    pub(crate) fn declarations(&self) -> impl Iterator<Item = (&str, &str)> {
        let scope = self.position.is_none().then_some(&self.scope);
        scope.into_iter().flat_map(Scope::bindings)
    }

    /// Its attributes, in the order of the source.
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The value of the attribute `local` that is in no namespace.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        self.attribute_ns("", local)
    }

    /// The value of the attribute `local` in `namespace`.
    pub fn attribute_ns(&self, namespace: &str, local: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name().is(namespace, local))
            .map(Attribute::value)
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

    /// Its child elements by value; text between them is dropped.
    pub fn into_children(self) -> impl DoubleEndedIterator<Item = Self> {
        self.nodes.into_iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            _ => None,
        })
    }

    /// The first child element `local` in `namespace`. Where a second one would be an error, ask
    /// [`children_named`](Self::children_named).
    pub fn child(&self, namespace: &str, local: &str) -> Option<&Self> {
        self.children().find(|child| child.is(namespace, local))
    }

    /// All child elements `local` in `namespace`.
    pub fn children_named<'a>(
        &'a self,
        namespace: &'a str,
        local: &'a str,
    ) -> impl DoubleEndedIterator<Item = &'a Self> {
        self.children()
            .filter(move |child| child.is(namespace, local))
    }

    /// Its own text, joined over any child elements between; neither their text nor base64 held elsewhere.
    pub fn text(&self) -> Cow<'_, str> {
        let mut texts = self.nodes.iter().filter_map(|node| match node {
            Node::Text(text) => Some(text.as_str()),
            _ => None,
        });
        match (texts.next(), texts.next()) {
            (None, _) => Cow::Borrowed(""),
            (Some(only), None) => Cow::Borrowed(only),
            (Some(first), Some(second)) => {
                Cow::Owned([first, second].into_iter().chain(texts).collect())
            }
        }
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

    /// Where its start tag begins in the document it was read from; `None` if it was built.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// The name that a QName in its content stands for, such as a SOAP 1.1 fault code, by the declarations in scope in
    /// the document it was read from. White space around is ignored. A name without a prefix is in the default
    /// namespace. `None` if `text` is no QName or its prefix is not bound, which it never is in a tree that was built.
    pub fn resolve_qname(&self, text: &str) -> Option<Name> {
        let (prefix, local) = checks::split_qname(text.trim_matches(checks::is_space))?;
        let (prefix, namespace) = self.scope.resolve(prefix)?;
        Some(Name::new(namespace, local.to_owned()).with_prefix(prefix))
    }
}

/// Trees without blobs: what the reader builds.
impl Element<NoBlob> {
    pub(crate) fn from_source(
        name: Name,
        attributes: Vec<Attribute>,
        position: Position,
        scope: Scope,
    ) -> Self {
        Self {
            name,
            attributes,
            nodes: Vec::new(),
            position: Some(position),
            scope,
        }
    }

    /// Adds a piece of text without the detour over an owned string.
    pub(crate) fn push_str(&mut self, piece: &str) {
        match self.nodes.last_mut() {
            _ if piece.is_empty() => {}
            Some(Node::Text(last)) => last.push_str(piece),
            _ => self.nodes.push(Node::Text(piece.to_owned())),
        }
    }

    /// The same tree for a writer of blobs, so that elements that were read or built without blobs can be part of one.
    pub fn into_blobbed<B>(self) -> Element<B> {
        // Not recursive: a guest's stack is small. `outer` holds the ancestors of `element`, and with each element go
        // the nodes it still lacks.
        let mut outer = Vec::new();
        let (mut element, mut rest) = self.split();
        loop {
            match rest.next() {
                Some(Node::Text(text)) => element.nodes.push(Node::Text(text)),
                Some(Node::Base64(text)) => match *text.blob() {},
                Some(Node::Element(child)) => {
                    outer.push((element, rest));
                    (element, rest) = child.split();
                }
                None => {
                    let Some((parent, parent_rest)) = outer.pop() else {
                        return element;
                    };
                    let child = std::mem::replace(&mut element, parent);
                    element.push_child(child);
                    rest = parent_rest;
                }
            }
        }
    }

    /// The element without its nodes, and the nodes.
    fn split<B>(self) -> (Element<B>, std::vec::IntoIter<Node>) {
        let element = Element {
            name: self.name,
            attributes: self.attributes,
            nodes: Vec::with_capacity(self.nodes.len()),
            position: self.position,
            scope: self.scope,
        };
        (element, self.nodes.into_iter())
    }
}

impl<B: PartialEq> PartialEq for Element<B> {
    fn eq(&self, other: &Self) -> bool {
        // Names of attributes are distinct in anything that can be written, so counting and finding is enough.
        self.name == other.name
            && self.attributes.len() == other.attributes.len()
            && self
                .attributes
                .iter()
                .all(|attribute| other.attributes.contains(attribute))
            && self.nodes == other.nodes
    }
}

impl<B: Eq> Eq for Element<B> {}

impl<B> fmt::Debug for Element<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Element")
            .field("name", &self.name)
            .field("attributes", &self.attributes)
            .field("nodes", &self.nodes)
            .finish()
    }
}
