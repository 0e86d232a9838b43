// SPDX-License-Identifier: Apache-2.0
//! Elements and attributes as views of a document.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::checks;
use crate::position::{Cursor, Position};

use super::Document;
use super::arena::{AttributeData, EMPTY, ElementData, NONE, SpecialKind};
use super::scan::is_same;
use super::tag;
use super::text::{Segment, Segments, Text};

/// One element of a [`Document`].
///
/// Two are equal when they are the same element of the same document.
#[derive(Clone, Copy)]
pub struct ElementRef<'d> {
    document: &'d Document<'d>,
    index: u32,
}

impl<'d> ElementRef<'d> {
    pub(super) fn new(document: &'d Document<'d>, index: u32) -> Self {
        Self { document, index }
    }

    /// The element of that index, which exists.
    pub(crate) fn at(document: &'d Document<'d>, index: u32) -> Self {
        Self::new(document, index)
    }

    pub(crate) fn document(self) -> &'d Document<'d> {
        self.document
    }

    pub(crate) fn index(self) -> u32 {
        self.index
    }

    pub(crate) fn data(self) -> &'d ElementData {
        /// What no index leads to, since views are made from indices that exist.
        const NOTHING: ElementData = ElementData {
            start: 0,
            content: 0,
            close: 0,
            end: 0,
            namespace: 0,
            scope: NONE,
            parent: NONE,
            next: 0,
            attributes: 0,
            attribute_count: 0,
            prefix: 0,
            name: 0,
            flags: 0,
        };
        self.document.element(self.index).unwrap_or(&NOTHING)
    }

    /// The name as written, with its prefix.
    pub(crate) fn qname(self) -> &'d str {
        let data = self.data();
        let start = data.start + 1;
        self.document.slice(start, start + u32::from(data.name))
    }

    /// Its namespace, empty for none.
    pub fn namespace(self) -> &'d str {
        self.document.namespace(self.data().namespace)
    }

    /// Its local name.
    pub fn local(self) -> &'d str {
        local(self.qname(), self.data().prefix)
    }

    /// The prefix it is written with, empty for none.
    pub fn prefix(self) -> &'d str {
        let prefix = usize::from(self.data().prefix);
        self.qname().get(..prefix).unwrap_or_default()
    }

    /// Whether it is the element `local` in `namespace`, whatever its prefix.
    pub fn is(self, namespace: &str, local: &str) -> bool {
        let data = self.data();
        let colon = u16::from(data.prefix > 0);
        let length = usize::from(data.name - data.prefix - colon);
        length == local.len()
            && is_same(self.local(), local)
            && is_same(self.namespace(), namespace)
    }

    /// Its attributes in the order of the source, declarations left out.
    pub fn attributes(self) -> impl ExactSizeIterator<Item = AttributeRef<'d>> {
        let document = self.document;
        let attributes = document.attributes_of(self.data()).iter();
        attributes.map(move |data| AttributeRef { document, data })
    }

    /// The value of the attribute `local` in `namespace`; the empty namespace is none.
    pub fn attribute(self, namespace: &str, local: &str) -> Option<Cow<'d, str>> {
        self.attributes()
            .find(|attribute| {
                is_same(attribute.local(), local) && is_same(attribute.namespace(), namespace)
            })
            .map(AttributeRef::value)
    }

    /// The element it stands in; `None` for the root.
    pub fn parent(self) -> Option<Self> {
        let parent = self.data().parent;
        (parent != NONE).then(|| Self::new(self.document, parent))
    }

    /// The elements directly in it.
    pub fn children(self) -> impl Iterator<Item = Self> {
        let end = self.data().next;
        let mut index = self.index + 1;
        std::iter::from_fn(move || {
            let child = Self::new(self.document, index);
            (index < end).then(|| {
                index = child.data().next;
                child
            })
        })
    }

    /// All elements below it in document order, itself left out.
    pub fn descendants(self) -> impl Iterator<Item = Self> {
        (self.index + 1..self.data().next).map(move |index| Self::new(self.document, index))
    }

    /// Whether `other` is below this element; an element is not below itself.
    pub fn contains(self, other: Self) -> bool {
        std::ptr::eq(self.document, other.document)
            && (self.index + 1..self.data().next).contains(&other.index)
    }

    /// Its bytes in the source, tags included.
    pub fn span(self) -> Range<u64> {
        let data = self.data();
        self.document.source_range(data.start, data.end)
    }

    /// Its bytes in the source between its tags; `None` for an empty-element tag.
    pub fn content_span(self) -> Option<Range<u64>> {
        let data = self.data();
        let is_empty_tag = data.has(EMPTY);
        (!is_empty_tag).then(|| self.document.source_range(data.content, data.close))
    }

    /// Where its start tag begins. Costs a look at all text before. Lines within text that was left in a source are not counted.
    pub fn position(self) -> Position {
        Cursor::new(self.document.text()).advance_to(self.data().start as usize)
    }

    /// The way to it from the root, as local names: `/Envelope/Body/Upload[2]`. A number tells which of the siblings of that local name,
    /// where there are several, so that [`Path`](crate::Path) leads back to it and to nothing else.
    pub fn path(self) -> String {
        let mut steps = Vec::new();
        let mut element = Some(self);
        while let Some(current) = element {
            steps.push((current.local(), current.ordinal()));
            element = current.parent();
        }
        let mut path = String::with_capacity(steps.iter().map(|(local, _)| local.len() + 1).sum());
        for (local, ordinal) in steps.into_iter().rev() {
            path.push('/');
            path.push_str(local);
            if let Some(ordinal) = ordinal {
                path.push_str(&format!("[{ordinal}]"));
            }
        }
        path
    }

    /// Which of its like among its siblings it is, from 1; `None` when it is the only one.
    fn ordinal(self) -> Option<usize> {
        let siblings = self.parent()?.children();
        let mut alike = siblings.filter(|other| other.local() == self.local());
        let before = alike.by_ref().take_while(|other| *other != self).count();
        (before > 0 || alike.next().is_some()).then_some(before + 1)
    }

    /// The namespace that a prefix stands for here, empty for no default namespace; `None` for a prefix that is not bound.
    pub fn resolve_prefix(self, prefix: &str) -> Option<&'d str> {
        let namespace = self.document.resolve(self.data().scope, prefix)?;
        Some(self.document.namespace(namespace))
    }

    /// Namespace and local part of a QName in its content, such as a SOAP 1.1 fault code. White space around is ignored, and a
    /// name without a prefix is in the default namespace. `None` if `text` is no QName or its prefix is not bound.
    pub fn resolve_qname<'t>(self, text: &'t str) -> Option<(&'d str, &'t str)> {
        let (prefix, local) = checks::split_qname(text.trim_matches(checks::is_space))?;
        Some((self.resolve_prefix(prefix)?, local))
    }

    /// Its own text: all character data directly in it, joined over whatever stands between. References are replaced,
    /// line ends normalised, CDATA is text; comments and processing instructions are skipped.
    pub fn text(self) -> Text<'d> {
        Text::new(self)
    }

    /// Whether comments or processing instructions stand directly in it.
    pub fn has_comment_or_instruction(self) -> bool {
        Segments::new(self).any(|segment| match segment {
            Segment::Special(special) => matches!(
                special.kind,
                SpecialKind::Comment | SpecialKind::Instruction
            ),
            _ => false,
        })
    }
}

