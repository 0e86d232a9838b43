// SPDX-License-Identifier: Apache-2.0
//! Tags, with the declarations that their names need. Nothing here depends on what elements hold: so it is compiled once, with this crate and for speed, and not for each kind of blob.

use crate::checks;
use crate::document::scan::is_same;
use crate::element::Head;
use crate::escape;
use crate::name::{Name, XML_NAMESPACE, XMLNS_NAMESPACE};
use crate::node::Attribute;
use crate::pieces::Pieces;
use crate::sorting::sort_by;
use crate::write_error::WriteErrorKind;

/// Writes tags, and knows what is declared.
#[derive(Default)]
pub(super) struct Tags<'a> {
    /// The declarations written on open elements, innermost last.
    rendered: Vec<Declaration<'a>>,
    /// Room to sort the attributes of one element, kept for the next.
    attributes: Vec<Written<'a>>,
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

/// An attribute that can be written.
struct Written<'a> {
    attribute: &'a Attribute,
    /// Whether its value is written as it stands.
    is_plain: bool,
}

impl<'a> Written<'a> {
    fn key(&self) -> (&'a str, &'a str) {
        let name = self.attribute.name();
        (name.namespace(), name.local())
    }
}

impl<'a> Tags<'a> {
    /// How many declarations are in scope.
    pub(super) fn declarations(&self) -> usize {
        self.rendered.len()
    }

    /// Writes a start tag.
    pub(super) fn start(&mut self, head: &'a Head, out: &mut Pieces) -> Result<(), WriteErrorKind> {
        let outer = self.rendered.len();
        self.declare(&head.name, outer)?;
        for (prefix, namespace) in head.declarations() {
            check_declaration(prefix, namespace)?;
            self.bind(Declaration { prefix, namespace }, outer)?;
        }
        self.attributes.clear();
        for attribute in &head.attributes {
            let is_plain = check_attribute(attribute)?;
            if attribute.name().prefix().is_some() {
                self.declare(attribute.name(), outer)?;
            }
            let attribute = Written {
                attribute,
                is_plain,
            };
            self.attributes.push(attribute);
        }
        self.sort_attributes()?;
        let name = prefix_and_local(&head.name);
        if self.attributes.is_empty() && self.rendered.len() == outer {
            out.push_name(b"<", name, b">");
            return Ok(());
        }
        out.push_name(b"<", name, b"");
        self.write_declarations(outer, out);
        self.write_attributes(out);
        out.push(b">");
        Ok(())
    }

    /// Writes the end tag of an element around which so many declarations were in scope.
    pub(super) fn end(&mut self, name: &Name, outer: usize, out: &mut Pieces) {
        out.push_name(b"</", prefix_and_local(name), b">");
        self.rendered.truncate(outer);
    }

    /// Checks a name and notes the declaration it needs, unless an output ancestor has rendered it already
    /// (Exclusive XML Canonicalization 1.0 §3, items 2 and 3).
    fn declare(&mut self, name: &'a Name, outer: usize) -> Result<(), WriteErrorKind> {
        let needed = Declaration {
            prefix: name.prefix().unwrap_or_default(),
            namespace: name.namespace(),
        };
        if self
            .latest(needed.prefix)
            .is_some_and(|(_, bound)| bound == needed)
        {
            // Prefix and namespace were checked when they were bound.
            return match checks::is_ncname(name.local()) {
                true => Ok(()),
                false => Err(WriteErrorKind::IllegalName),
            };
        }
        check_name(name)?;
        if needed.prefix == "xml" {
            return Ok(());
        }
        self.bind(needed, outer)
    }

    /// The innermost declaration of a prefix, and its place.
    fn latest(&self, prefix: &str) -> Option<(usize, Declaration<'a>)> {
        let mut declarations = self.rendered.iter().copied().enumerate().rev();
        declarations.find(|(_, declaration)| is_same(declaration.prefix, prefix))
    }

    fn bind(&mut self, needed: Declaration<'a>, outer: usize) -> Result<(), WriteErrorKind> {
        match self.latest(needed.prefix) {
            Some((_, bound)) if bound == needed => Ok(()),
            Some((index, _)) if index >= outer => Err(WriteErrorKind::PrefixContradiction),
            // No default namespace is what holds outside of all elements.
            None if needed.prefix.is_empty() && needed.namespace.is_empty() => Ok(()),
            _ => {
                check_namespace(needed.namespace)?;
                self.rendered.push(needed);
                Ok(())
            }
        }
    }

    /// By namespace, then local name, in code point order, which is the order of UTF-8 bytes (Canonical XML 1.0 §2.2).
    fn sort_attributes(&mut self) -> Result<(), WriteErrorKind> {
        if self.attributes.len() < 2 {
            return Ok(());
        }
        sort_by(&mut self.attributes, |one, other| {
            one.key().cmp(&other.key())
        });
        let mut neighbours = self.attributes.iter().zip(self.attributes.iter().skip(1));
        if neighbours.any(|(one, other)| one.key() == other.key()) {
            return Err(WriteErrorKind::DuplicateAttribute);
        }
        Ok(())
    }

    /// Writes the declarations that are new here, the default namespace first, then by prefix
    /// (Canonical XML 1.0 §2.2).
    fn write_declarations(&mut self, outer: usize, out: &mut Pieces) {
        let Some(new) = self.rendered.get_mut(outer..) else {
            return;
        };
        if new.len() > 1 {
            sort_by(new, |one, other| one.prefix.cmp(other.prefix));
        }
        for declaration in new {
            let prefix = declaration.prefix.as_bytes();
            match prefix {
                b"" => out.push(b" xmlns=\""),
                prefix => out.push_name(b" ", (b"xmlns", prefix), b"=\""),
            }
            escape::value(declaration.namespace, |piece| out.push(piece.as_bytes()));
            out.push(b"\"");
        }
    }

    fn write_attributes(&self, out: &mut Pieces) {
        for Written {
            attribute,
            is_plain,
        } in &self.attributes
        {
            out.push_name(b" ", prefix_and_local(attribute.name()), b"=\"");
            match is_plain {
                true => out.push(attribute.value().as_bytes()),
                false => escape::value(attribute.value(), |piece| out.push(piece.as_bytes())),
            }
            out.push(b"\"");
        }
    }
}

/// Of a name; the prefix is empty where there is none.
fn prefix_and_local(name: &Name) -> (&[u8], &[u8]) {
    let prefix = name.prefix().unwrap_or_default();
    (prefix.as_bytes(), name.local().as_bytes())
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

/// Whether its value is written as it stands.
fn check_attribute(attribute: &Attribute) -> Result<bool, WriteErrorKind> {
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
    let is_plain = escape::is_plain(value);
    if !is_plain && checks::find_illegal(value).is_some() {
        return Err(WriteErrorKind::IllegalCharacterInValue);
    }
    Ok(is_plain)
}

/// `xmlns=""` aside, Canonical XML 1.0 §4.2 wants absolute namespace names.
fn check_namespace(namespace: &str) -> Result<(), WriteErrorKind> {
    if namespace.is_empty() || checks::is_absolute_uri(namespace) {
        return Ok(());
    }
    Err(WriteErrorKind::IllegalNamespace)
}
