// SPDX-License-Identifier: Apache-2.0
//! DER, element by element, with nothing left over.

use x509_parser::{
    asn1_rs::{Any, FromDer, Tag},
    oid_registry::Oid,
};

/// The elements one after another; `None` unless they are the whole of `bytes`.
pub(super) fn elements(mut bytes: &[u8]) -> Option<Vec<Element<'_>>> {
    let mut elements = Vec::new();
    while !bytes.is_empty() {
        let (rest, any) = Any::from_der(bytes).ok()?;
        let whole = bytes.get(..bytes.len() - rest.len())?;
        elements.push(Element { whole, any });
        bytes = rest;
    }
    Some(elements)
}

/// The content of the SEQUENCE that is the whole of `bytes`.
pub(super) fn sequence(bytes: &[u8]) -> Option<Vec<Element<'_>>> {
    let [only] = <[_; 1]>::try_from(elements(bytes)?).ok()?;
    only.children(Tag::Sequence)
}

/// One element.
pub(super) struct Element<'a> {
    /// With its tag and length.
    pub(super) whole: &'a [u8],
    any: Any<'a>,
}

impl<'a> Element<'a> {
    /// Its tag.
    pub(super) fn tag(&self) -> Tag {
        self.any.tag()
    }

    /// Whether its tag is context-specific, with that number.
    pub(super) fn is_tagged(&self, number: u32) -> bool {
        self.any.header.is_contextspecific() && self.any.tag() == Tag(number)
    }

    /// Content of a universal element of that tag.
    pub(super) fn content(&self, tag: Tag) -> Option<&'a [u8]> {
        (self.any.header.is_universal() && self.any.tag() == tag).then_some(self.any.data)
    }

    /// Content of whatever it is.
    pub(super) fn data(&self) -> &'a [u8] {
        self.any.data
    }

    /// Elements within a universal element of that tag.
    pub(super) fn children(&self, tag: Tag) -> Option<Vec<Self>> {
        elements(self.content(tag)?)
    }

    /// An object identifier.
    pub(super) fn oid(&self) -> Option<Oid<'a>> {
        let (rest, oid) = Oid::from_der(self.whole).ok()?;
        rest.is_empty().then_some(oid)
    }
}
