// SPDX-License-Identifier: Apache-2.0
//! Changes to a signed document, as an attacker would make them and as chance does.

use std::ops::Range;

use canonical_xml::{Document, Limits};

use crate::choices::Choices;

/// More edits than any known attack takes.
const MAXIMUM: usize = 16;

/// What grows beyond this is not edited any more.
const MAXIMUM_LENGTH: usize = 200 << 10;

/// Pieces that mean something to somebody.
const PIECES: [&str; 40] = [
    "<!---->",
    "<!--x-->",
    "<?x?>",
    "<![CDATA[]]>",
    "<![CDATA[x]]>",
    "&#13;",
    " ",
    "\n",
    "x",
    "<x/>",
    "<x>",
    "</x>",
    " Id=\"o\"",
    " Id=\"body\"",
    " id=\"time\"",
    " ID='part'",
    " xml:id='c'",
    " AssertionID='8'",
    " u:Id='body'",
    " xmlns=''",
    " xmlns='urn:x'",
    " xmlns='http://www.w3.org/2000/09/xmldsig#'",
    " xmlns:x='http://www.w3.org/2000/09/xmldsig#'",
    " xmlns:p='urn:other'",
    " xml:lang='en'",
    " xml:space='default'",
    " URI=''",
    " URI='#xpointer(/)'",
    "<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'>",
    "</Signature>",
    "<Object xmlns='http://www.w3.org/2000/09/xmldsig#'>",
    "</Object>",
    "<Transform xmlns='http://www.w3.org/2000/09/xmldsig#' Algorithm='http://www.w3.org/2000/09/xmldsig#enveloped-signature'/>",
    "<Transform xmlns='http://www.w3.org/2000/09/xmldsig#' Algorithm='http://www.w3.org/2000/09/xmldsig#base64'/>",
    "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    "<InclusiveNamespaces xmlns='http://www.w3.org/2001/10/xml-exc-c14n#' PrefixList='#default p u'/>",
    "<Envelope>",
    "</Envelope>",
    "<!DOCTYPE a [<!ENTITY e 'x'>]>",
];

/// The document after the edits.
pub(super) fn apply(original: &[u8], choices: &mut Choices<'_>) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..MAXIMUM {
        if bytes.len() > MAXIMUM_LENGTH || edit(&mut bytes, choices).is_none() {
            break;
        }
    }
    bytes
}

/// One edit; `None` when the choices are at their end.
fn edit(bytes: &mut Vec<u8>, choices: &mut Choices<'_>) -> Option<()> {
    match choices.byte()? % 12 {
        0 => {
            let place = place(bytes, choices)?;
            let byte = choices.byte()?;
            if let Some(there) = bytes.get_mut(place) {
                *there = byte;
            }
        }
        1 => {
            let place = place(bytes, choices)?;
            let length = usize::from(choices.byte()? % 8) + 1;
            put(bytes, place..place, choices.take(length));
        }
        2 => {
            let range = range(bytes, choices)?;
            put(bytes, range, b"");
        }
        3 => {
            let copied = bytes.get(range(bytes, choices)?)?.to_vec();
            let place = place(bytes, choices)?;
            put(bytes, place..place, &copied);
        }
        4 => {
            let place = place(bytes, choices)?;
            let piece = choices.pick(&PIECES)?;
            put(bytes, place..place, piece.as_bytes());
        }
        _ => structural(bytes, choices)?,
    }
    Some(())
}

/// Edits of whole elements. What cannot be read any more is let be.
fn structural(bytes: &mut Vec<u8>, choices: &mut Choices<'_>) -> Option<()> {
    let manner = choices.byte()?;
    let (first, second) = (choices.byte()?, choices.byte()?);
    let Some(spans) = spans(bytes) else {
        return Some(());
    };
    let (one, other) = (spans.chosen(first)?, spans.chosen(second)?);
    let written = |span: &Span| bytes.get(span.whole.clone()).unwrap_or_default().to_vec();
    let (one_written, other_written) = (written(one), written(other));
    let disjoint = one.whole.end <= other.whole.start;
    match manner % 8 {
        // A copy before another element, within it, or behind it.
        0 => put(bytes, other.whole.start..other.whole.start, &one_written),
        1 => put(bytes, other.content..other.content, &one_written),
        2 => put(bytes, other.whole.end..other.whole.end, &one_written),
        3 if disjoint => {
            // Both in each other's place; the later first, so that offsets hold.
            put(bytes, other.whole.clone(), &one_written);
            put(bytes, one.whole.clone(), &other_written);
        }
        4 if disjoint => {
            // Moved behind the other one.
            put(bytes, other.whole.end..other.whole.end, &one_written);
            put(bytes, one.whole.clone(), b"");
        }
        5 => {
            let wrapper = choices.pick(&["x", "Body", "Envelope", "r", "part", "commented"])?;
            let start = format!("<{wrapper}>").into_bytes();
            let end = format!("</{wrapper}>").into_bytes();
            put(
                bytes,
                one.whole.clone(),
                &[start, one_written, end].concat(),
            );
        }
        6 => put(bytes, one.whole.clone(), b""),
        _ => {
            let attribute = choices.pick(&PIECES)?;
            put(bytes, one.name_end..one.name_end, attribute.as_bytes());
        }
    }
    Some(())
}

/// Where an element is.
struct Span {
    whole: Range<usize>,
    /// Behind its name.
    name_end: usize,
    /// Behind its start tag; behind its name if that cannot be told.
    content: usize,
}

struct Spans(Vec<Span>);

impl Spans {
    fn chosen(&self, choice: u8) -> Option<&Span> {
        self.0.get(usize::from(choice).checked_rem(self.0.len())?)
    }
}

fn spans(bytes: &[u8]) -> Option<Spans> {
    let document = Document::parse(bytes, &Limits::default()).ok()?;
    let spans = document.elements().map(|element| {
        let span = element.span();
        let whole = usize::try_from(span.start).ok()?..usize::try_from(span.end).ok()?;
        let colon = usize::from(!element.prefix().is_empty());
        let name_end = whole.start + 1 + element.prefix().len() + colon + element.local().len();
        let rest = bytes.get(name_end..whole.end)?;
        // The first `>` ends the tag, but for values that hold one; then an edit is merely not well-formed.
        let tag = rest.iter().position(|byte| *byte == b'>')?;
        let is_empty = tag.checked_sub(1).and_then(|last| rest.get(last)) == Some(&b'/');
        let content = if is_empty {
            whole.end
        } else {
            name_end + tag + 1
        };
        Some(Span {
            whole,
            name_end,
            content,
        })
    });
    spans.collect::<Option<_>>().map(Spans)
}

fn place(bytes: &[u8], choices: &mut Choices<'_>) -> Option<usize> {
    Some(choices.short()? % (bytes.len() + 1))
}

fn range(bytes: &[u8], choices: &mut Choices<'_>) -> Option<Range<usize>> {
    let start = place(bytes, choices)?;
    let length = usize::from(choices.byte()?);
    Some(start..(start + length).min(bytes.len()))
}

/// Replaces a range, which is there.
fn put(bytes: &mut Vec<u8>, range: Range<usize>, with: &[u8]) {
    if range.start <= range.end && range.end <= bytes.len() {
        bytes.splice(range, with.iter().copied());
    }
}
