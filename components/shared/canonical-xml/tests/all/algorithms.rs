// SPDX-License-Identifier: Apache-2.0
//! The algorithms, and canonical forms as text.

use canonical_xml::{
    Canonicalization, CanonicalizeError, Document, ElementRef, Limits, Method, Subset, canonicalize,
};

/// Canonical XML 1.0 with comments.
pub(crate) fn inclusive() -> Canonicalization {
    with_comments(Method::Inclusive)
}

/// Exclusive XML Canonicalization 1.0 with comments.
pub(crate) fn exclusive() -> Canonicalization {
    with_comments(Method::Exclusive)
}

pub(crate) fn with_comments(method: Method) -> Canonicalization {
    Canonicalization {
        with_comments: true,
        ..Canonicalization::new(method)
    }
}

/// Each algorithm that has an identifier.
pub(crate) fn all() -> Vec<Canonicalization> {
    let all: Vec<_> = Canonicalization::uris()
        .filter_map(Canonicalization::from_uri)
        .collect();
    assert_eq!(all.len(), 6);
    all
}

pub(crate) fn parse(text: &str) -> Document<'_> {
    match Document::parse(text.as_bytes(), &Limits::default()) {
        Ok(document) => document,
        Err(error) => panic!("{error}: {text}"),
    }
}

/// The one element that a path leads to.
pub(crate) fn at<'d>(document: &'d Document<'_>, path: &str) -> ElementRef<'d> {
    let found = document.find(&path.parse().unwrap());
    assert_eq!(found.len(), 1, "{path}");
    found[0]
}

pub(crate) fn form(subset: &Subset<'_>, how: &Canonicalization) -> String {
    try_form(subset, how).unwrap()
}

/// The form, or why there is none; nothing may have been written then.
pub(crate) fn try_form(
    subset: &Subset<'_>,
    how: &Canonicalization,
) -> Result<String, CanonicalizeError> {
    let mut bytes = Vec::new();
    let result = canonicalize(subset, how, &mut bytes);
    if result.is_err() {
        assert!(bytes.is_empty());
    }
    result.map(|()| String::from_utf8(bytes).unwrap())
}

/// The form of a whole document.
pub(crate) fn whole(text: &str, how: &Canonicalization) -> String {
    form(&Subset::document(&parse(text)), how)
}

/// The form of the element that a path leads to.
pub(crate) fn part(text: &str, path: &str, how: &Canonicalization) -> String {
    form(&Subset::element(at(&parse(text), path)), how)
}