impl PartialEq for ElementRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.document, other.document) && self.index == other.index
    }
}

impl Eq for ElementRef<'_> {}

impl fmt::Debug for ElementRef<'_> {
    /// The name only: content may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{{{}}}{}>", self.namespace(), self.local())
    }
}

/// One attribute of an element of a [`Document`], not a declaration.
#[derive(Clone, Copy)]
pub struct AttributeRef<'d> {
    document: &'d Document<'d>,
    data: &'d AttributeData,
}

impl<'d> AttributeRef<'d> {
    pub(crate) fn namespace_index(self) -> u32 {
        self.data.namespace
    }

    pub(crate) fn qname(self) -> &'d str {
        let start = self.data.start;
        self.document
            .slice(start, start + u32::from(self.data.name))
    }

    /// Its namespace, empty for none.
    pub fn namespace(self) -> &'d str {
        self.document.namespace(self.data.namespace)
    }

    /// Its local name.
    pub fn local(self) -> &'d str {
        local(self.qname(), self.data.prefix)
    }

    /// The prefix it is written with, empty for none.
    pub fn prefix(self) -> &'d str {
        let prefix = usize::from(self.data.prefix);
        self.qname().get(..prefix).unwrap_or_default()
    }

    /// Its value, unescaped and normalised (XML 1.0 §3.3.3).
    pub fn value(self) -> Cow<'d, str> {
        let start = self.data.value;
        let raw = self.document.slice(start, start + self.data.value_length);
        if self.data.plain {
            Cow::Borrowed(raw)
        } else {
            tag::normalised(raw)
        }
    }
}

impl fmt::Debug for AttributeRef<'_> {
    /// The name only: values may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}{}", self.namespace(), self.local())
    }
}

fn local(qname: &str, prefix: u16) -> &str {
    let start = if prefix == 0 {
        0
    } else {
        usize::from(prefix) + 1
    };
    qname.get(start..).unwrap_or_default()
}
