// SPDX-License-Identifier: Apache-2.0
//! Writing a tree in its exclusive canonical form.

use std::slice;

use crate::checks;
use crate::element::Element;
use crate::escape;
use crate::name::{Name, XML_NAMESPACE, XMLNS_NAMESPACE};
use crate::node::{Attribute, Node};
use crate::pieces::Pieces;
use crate::write_error::{WriteError, WriteErrorKind};

/// Where output goes. Taking it cannot fail: an implementation that can run out of room notes it and tells at its end.
///
/// Markup arrives in many small pieces; collecting them is the implementation's job.
pub trait Sink<B> {
    /// The next piece of output.
    fn markup(&mut self, text: &str);

    /// Here stands the text of `blob`.
    fn blob(&mut self, blob: &B);
}

/// Writes `element` and all below it in canonical form, as [Exclusive XML Canonicalization 1.0] without comments and
/// without an `InclusiveNamespaces` list defines it for the subtree at `element`.
///
/// Declarations asked for by [`Element::with_declaration`] are written too, as if a `PrefixList` named their prefixes.
///
/// The bytes do not depend on where `element` will stand: a digest over them is the digest a verifier computes after
/// finding the element inside any document that this function wrote.
///
/// The work is linear in the size of the tree times the number of namespaces in scope, and needs no stack for depth.
///
/// # Errors
///
/// See [`WriteErrorKind`]. The sink has then received the beginning of a document; it must be thrown away.
///
/// [Exclusive XML Canonicalization 1.0]: https://www.w3.org/TR/2002/REC-xml-exc-c14n-20020718/
pub fn write<B, S: Sink<B>>(element: &Element<B>, sink: &mut S) -> Result<(), WriteError> {
    let mut writer = Writer {
        sink,
        open: Vec::new(),
        rendered: Vec::new(),
        attributes: Vec::new(),
    };
    writer.document(element).map_err(|kind| WriteError {
        kind,
        path: path(&writer.open),
    })
}

/// [`write()`] into fresh memory, for trees whose blobs are bytes at hand.
///
/// # Errors
///
/// As [`write()`].
pub fn to_bytes<B: AsRef<[u8]>>(element: &Element<B>) -> Result<Vec<u8>, WriteError> {
    let mut pieces = Pieces::with_room(SMALL);
    write(element, &mut pieces)?;
    Ok(pieces.into_vec())
}

/// Bytes of a message without big texts: most fit.
const SMALL: usize = 2048;

impl<B: AsRef<[u8]>> Sink<B> for Pieces {
    fn markup(&mut self, text: &str) {
        self.push(text.as_bytes());
    }

    fn blob(&mut self, blob: &B) {
        self.push(blob.as_ref());
    }
}

struct Writer<'a, 's, B, S> {
    sink: &'s mut S,
    /// The elements whose start tag is written and whose end tag is not, outermost first.
    open: Vec<Open<'a, B>>,
    /// The declarations written on them, innermost last.
    rendered: Vec<Declaration<'a>>,
    /// Room to sort the attributes of one element, kept for the next.
    attributes: Vec<&'a Attribute>,
}

struct Open<'a, B> {
    element: &'a Element<B>,
    rest: slice::Iter<'a, Node<B>>,
    /// How many declarations were in scope outside.
    outer_declarations: usize,
}

#[derive(Clone, Copy)]
struct Declaration<'a> {
    prefix: &'a str,
    namespace: &'a str,
}

impl PartialEq for Declaration<'_> {
    fn eq(&self, other: &Self) -> bool {
        is_same(self.prefix, other.prefix) && is_same(self.namespace, other.namespace)
    }
}

/// Whether two texts are equal; elements mostly share their namespace, so that often the address tells.
fn is_same(one: &str, other: &str) -> bool {
    std::ptr::eq(one, other) || one == other
}

