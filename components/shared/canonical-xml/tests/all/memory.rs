// SPDX-License-Identifier: Apache-2.0
//! Documents loaded from memory, compared with those parsed from it.

use std::ops::Range;

use canonical_xml::{
    Canonicalization, CanonicalizeError, Document, ElementRef, Limits, LoadError, Piece, Subset,
    canonicalize,
};
use xml_testkit::Gathered;
pub(crate) use xml_testkit::{Failure, Memory};

use crate::algorithms;

/// The form of a part of a loaded document, and how many of its octets were named as ranges of the source.
pub(crate) fn joined_form(
    source: &[u8],
    subset: &Subset<'_>,
    how: &Canonicalization,
) -> Result<(Vec<u8>, u64), CanonicalizeError> {
    let mut out = Gathered::of(source);
    canonicalize(subset, how, &mut out)?;
    Ok((out.octets, out.shared))
}

/// The text of an element of a loaded document, and how many bytes of it were left in the source.
pub(crate) fn joined_text(source: &[u8], element: ElementRef<'_>) -> (String, u64) {
    let joined = join(source, element.text().pieces());
    let shared = join(source, element.text().shared_pieces());
    assert!(shared.0 == joined.0, "shared text of {}", element.path());
    assert!(shared.1 >= joined.1 && (shared.1 > 0) == (joined.1 > 0));
    joined
}

fn join<'d>(source: &[u8], pieces: impl Iterator<Item = Piece<'d>>) -> (String, u64) {
    let (mut text, mut left) = (String::new(), 0);
    for piece in pieces {
        match piece {
            Piece::Str(piece) => {
                assert!(!piece.is_empty());
                text += &piece;
            }
            Piece::Source(range) => {
                left += range.end - range.start;
                text += std::str::from_utf8(Memory::new(source).slice(range)).unwrap();
            }
        }
    }
    (text, left)
}

/// Limits that no test document comes near.
pub(crate) fn roomy() -> Limits {
    const MUCH: usize = 64 << 20;
    Limits {
        bytes: MUCH,
        name_length: MUCH,
        value_length: MUCH,
        text_length: MUCH,
        events: MUCH,
        ..Limits::default()
    }
}

/// What there is to tell of an element but for its text.
fn outline(element: ElementRef<'_>) -> (String, Range<u64>, Vec<String>, bool) {
    let attributes = element.attributes().map(|attribute| {
        let value = attribute.value();
        format!("{attribute:?} {} {value}", attribute.prefix())
    });
    let name = format!("{element:?} {} {}", element.prefix(), element.path());
    let attributes = attributes.collect();
    let has_aside = element.has_comment_or_instruction();
    (name, element.span(), attributes, has_aside)
}

/// Loads and parses; both have to come to the same: document or error, every view, every canonical form. Returns how many
/// bytes were fetched.
pub(crate) fn compare(bytes: &[u8]) -> u64 {
    let memory = Memory::new(bytes);
    let loaded = Document::load(&memory, &roomy());
    let fetched = memory.fetched();
    let (loaded, parsed) = match (loaded, Document::parse(bytes, &roomy())) {
        (Ok(loaded), Ok(parsed)) => (loaded, parsed),
        (loaded, parsed) => {
            let parsed = parsed.map(|document| document.element_count());
            let loaded = loaded.map(|document| document.element_count());
            assert_eq!(loaded, parsed.map_err(LoadError::Read));
            return fetched;
        }
    };
    assert_eq!(loaded.element_count(), parsed.element_count());
    for (ours, theirs) in loaded.elements().zip(parsed.elements()) {
        assert_eq!(outline(ours), outline(theirs));
        let text = theirs.text().to_str().unwrap();
        let (joined, left) = joined_text(bytes, ours);
        assert!(joined == text, "text of {}", ours.path());
        assert_eq!(ours.text().to_str().is_some(), left == 0);
        if let Ok(Some(markup)) = ours.markup() {
            assert_eq!(Ok(Some(markup)), theirs.markup());
        }
    }
    for how in algorithms::all() {
        let subsets = loaded.elements().zip(parsed.elements());
        let mut subsets: Vec<_> = subsets
            .take(4)
            .map(|(ours, theirs)| (Subset::element(ours), Subset::element(theirs)))
            .collect();
        subsets.push((Subset::document(&loaded), Subset::document(&parsed)));
        for (ours, theirs) in subsets {
            let ours = joined_form(bytes, &ours, &how).map(|(octets, _)| octets);
            let theirs = algorithms::try_form(&theirs, &how).map(String::into_bytes);
            assert!(ours == theirs, "{}", how.uri());
        }
    }
    fetched
}
