// SPDX-License-Identifier: Apache-2.0
//! How much of a stranger's document is looked at.

use std::fmt;

/// Bounds on a document that is read. All are inclusive: a document at the bound is accepted.
///
/// The defaults suit the small documents of agency interfaces, in a guest with a few megabytes of memory. Big content
/// is not meant to come through here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of the document. Default 1 MiB: answers and notifications are a few kilobytes, and the whole document
    /// stands in the guest's memory.
    pub bytes: usize,
    /// Nesting of elements, the root being 1. Default 256: SOAP with signatures nests below 30; what the tree's
    /// owner does recursively (compare, drop) stays inside a 64 KiB stack.
    pub depth: usize,
    /// Attributes of one element, namespace declarations included. Default 256: keeps the pairwise comparison
    /// for duplicates short.
    pub attributes: usize,
    /// Bytes in one name with its prefix. Default 1024: official schemas stay below 100.
    pub name_length: usize,
    /// Bytes in one attribute value after normalisation. Default 64 KiB: values are identifiers and URIs.
    pub value_length: usize,
    /// Bytes in one run of text, between two tags, after normalisation. Default 1 MiB, as for the whole document.
    pub text_length: usize,
    /// Parsing steps: tags, runs of text, references, comments, processing instructions. An empty-element tag is one.
    /// Default 65 536: the tree of a document at this bound still fits a small guest.
    pub events: usize,
    /// Namespace declarations in scope at one place, shadowed ones included. Default 128: keeps each look-up of a
    /// prefix short.
    pub namespaces: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 1 << 20,
            depth: 256,
            attributes: 256,
            name_length: 1024,
            value_length: 64 << 10,
            text_length: 1 << 20,
            events: 65_536,
            namespaces: 128,
        }
    }
}

/// Names one field of [`Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::bytes`]
    Bytes,
    /// [`Limits::depth`]
    Depth,
    /// [`Limits::attributes`]
    Attributes,
    /// [`Limits::name_length`]
    NameLength,
    /// [`Limits::value_length`]
    ValueLength,
    /// [`Limits::text_length`]
    TextLength,
    /// [`Limits::events`]
    Events,
    /// [`Limits::namespaces`]
    Namespaces,
}

impl Limit {
    /// The name of the field.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Depth => "depth",
            Self::Attributes => "attributes",
            Self::NameLength => "name_length",
            Self::ValueLength => "value_length",
            Self::TextLength => "text_length",
            Self::Events => "events",
            Self::Namespaces => "namespaces",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes in the document",
            Self::Depth => "levels of nesting",
            Self::Attributes => "attributes on one element",
            Self::NameLength => "bytes in one name",
            Self::ValueLength => "bytes in one attribute value",
            Self::TextLength => "bytes in one run of text",
            Self::Events => "parsing steps",
            Self::Namespaces => "namespace declarations in scope",
        })
    }
}
