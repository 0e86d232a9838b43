// SPDX-License-Identifier: Apache-2.0
//! Names of what comes: for our own id of a message, and for the keys by which the host knows a repetition. Keys may be logged, so that no personal identity code gets into
//! one; where an id takes part that might be or hold one, its digest does.

use agency_guest::{
    Blob, Problem, RangeWriter, hexadecimal,
    imports::blobs::{self, DigestAlgorithm},
};
use canonical_xml::{AttributeRef, Piece, sorting::sort_by};
use finnish_ids::mask_personal_codes;
use ws_security::Part;

/// Longest id that is used as it is, in characters: that of ViranomaisTunniste on the authorities' side.
const LONGEST_ID: usize = 100;

/// Whether a text can be a name as it is: one line, not long, and nothing in it that looks like a personal identity code.
pub(super) fn is_plain(text: &str) -> bool {
    let is_line = !text.contains(char::is_control);
    is_line
        && !text.is_empty()
        && text.chars().count() <= LONGEST_ID
        && mask_personal_codes(text) == text
}

/// A text as a part of a name: itself, or its digest.
pub(super) fn part(text: &str) -> Result<String, Problem> {
    match is_plain(text) {
        true => Ok(text.to_owned()),
        false => digest(&[text]),
    }
}

/// Digest of several texts, computed by the host. Lengths stand between them, so that none runs into the next.
pub(super) fn digest(texts: &[&str]) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    for text in texts {
        bytes.extend_from_slice(format!("{}:{text}", text.len()).as_bytes());
    }
    name_of(&Blob::of(&bytes)?)
}

/// Digest of all that an element says, in whatever prefixes and white space it is written. Long texts stay in the host.
pub(super) fn content_digest(source: &blobs::Blob, element: Part<'_>) -> Result<String, Problem> {
    let mut writer = RangeWriter::new(source);
    write(element, &mut writer);
    name_of(&writer.finish()?)
}

fn name_of(content: &Blob) -> Result<String, Problem> {
    let digest = content.digest(DigestAlgorithm::Sha256)?;
    Ok(format!("sha256-{}", hexadecimal(&digest)))
}

fn write(element: Part<'_>, writer: &mut RangeWriter<'_>) {
    use canonical_xml::Octets;

    writer.bytes(format!("<{{{}}}{}", element.namespace(), element.local()).as_bytes());
    for (name, value) in attributes(element) {
        writer.bytes(format!(" {name}={}:{value}", value.len()).as_bytes());
    }
    writer.bytes(b">");
    let mut children = element.children().peekable();
    // White space between elements says nothing.
    if children.peek().is_none() || !element.text().is_blank() {
        for piece in element.text().pieces() {
            match piece {
                Piece::Str(text) => writer.bytes(text.as_bytes()),
                Piece::Source(range) => writer.source(range),
            }
        }
    }
    // No deeper than the limit on nesting.
    for child in children {
        write(child, writer);
    }
    writer.bytes(b"</>");
}

/// Names and values, in the order of the names.
fn attributes(element: Part<'_>) -> Vec<(String, String)> {
    let told = |attribute: AttributeRef<'_>| {
        let name = format!("{{{}}}{}", attribute.namespace(), attribute.local());
        (name, attribute.value().into_owned())
    };
    let mut attributes: Vec<_> = match element {
        Part::Signed(element) => element.attributes().map(told).collect(),
        Part::Unsigned(element) => element.attributes().map(told).collect(),
    };
    sort_by(&mut attributes, Ord::cmp);
    attributes
}