impl<'a, B, S: Sink<B>> Writer<'a, '_, B, S> {
    fn document(&mut self, root: &'a Element<B>) -> Result<(), WriteErrorKind> {
        self.start(root)?;
        while let Some(innermost) = self.open.last_mut() {
            match innermost.rest.next() {
                Some(Node::Element(child)) => self.start(child)?,
                Some(Node::Text(text)) => self.text(text)?,
                Some(Node::Base64(text)) => self.sink.blob(text.blob()),
                None => self.end(),
            }
        }
        Ok(())
    }

    fn start(&mut self, element: &'a Element<B>) -> Result<(), WriteErrorKind> {
        let outer_declarations = self.rendered.len();
        // First, so that an error's path includes this element.
        self.open.push(Open {
            element,
            rest: element.nodes().iter(),
            outer_declarations,
        });
        self.declare(element.name(), outer_declarations)?;
        for (prefix, namespace) in element.declarations() {
            check_declaration(prefix, namespace)?;
            self.bind(Declaration { prefix, namespace }, outer_declarations)?;
        }
        self.attributes.clear();
        for attribute in element.attributes() {
            check_attribute(attribute)?;
            if attribute.name().prefix().is_some() {
                self.declare(attribute.name(), outer_declarations)?;
            }
            self.attributes.push(attribute);
        }
        self.sort_attributes()?;
        self.sink.markup("<");
        self.name(element.name());
        self.declarations(outer_declarations);
        self.attributes();
        self.sink.markup(">");
        Ok(())
    }

    /// Checks a name and notes the declaration it needs, unless an output ancestor has rendered it already
    /// (Exclusive XML Canonicalization 1.0 §3, items 2 and 3).
    fn declare(&mut self, name: &'a Name, outer: usize) -> Result<(), WriteErrorKind> {
        check_name(name)?;
        let needed = Declaration {
            prefix: name.prefix().unwrap_or_default(),
            namespace: name.namespace(),
        };
        if needed.prefix == "xml" {
            return Ok(());
        }
        self.bind(needed, outer)
    }

    fn bind(&mut self, needed: Declaration<'a>, outer: usize) -> Result<(), WriteErrorKind> {
        let latest = self
            .rendered
            .iter()
            .rposition(|declaration| is_same(declaration.prefix, needed.prefix));
        let bound = latest.and_then(|index| self.rendered.get(index));
        match (latest, bound) {
            (_, Some(bound)) if *bound == needed => Ok(()),
            (Some(index), _) if index >= outer => Err(WriteErrorKind::PrefixContradiction),
            // No default namespace is what holds outside of all elements.
            (None, _) if needed.prefix.is_empty() && needed.namespace.is_empty() => Ok(()),
            _ => {
                check_namespace(needed.namespace)?;
                self.rendered.push(needed);
                Ok(())
            }
        }
    }

    /// By namespace, then local name, in code point order, which is the order of UTF-8 bytes (Canonical XML 1.0 §2.2).
    fn sort_attributes(&mut self) -> Result<(), WriteErrorKind> {
        fn key(attribute: &Attribute) -> (&str, &str) {
            (attribute.name().namespace(), attribute.name().local())
        }
        self.attributes.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        let mut neighbours = self.attributes.iter().zip(self.attributes.iter().skip(1));
        if neighbours.any(|(a, b)| key(a) == key(b)) {
            return Err(WriteErrorKind::DuplicateAttribute);
        }
        Ok(())
    }

    /// Writes the declarations that are new here, the default namespace first, then by prefix
    /// (Canonical XML 1.0 §2.2).
    fn declarations(&mut self, outer: usize) {
        let Some(new) = self.rendered.get_mut(outer..) else {
            return;
        };
        new.sort_unstable_by_key(|declaration| declaration.prefix);
        for declaration in new {
            if declaration.prefix.is_empty() {
                self.sink.markup(" xmlns=\"");
            } else {
                self.sink.markup(" xmlns:");
                self.sink.markup(declaration.prefix);
                self.sink.markup("=\"");
            }
            escape::value(declaration.namespace, |piece| self.sink.markup(piece));
            self.sink.markup("\"");
        }
    }

    fn attributes(&mut self) {
        let attributes = std::mem::take(&mut self.attributes);
        for attribute in &attributes {
            self.sink.markup(" ");
            self.name(attribute.name());
            self.sink.markup("=\"");
            escape::value(attribute.value(), |piece| self.sink.markup(piece));
            self.sink.markup("\"");
        }
        self.attributes = attributes;
    }

    fn text(&mut self, text: &str) -> Result<(), WriteErrorKind> {
        if escape::is_plain(text) {
            self.sink.markup(text);
            return Ok(());
        }
        if checks::find_illegal(text).is_some() {
            return Err(WriteErrorKind::IllegalCharacterInText);
        }
        escape::text(text, |piece| self.sink.markup(piece));
        Ok(())
    }

    fn end(&mut self) {
        if let Some(closed) = self.open.pop() {
            self.sink.markup("</");
            self.name(closed.element.name());
            self.sink.markup(">");
            self.rendered.truncate(closed.outer_declarations);
        }
    }

    fn name(&mut self, name: &Name) {
        if let Some(prefix) = name.prefix() {
            self.sink.markup(prefix);
            self.sink.markup(":");
        }
        self.sink.markup(name.local());
    }
}

