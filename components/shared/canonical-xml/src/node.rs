// SPDX-License-Identifier: Apache-2.0
//! What an element holds.

use std::borrow::Cow;
use std::fmt;

use crate::element::Element;
use crate::name::Name;

/// One child of an element. Comments and processing instructions are not written.
#[derive(Clone)]
pub enum Node<B = NoBlob> {
    /// An element.
    Element(Element<B>),
    /// Character data, unescaped.
    Text(String),
    /// Base64 text held elsewhere.
    Base64(Base64Text<B>),
}

impl<B> Node<B> {
    /// The element, if it is one.
    pub fn as_element(&self) -> Option<&Element<B>> {
        match self {
            Self::Element(element) => Some(element),
            _ => None,
        }
    }
}

/// Text that is held elsewhere and consists of base64 characters only, so that it is written as it is, without a look.
#[derive(Clone, PartialEq, Eq)]
pub struct Base64Text<B> {
    blob: B,
}

impl<B> Base64Text<B> {
    /// Takes the caller's promise that `blob` holds nothing but `A`–`Z`, `a`–`z`, `0`–`9`, `+`, `/` and `=`.
    ///
    /// This crate cannot see the bytes and does not check. Anything else in them would be written unescaped: as markup.
    pub fn promise(blob: B) -> Self {
        Self { blob }
    }

    /// The handle to the text.
    pub fn blob(&self) -> &B {
        &self.blob
    }

    /// Gives the handle back.
    pub fn into_blob(self) -> B {
        self.blob
    }
}

/// The blob of a tree that has none; no value of it exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoBlob {}

impl AsRef<[u8]> for NoBlob {
    fn as_ref(&self) -> &[u8] {
        match *self {}
    }
}

/// An attribute. Namespace declarations are not attributes here; the writer makes them from the names in use.
#[derive(Clone, PartialEq, Eq)]
pub struct Attribute {
    name: Name,
    value: Cow<'static, str>,
}

impl Attribute {
    /// An attribute of this name; a name in a namespace needs a prefix (Namespaces in XML 1.0 §6.2).
    pub fn new(name: Name, value: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name,
            value: value.into(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Its value, unescaped and normalised.
    pub fn value(&self) -> &str {
        &self.value
    }
}

// Trees carry personal data; what `{:?}` shows ends in logs. So values and texts are shown by their length.

impl<B> fmt::Debug for Node<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Element(element) => element.fmt(f),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
            Self::Base64(_) => f.write_str("Base64"),
        }
    }
}

impl<B> fmt::Debug for Base64Text<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Base64Text")
    }
}

impl fmt::Debug for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}=({} bytes)", self.name, self.value.len())
    }
}
