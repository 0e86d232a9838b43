// SPDX-License-Identifier: Apache-2.0
//! Expanded names.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// The namespace that the prefix `xml` is always bound to (Namespaces in XML 1.0 §3).
pub const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// The namespace of declarations themselves, which nothing else may use (Namespaces in XML 1.0 §3).
pub const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";

/// A namespace or a prefix: a constant, or a text that many names share. Cloning copies nothing.
#[derive(Clone, Debug)]
pub enum Shared {
    /// Of the program.
    Constant(&'static str),
    /// Made at run time.
    Counted(Arc<str>),
}

impl Deref for Shared {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Constant(text) => text,
            Self::Counted(text) => text,
        }
    }
}

impl From<&'static str> for Shared {
    fn from(text: &'static str) -> Self {
        Self::Constant(text)
    }
}

impl From<String> for Shared {
    fn from(text: String) -> Self {
        match text.is_empty() {
            true => Self::Constant(""),
            false => Self::Counted(text.into()),
        }
    }
}

impl From<Arc<str>> for Shared {
    fn from(text: Arc<str>) -> Self {
        Self::Counted(text)
    }
}

/// An expanded name: a namespace, empty for none, and a local part.
///
/// The prefix is kept because the canonical form keeps it, but it is no part of the identity: two names are equal when
/// namespace and local part are (Namespaces in XML 1.0 §2.1). Nothing is checked here; [`write()`](crate::write())
/// refuses what cannot be written.
#[derive(Clone)]
pub struct Name {
    namespace: Shared,
    local: Cow<'static, str>,
    prefix: Option<Shared>,
}

impl Name {
    /// A name without a prefix. A namespace that many names share can be passed as a clone of one [`Shared`].
    pub fn new(namespace: impl Into<Shared>, local: impl Into<Cow<'static, str>>) -> Self {
        Self {
            namespace: namespace.into(),
            local: local.into(),
            prefix: None,
        }
    }

    /// A name in no namespace, as most attributes have.
    pub fn local_only(local: impl Into<Cow<'static, str>>) -> Self {
        Self::new("", local)
    }

    /// The same name, written with `prefix`; an empty prefix stands for none.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<Shared>) -> Self {
        self.set_prefix(prefix.into());
        self
    }

    pub(crate) fn set_prefix(&mut self, prefix: Shared) {
        self.prefix = Some(prefix).filter(|prefix| !prefix.is_empty());
    }

    /// The namespace, empty for none.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The local part.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// The prefix it is, or was, written with.
    pub fn prefix(&self) -> Option<&str> {
        self.prefix.as_deref()
    }

    /// Whether this is the name `local` in `namespace`.
    pub fn is(&self, namespace: &str, local: &str) -> bool {
        self.local == local && *self.namespace == *namespace
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.is(&other.namespace, &other.local)
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.namespace().hash(state);
        self.local.hash(state);
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}{}", self.namespace(), self.local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_is_no_part_of_the_identity() {
        let plain = Name::new("urn:a", "x");
        assert_eq!(plain, Name::new("urn:a", "x").with_prefix("p"));
        assert_ne!(plain, Name::new("urn:b", "x"));
        assert_ne!(plain, Name::local_only("x"));
    }

    #[test]
    fn empty_prefix_is_no_prefix() {
        assert_eq!(Name::new("urn:a", "x").with_prefix("").prefix(), None);
    }
}
