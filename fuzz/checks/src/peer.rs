// SPDX-License-Identifier: Apache-2.0
//! A document as another parser sees it: roxmltree, which shares no code with the one that is judged.
//!
//! It is more lenient in places: it takes any declared encoding, `xmlns:p=""`, two default namespaces on one element and names of
//! instructions with colons. So what it refuses must be refused, and what both take must mean the same; what it takes may be refused.

use std::borrow::Cow;

use roxmltree::{Document, Node};

/// The text that the other parser is given: without the byte order mark, and with the line ends that XML 1.0 §2.11 wants, which it
/// does not normalise everywhere it should. `None` if it is no UTF-8.
pub(crate) fn prepared(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    Some(with_line_feeds(text))
}

/// CRLF and lone CR become LF.
fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if !text.contains('\r') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// Name of an element as it is written.
pub(crate) fn qname<'i>(text: &'i str, element: Node<'_, '_>) -> &'i str {
    written(text, element.range().start + 1)
}

/// Name of an attribute as it is written.
pub(crate) fn attribute_qname<'i>(
    text: &'i str,
    attribute: &roxmltree::Attribute<'_, '_>,
) -> &'i str {
    written(text, attribute.range().start)
}

/// The name at an offset.
fn written(text: &str, start: usize) -> &str {
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.find([' ', '\t', '\n', '\r', '=', '/', '>']);
    rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
}

/// The prefix of a name as it is written, empty for none.
pub(crate) fn prefix_of(qname: &str) -> &str {
    qname.split_once(':').map_or("", |(prefix, _)| prefix)
}

/// The elements in document order.
pub(crate) fn elements<'a, 'i>(document: &'a Document<'i>) -> impl Iterator<Item = Node<'a, 'i>> {
    document.descendants().filter(|node| node.is_element())
}

/// The text directly in an element.
pub(crate) fn text_of(element: Node<'_, '_>) -> String {
    let texts = element.children().filter(|child| child.is_text());
    texts.filter_map(|text| text.text()).collect()
}

/// Characters in the longest run of text between two tags, in bytes; comments and instructions do not end one.
pub(crate) fn longest_run(document: &Document<'_>) -> usize {
    let mut longest = 0;
    for element in elements(document) {
        let mut run = 0;
        for child in element.children() {
            if child.is_element() {
                run = 0;
            } else if child.is_text() {
                run += child.text().map_or(0, str::len);
                longest = longest.max(run);
            }
        }
    }
    longest
}

/// What stands at a line and column of a text whose lines end with LF.
pub(crate) fn at(text: &str, line: u32, column: u32) -> &str {
    let lines = line.saturating_sub(1) as usize;
    let start: usize = text.split_inclusive('\n').take(lines).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let column = column.saturating_sub(1) as usize;
    let offset = rest.char_indices().nth(column);
    offset.map_or("", |(offset, _)| rest.get(offset..).unwrap_or_default())
}
