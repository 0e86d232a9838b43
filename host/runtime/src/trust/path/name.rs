// SPDX-License-Identifier: Apache-2.0
//! Distinguished names, and when two are the same (RFC 5280 §7.1).

use std::cell::OnceCell;

use crate::names;
use crate::trust::der::{Fields, OBJECT_IDENTIFIER, SEQUENCE, SET};

/// A name in the form in which names are compared: character strings of every type alike, without regard to case and to spaces
/// more than one; the rest byte by byte.
///
/// Accents are compared as they are written (no Unicode normalisation): issuers write their name in one way.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Name(Vec<Box<[u8]>>);

impl Name {
    /// Reads the Name that is the whole of `der`.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let relative = |element: crate::trust::der::Element<'_>| {
            (element.tag == SET).then(|| relative(element.content))?
        };
        Some(Self(Fields::within(der, SEQUENCE)?.each(relative)?))
    }

    /// With one more relative name, the content of a SET, at the end.
    pub(super) fn with(&self, set: &[u8]) -> Option<Self> {
        let mut name = self.clone();
        name.0.push(relative(set)?);
        Some(name)
    }

    /// Whether it is that name or one below it.
    pub(super) fn is_within(&self, base: &Self) -> bool {
        self.0.starts_with(&base.0)
    }
}

/// Content of the last SET of a Name; `None` if it has none.
fn last(der: &[u8]) -> Option<&[u8]> {
    let mut fields = Fields::within(der, SEQUENCE)?;
    let sets = std::iter::from_fn(|| fields.next());
    sets.last().map(|set| set.content)
}

/// RelativeDistinguishedName; its attributes are a set, so that their order does not count.
fn relative(set: &[u8]) -> Option<Box<[u8]>> {
    let mut attributes = Fields::of(set).each(|attribute| {
        let mut parts = Fields::within(attribute.whole, SEQUENCE)?;
        let kind = parts.next_if(OBJECT_IDENTIFIER)?;
        let value = parts.next()?;
        parts.end()?;
        let (form, value) = match names::characters(value.tag, value.content) {
            Some(text) => (1, folded(&text).into_bytes()),
            None => (0, value.whole.to_vec()),
        };
        let length = u32::try_from(value.len()).ok()?.to_be_bytes();
        Some([kind.whole, &[form], &length, &value].concat())
    })?;
    if attributes.is_empty() {
        return None;
    }
    attributes.sort_unstable();
    Some(attributes.concat().into())
}

/// Lower case, without spaces at the ends, and one where there are several (RFC 4518 §2.2 and §2.6.1).
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase));
    }
    folded
}

/// A name as a certificate has it.
#[derive(Debug)]
pub(crate) struct NameField<'a> {
    /// As DER.
    pub(crate) der: &'a [u8],
    /// The last part, which nearly always tells two names apart.
    last: OnceCell<Option<Box<[u8]>>>,
    name: OnceCell<Option<Name>>,
}

impl<'a> NameField<'a> {
    pub(super) fn of(der: &'a [u8]) -> Self {
        Self {
            der,
            last: OnceCell::new(),
            name: OnceCell::new(),
        }
    }

    /// `None` for what is no Name.
    pub(crate) fn name(&self) -> Option<&Name> {
        self.name.get_or_init(|| Name::read(self.der)).as_ref()
    }

    fn last(&self) -> Option<&[u8]> {
        let last = self.last.get_or_init(|| last(self.der).and_then(relative));
        last.as_deref()
    }

    /// Whether both are one name. Nearly always they are the same bytes, or differ in what comes last: the common name.
    pub(super) fn is(&self, other: &NameField<'_>) -> bool {
        self.der == other.der
            || self.last() == other.last()
                && self.name().is_some_and(|name| other.name() == Some(name))
    }

    pub(super) fn is_named(&self, der: &[u8], name: &Name) -> bool {
        self.der == der
            || self.last() == name.0.last().map(AsRef::as_ref) && self.name() == Some(name)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.name().is_some_and(|name| name.0.is_empty())
    }
}
