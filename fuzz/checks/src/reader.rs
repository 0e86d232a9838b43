// SPDX-License-Identifier: Apache-2.0
//! Reading, from memory and from a source, against itself and against another parser.

mod limits;
mod views;

use canonical_xml::{Document, Encoding, Limits, LoadError, ReadError, ReadErrorKind};

use crate::document;
use crate::memory::Memory;
use crate::peer;

/// The defaults with room for what runs make, so that the whole and the loaded document meet the same limits.
const LIMITS: Limits = Limits {
    bytes: 1 << 20,
    depth: 256,
    attributes: 256,
    name_length: 1024,
    value_length: 1 << 20,
    text_length: 1 << 20,
    events: 65_536,
    namespaces: 128,
};

/// Panics unless
///
/// * the same document loaded from a source is accepted alike, or refused with the same code at the same place (the kind may be
///   another: of a quote that was left in the source, the end tag around it shows nothing);
/// * every view of it is what its bytes say: spans, positions, paths, names, values, texts, relations;
/// * what another parser refuses is refused, what it takes is refused for a reason that it does not know of, and what both take has
///   the same elements, attributes and texts;
/// * limits refuse what exceeds them and nothing else.
pub fn check(input: &[u8]) {
    let bytes = document::of(input);
    let whole = Document::parse(&bytes, &LIMITS);
    let loaded = load(&bytes);
    if let (Ok(whole), Ok(loaded)) = (&whole, &loaded)
        && whole.encoding() != Encoding::Utf8
    {
        // The bytes are not the text, so that nothing else can be told from them.
        assert_eq!(whole.encoding(), loaded.encoding());
        assert_eq!(whole.root().markup(), loaded.root().markup());
        return;
    }
    let text = peer::prepared(&bytes);
    let other = text.as_deref().map(roxmltree::Document::parse);
    match (&whole, loaded) {
        (Ok(whole), Ok(loaded)) => {
            match (&text, &other) {
                (Some(text), Some(Ok(other))) => {
                    views::check(&bytes, whole, text, other);
                    limits::check(&bytes, whole, other);
                }
                // `<xml:a>` needs no declaration (Namespaces in XML 1.0 §3), which it knows of attributes only.
                (_, Some(Err(roxmltree::Error::UnknownNamespace(prefix, _))))
                    if prefix == "xml" => {}
                _ => panic!("the other parser refuses what was accepted: {other:?}"),
            }
            views::check_loaded(&bytes, whole, &loaded);
        }
        (Err(error), Err(other_error)) => {
            assert_eq!(place(error), place(&other_error), "whole and loaded");
            views::check_not_text(&bytes, error);
            if let Some(Ok(_)) = other {
                let text = text.as_deref().unwrap_or_default();
                assert!(
                    is_stricter(error, peer::at(text, error.line, error.column)),
                    "the other parser accepts what was refused: {error}"
                );
            }
        }
        (whole, loaded) => assert_eq!(
            whole.as_ref().map(drop).map_err(Clone::clone),
            loaded.map(drop),
            "whole and loaded"
        ),
    }
}

/// What stays the same however a document is read: the code, and where.
fn place(error: &ReadError) -> (&'static str, u32, u32) {
    (error.kind.code(), error.line, error.column)
}

/// The document as loaded from a source, which never fails.
fn load(bytes: &[u8]) -> Result<Document<'static>, ReadError> {
    Document::load(&Memory(bytes), &LIMITS).map_err(|error| match error {
        LoadError::Read(error) => error,
        LoadError::Source(never) => match never {},
    })
}

/// Whether the other parser is known not to look at what was refused for this reason, at the beginning of `rest`.
fn is_stricter(error: &ReadError, rest: &str) -> bool {
    match error.kind {
        // It has no limits of this kind, neither versions nor encodings mean anything to it, and a number that is none of a
        // character stands for U+FFFD.
        ReadErrorKind::Limit { .. }
        | ReadErrorKind::IllegalReference
        | ReadErrorKind::UnsupportedVersion
        | ReadErrorKind::UnsupportedEncoding
        | ReadErrorKind::Compressed
        | ReadErrorKind::UnknownEncoding
        | ReadErrorKind::ContradictoryEncoding
        | ReadErrorKind::UnmarkedUtf16
        | ReadErrorKind::NotInEncoding(_)
        | ReadErrorKind::NotAscii => true,
        // It drops a second byte order mark.
        ReadErrorKind::TextOutsideRoot => rest.starts_with('\u{FEFF}'),
        // `:a` is a name to it.
        ReadErrorKind::MalformedName if rest.starts_with(':') => true,
        // `<?t/x?>`, `<?a:b?>`: the target is the longest name there is, what follows need not be apart from it, and only `<?xml `
        // itself is reserved. In a declaration, little is looked at.
        ReadErrorKind::MalformedName
        | ReadErrorKind::ReservedTarget
        | ReadErrorKind::LateDeclaration
        | ReadErrorKind::MalformedDeclaration => rest.starts_with("<?"),
        // `xmlns:p=''`, `xmlns:xmlns='a'`, and two default namespaces.
        ReadErrorKind::NamespaceMisuse | ReadErrorKind::DuplicateAttribute => {
            rest.starts_with("xmlns")
        }
        _ => false,
    }
}
