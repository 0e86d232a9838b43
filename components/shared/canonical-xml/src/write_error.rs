// SPDX-License-Identifier: Apache-2.0
//! Why a tree cannot be written.

use thiserror::Error;

/// A tree that has no canonical form, or none that a reader would accept. The caller built it so.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("cannot write {path}: {kind}")]
#[non_exhaustive]
pub struct WriteError {
    /// What is wrong.
    pub kind: WriteErrorKind,
    /// The element in which it is wrong, as local names from the root: `/Envelope/Body/Upload[2]`. A number tells
    /// which of the siblings of that local name, where there are several.
    pub path: String,
}

/// What is wrong with an element. No kind carries content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WriteErrorKind {
    /// XML 1.0 §2.2 has no place for the character, not even as a reference.
    #[error(
        "text holds a character that XML 1.0 cannot carry; remove it before building the document"
    )]
    IllegalCharacterInText,
    /// As above, in the value of an attribute.
    #[error(
        "an attribute value holds a character that XML 1.0 cannot carry; remove it before building the document"
    )]
    IllegalCharacterInValue,
    /// A local part or prefix that is no NCName (Namespaces in XML 1.0 §3).
    #[error("the name of the element or of an attribute, or its prefix, is not an NCName")]
    IllegalName,
    /// A namespace name without a scheme (Canonical XML 1.0 §4.2), or with characters that no URI holds (RFC 3986 §2).
    #[error("a namespace is not an absolute URI")]
    IllegalNamespace,
    /// An attribute in a namespace always has a prefix (Namespaces in XML 1.0 §6.2).
    #[error("an attribute is in a namespace but has no prefix")]
    AttributeWithoutPrefix,
    /// A prefix on a name that is in no namespace (Namespaces in XML 1.0 §5).
    #[error("a name has a prefix but no namespace")]
    PrefixWithoutNamespace,
    /// The names of one element and its attributes need the same prefix for two namespaces.
    #[error("one prefix stands for two namespaces within the element")]
    PrefixContradiction,
    /// `xml` and `xmlns` and their namespaces belong together and to nobody else (Namespaces in XML 1.0 §3).
    #[error("a name misuses the reserved prefixes `xml` and `xmlns` or their namespaces")]
    ReservedPrefix,
    /// Two attributes of one expanded name (Namespaces in XML 1.0 §6.3).
    #[error("two attributes have the same namespace and local name")]
    DuplicateAttribute,
}
