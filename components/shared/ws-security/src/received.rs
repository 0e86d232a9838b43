// SPDX-License-Identifier: Apache-2.0
//! What came, and what of it is signed.

use std::borrow::Cow;

use canonical_xml::{ElementRef, Position, Text};
use soap::Version;
use xml_signature::{CoveredElement, Verified};

use crate::timestamp::Lifetime;

/// A message that was accepted.
///
/// Under [`Mode::Required`](crate::Mode::Required) there is always a [`protection`](Self::protection), and the body is signed. What else
/// is signed, each part says for itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Received<'d, S> {
    /// The version of its envelope; an answer is in the same.
    pub version: Version,
    /// The header blocks other than the security header that was processed or skipped. Those that are not signed may have been put
    /// there, changed or taken away by anybody.
    pub headers: Vec<HeaderBlock<'d>>,
    /// The `Body` element. It may hold a fault.
    pub body: Part<'d>,
    /// What the signature proves; `None` when the message was accepted unsigned.
    pub protection: Option<Protection<'d, S>>,
}

impl<'d, S> Received<'d, S> {
    /// The header blocks that must be understood and are meant for us (SOAP 1.1 §4.2.3; SOAP 1.2 Part 1 §5.2.3). A receiver that does
    /// not know one of them must answer with a fault, [`MustUnderstand`](soap::StandardCode::MustUnderstand), instead of processing.
    pub fn must_understand(&self) -> impl Iterator<Item = Part<'d>> {
        let blocks = self.headers.iter().filter(|block| block.must_understand);
        blocks.map(|block| block.part)
    }
}

/// A header block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeaderBlock<'d> {
    /// The element.
    pub part: Part<'d>,
    /// Whether it must be understood and is meant for us.
    pub must_understand: bool,
}

/// What a signature proves of a message.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Protection<'d, S> {
    /// The signature: who signed, how, and what.
    pub signature: Verified<'d, S>,
    /// When the message was made, if it says so. It is signed, and the clock was within it.
    pub lifetime: Option<Lifetime>,
}

impl<S> Protection<'_, S> {
    /// What a memory of messages already seen would hold, after hashing (WSS §13.2): the digests that were signed, in their order. The same
    /// for every copy of a message, however it is written, and different for another.
    ///
    /// The signature value, [`Verified::signature_value`], would not do: from one of ECDSA anybody can make a second one that is as good
    /// (r, n − s), so that a copy would pass for new.
    pub fn replay_key(&self) -> Vec<u8> {
        let digests = self.signature.covered().iter();
        digests.flat_map(|part| part.digest()).copied().collect()
    }
}

/// An element of a message, which tells whether it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'d> {
    /// Signed by whom the [`Protection`] names.
    Signed(CoveredElement<'d>),
    /// Not signed, or not looked at whether it is: from anybody.
    Unsigned(ElementRef<'d>),
}

impl<'d> Part<'d> {
    /// Whether it is signed.
    pub fn is_signed(self) -> bool {
        matches!(self, Self::Signed(_))
    }

    /// The element if it is signed.
    pub fn signed(self) -> Option<CoveredElement<'d>> {
        match self {
            Self::Signed(element) => Some(element),
            Self::Unsigned(_) => None,
        }
    }

    /// Its namespace, empty for none.
    pub fn namespace(self) -> &'d str {
        match self {
            Self::Signed(element) => element.namespace(),
            Self::Unsigned(element) => element.namespace(),
        }
    }

    /// Its local name.
    pub fn local(self) -> &'d str {
        match self {
            Self::Signed(element) => element.local(),
            Self::Unsigned(element) => element.local(),
        }
    }

    /// Whether it is the element `local` in `namespace`, whatever its prefix.
    pub fn is(self, namespace: &str, local: &str) -> bool {
        self.local() == local && self.namespace() == namespace
    }

    /// The value of the attribute `local` in `namespace`; the empty namespace is none.
    pub fn attribute(self, namespace: &str, local: &str) -> Option<Cow<'d, str>> {
        match self {
            Self::Signed(element) => element.attribute(namespace, local),
            Self::Unsigned(element) => element.attribute(namespace, local),
        }
    }

    /// The elements directly in it, signed if it is.
    pub fn children(self) -> impl Iterator<Item = Self> {
        let (signed, unsigned) = match self {
            Self::Signed(element) => (Some(element), None),
            Self::Unsigned(element) => (None, Some(element)),
        };
        let signed = signed.into_iter().flat_map(CoveredElement::children);
        let unsigned = unsigned.into_iter().flat_map(ElementRef::children);
        signed.map(Self::Signed).chain(unsigned.map(Self::Unsigned))
    }

    /// Its own text; see [`ElementRef::text`].
    pub fn text(self) -> Text<'d> {
        match self {
            Self::Signed(element) => element.text(),
            Self::Unsigned(element) => element.text(),
        }
    }

    /// Where its start tag begins.
    pub fn position(self) -> Position {
        match self {
            Self::Signed(element) => element.position(),
            Self::Unsigned(element) => element.position(),
        }
    }

    /// The way to it from the root, as local names.
    pub fn path(self) -> String {
        match self {
            Self::Signed(element) => element.path(),
            Self::Unsigned(element) => element.path(),
        }
    }
}
