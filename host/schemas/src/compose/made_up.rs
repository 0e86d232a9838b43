// SPDX-License-Identifier: Apache-2.0
//! Texts that are made up for what a schema demands and nobody says.

use xml_schema::Text;

/// Tried in this order: what tells nobody anything comes first.
const TEXTS: [&str; 24] = [
    "x",
    "1",
    "A1",
    "AB",
    "ABC",
    "FI",
    "EN",
    "TEST",
    "true",
    "2026-01-31T12:00:00Z",
    "2026-01-31",
    "12:00:00Z",
    "2026",
    "P1D",
    "PHgvPg==",
    "0a",
    "urn:x",
    "1.0",
    "1234567-1",
    "FI12345671",
    "9fb38fad-1c2d-4e5f-8a9b-0c1d2e3f4a5b",
    "{9fb38fad-1c2d-4e5f-8a9b-0c1d2e3f4a5b}",
    "a@example.fi",
    "",
];

/// Longest texts that are tried for types with a least length.
const LONGEST: usize = 64;

/// A text of this type: the one that it has to be, the first word that the type lists, or one of no meaning.
pub(super) fn text(text: Text<'_>) -> Option<String> {
    if let Some(fixed) = text.fixed() {
        return Some(fixed.to_owned());
    }
    let words = text.words();
    let listed = words.iter().find(|word| text.accepts(word));
    let known = listed.or_else(|| TEXTS.iter().find(|one| text.accepts(one)));
    if let Some(known) = known {
        return Some((*known).to_owned());
    }
    let repeated =
        (1..=LONGEST).flat_map(|length| ["A", "a", "1", "0"].map(|one| one.repeat(length)));
    repeated.into_iter().find(|one| text.accepts(one))
}