fn check_name(name: &Name) -> Result<(), WriteErrorKind> {
    let prefix = name.prefix().unwrap_or_default();
    if !checks::is_ncname(name.local()) || !(prefix.is_empty() || checks::is_ncname(prefix)) {
        return Err(WriteErrorKind::IllegalName);
    }
    if !prefix.is_empty() && name.namespace().is_empty() {
        return Err(WriteErrorKind::PrefixWithoutNamespace);
    }
    if checks::is_reserved_binding(prefix, name.namespace()) {
        return Err(WriteErrorKind::ReservedPrefix);
    }
    Ok(())
}

/// A declaration that was asked for: of a prefix, which cannot be undeclared (Namespaces in XML 1.0 §5).
fn check_declaration(prefix: &str, namespace: &str) -> Result<(), WriteErrorKind> {
    if !checks::is_ncname(prefix) {
        return Err(WriteErrorKind::IllegalName);
    }
    if namespace.is_empty() {
        return Err(WriteErrorKind::PrefixWithoutNamespace);
    }
    if checks::is_reserved_binding(prefix, namespace) {
        return Err(WriteErrorKind::ReservedPrefix);
    }
    Ok(())
}

fn check_attribute(attribute: &Attribute) -> Result<(), WriteErrorKind> {
    let name = attribute.name();
    match (name.prefix(), name.namespace()) {
        (None, "") if name.local() == "xmlns" => return Err(WriteErrorKind::ReservedPrefix),
        (None, "") if !checks::is_ncname(name.local()) => return Err(WriteErrorKind::IllegalName),
        (None, XML_NAMESPACE | XMLNS_NAMESPACE) => return Err(WriteErrorKind::ReservedPrefix),
        (None, namespace) if !namespace.is_empty() => {
            return Err(WriteErrorKind::AttributeWithoutPrefix);
        }
        // A name with a prefix is checked when its declaration is sought.
        _ => {}
    }
    let value = attribute.value();
    if !escape::is_plain(value) && checks::find_illegal(value).is_some() {
        return Err(WriteErrorKind::IllegalCharacterInValue);
    }
    Ok(())
}

/// `xmlns=""` aside, Canonical XML 1.0 §4.2 wants absolute namespace names.
fn check_namespace(namespace: &str) -> Result<(), WriteErrorKind> {
    if namespace.is_empty() || checks::is_absolute_uri(namespace) {
        return Ok(());
    }
    Err(WriteErrorKind::IllegalNamespace)
}

/// The way to the innermost open element, for people.
fn path<B>(open: &[Open<'_, B>]) -> String {
    let mut path = String::new();
    let mut parent: Option<&Element<B>> = None;
    for Open { element, .. } in open {
        path.push('/');
        path.push_str(element.name().local());
        if let Some(ordinal) = parent.and_then(|parent| ordinal(element, parent)) {
            path.push_str(&format!("[{ordinal}]"));
        }
        parent = Some(element);
    }
    path
}

/// Which of the children of its local name an element is, from 1, if there are several.
fn ordinal<B>(element: &Element<B>, parent: &Element<B>) -> Option<usize> {
    let local = element.name().local();
    let siblings: Vec<_> = parent
        .children()
        .filter(|sibling| sibling.name().local() == local)
        .collect();
    let index = siblings
        .iter()
        .position(|sibling| std::ptr::eq(*sibling, element))?;
    (siblings.len() > 1).then_some(index + 1)
}
