// SPDX-License-Identifier: Apache-2.0
//! Views of a document, each compared with the bytes and with another parser.

use canonical_xml::{
    AttributeRef, Document, ElementRef, Path, Piece, Position, ReadError, ReadErrorKind,
};
use roxmltree::Node;

use crate::memory::Memory;
use crate::peer;

/// Looking from every element at all others takes the square of their number; so many are looked from.
const MAXIMUM: usize = 64;

/// From here on, a document is long.
const LONG: usize = 16 << 10;

/// Panics unless the views of a document in memory are right. `text` is what the other parser has read.
pub(super) fn check(
    bytes: &[u8],
    document: &Document<'_>,
    text: &str,
    other: &roxmltree::Document<'_>,
) {
    let elements: Vec<_> = document.elements().collect();
    let others: Vec<_> = peer::elements(other).collect();
    assert_eq!(elements.len(), document.element_count());
    assert_eq!(elements.len(), others.len(), "elements");
    for (number, (element, other)) in elements.iter().zip(&others).enumerate() {
        check_meaning(*element, text, *other);
        check_relations(*element, *other);
        check_place(bytes, *element);
        if number < MAXIMUM {
            check_way(document, *element);
            // Each takes a look at all text before it.
            if bytes.len() < LONG || number < 3 {
                let position = element.position();
                assert_eq!(position, position_of(bytes, element.span().start));
            }
            let below = |other: &&ElementRef<'_>| element.contains(**other);
            assert!(
                elements
                    .iter()
                    .filter(below)
                    .copied()
                    .eq(element.descendants())
            );
        }
    }
}

/// Name, attributes, text and what is in scope, as the other parser sees them.
fn check_meaning(element: ElementRef<'_>, text: &str, other: Node<'_, '_>) {
    let name = other.tag_name();
    assert_eq!(element.local(), name.name());
    assert_eq!(element.namespace(), name.namespace().unwrap_or_default());
    assert!(element.is(element.namespace(), element.local()));
    let qname = peer::qname(text, other);
    assert_eq!(element.prefix(), peer::prefix_of(qname));
    assert_eq!(
        element.resolve_prefix(element.prefix()),
        Some(element.namespace())
    );
    assert_eq!(
        element.resolve_qname(qname),
        Some((element.namespace(), element.local()))
    );

    let attributes = element.attributes();
    assert_eq!(attributes.len(), other.attributes().len(), "attributes");
    for (attribute, theirs) in attributes.zip(other.attributes()) {
        check_attribute(element, attribute);
        assert_eq!(attribute.local(), theirs.name());
        assert_eq!(
            attribute.namespace(),
            theirs.namespace().unwrap_or_default()
        );
        assert_eq!(attribute.value(), theirs.value());
        let qname = peer::attribute_qname(text, &theirs);
        assert_eq!(attribute.prefix(), peer::prefix_of(qname));
    }
    for namespace in other.namespaces() {
        let prefix = namespace.name().unwrap_or_default();
        assert_eq!(element.resolve_prefix(prefix), Some(namespace.uri()));
    }

    let theirs = peer::text_of(other);
    assert_eq!(element.text().to_str().as_deref(), Some(theirs.as_str()));
    let is_blank = theirs
        .bytes()
        .all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    assert_eq!(element.text().is_blank(), is_blank);
    let is_aside = |node: Node<'_, '_>| node.is_comment() || node.is_pi();
    assert_eq!(
        element.has_comment_or_instruction(),
        other.children().any(is_aside)
    );
}

fn check_attribute(element: ElementRef<'_>, attribute: AttributeRef<'_>) {
    let found = element.attribute(attribute.namespace(), attribute.local());
    assert_eq!(found, Some(attribute.value()), "attributes are distinct");
    if !attribute.prefix().is_empty() {
        let namespace = element.resolve_prefix(attribute.prefix());
        assert_eq!(namespace, Some(attribute.namespace()));
    }
}

fn check_relations(element: ElementRef<'_>, other: Node<'_, '_>) {
    let theirs = other.children().filter(Node::is_element).count();
    let mut count = 0;
    let mut end = element.span().start + 1;
    for child in element.children() {
        assert_eq!(child.parent(), Some(element));
        assert!(element.contains(child) && !child.contains(element));
        assert!(child.span().start >= end, "in order, and within the parent");
        end = child.span().end;
        count += 1;
    }
    assert_eq!(count, theirs, "children");
    assert!(end <= element.span().end);
    assert!(!element.contains(element));
    assert_eq!(element.parent().is_none(), other.parent_element().is_none());
}

/// The bytes of an element are its tags and what is between.
fn check_place(bytes: &[u8], element: ElementRef<'_>) {
    let source = Memory(bytes);
    let span = source.slice(element.span());
    let name = match element.prefix() {
        "" => element.local().to_owned(),
        prefix => format!("{prefix}:{}", element.local()),
    };
    let rest = span.strip_prefix(b"<");
    let rest = rest.and_then(|rest| rest.strip_prefix(name.as_bytes()));
    let ends_name = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'/' | b'>');
    assert!(rest.and_then(<[u8]>::first).is_some_and(ends_name));
    let end_tag = format!("</{name}");
    let head = span.strip_suffix(b">").unwrap_or_default();
    assert!(head.ends_with(b"/") || head.trim_ascii_end().ends_with(end_tag.as_bytes()));
}

/// The way to an element leads to it, whether with namespaces and numbers for each step, or as it is shown, to one like it.
fn check_way(document: &Document<'_>, element: ElementRef<'_>) {
    let mut steps = Vec::new();
    let mut current = Some(element);
    while let Some(step) = current {
        if step.namespace().contains('}') {
            // There is no way to write it.
            return;
        }
        let is_like = |other: &ElementRef<'_>| other.is(step.namespace(), step.local());
        let siblings = step.parent().into_iter().flat_map(ElementRef::children);
        let before = siblings.filter(is_like).take_while(|other| *other != step);
        let number = before.count() + 1;
        steps.push(format!(
            "/{{{}}}{}[{number}]",
            step.namespace(),
            step.local()
        ));
        current = step.parent();
    }
    steps.reverse();
    let exact = steps.concat();
    let path = exact.parse::<Path>();
    assert_eq!(path.as_ref().map(Path::to_string), Ok(exact));
    assert_eq!(path.map(|path| document.find(&path)), Ok(vec![element]));
    let shown = element.path().parse::<Path>();
    let found = shown.map(|path| document.find(&path)).unwrap_or_default();
    assert!(found.iter().any(|other| other.local() == element.local()));
}

/// Line and column of an offset, counted anew.
fn position_of(bytes: &[u8], offset: u64) -> Position {
    let before = Memory(bytes).slice(0..offset);
    let before = std::str::from_utf8(before).unwrap_or_default();
    let before = before.strip_prefix('\u{FEFF}').unwrap_or(before);
    let lines: Vec<_> = before.split_inclusive(['\n', '\r']).collect();
    let (mut line, mut column) = (1, 1);
    for (index, text) in lines.iter().enumerate() {
        let is_half = text.ends_with('\r') && lines.get(index + 1) == Some(&"\n");
        if is_half {
            continue;
        }
        if text.ends_with(['\n', '\r']) {
            line += 1;
            column = 1;
        } else {
            column += u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        }
    }
    Position { line, column }
}

/// Panics unless bytes that are no UTF-8, and only those, are refused for it, where they begin.
pub(super) fn check_not_text(bytes: &[u8], error: &ReadError) {
    let Err(fault) = std::str::from_utf8(bytes) else {
        return assert_ne!(error.kind, ReadErrorKind::NotUtf8);
    };
    if error.kind == ReadErrorKind::NotUtf8 {
        let place = position_of(bytes, fault.valid_up_to() as u64);
        assert_eq!((error.line, error.column), (place.line, place.column));
    }
}

/// Panics unless a document from a source shows what the same document in memory does.
pub(super) fn check_loaded(bytes: &[u8], whole: &Document<'_>, loaded: &Document<'_>) {
    assert_eq!(whole.element_count(), loaded.element_count());
    assert_eq!(
        whole.relative_namespace().is_some(),
        loaded.relative_namespace().is_some()
    );
    for (number, (one, other)) in whole.elements().zip(loaded.elements()).enumerate() {
        assert_eq!(one.span(), other.span());
        assert_eq!(
            (one.namespace(), one.prefix(), one.local()),
            (other.namespace(), other.prefix(), other.local())
        );
        assert_eq!(one.parent().is_some(), other.parent().is_some());
        let attributes = one.attributes().map(attribute_parts);
        assert!(attributes.eq(other.attributes().map(attribute_parts)));
        assert_eq!(
            one.has_comment_or_instruction(),
            other.has_comment_or_instruction()
        );
        let text = one.text().to_str().unwrap_or_default();
        let (joined, is_complete) = joined(bytes, other);
        assert_eq!(joined, text.as_bytes());
        let theirs = other.text().to_str();
        assert_eq!(theirs, is_complete.then_some(text));
        if number > 3 {
            // Elements within elements: the first few show it.
            continue;
        }
        match other.markup() {
            Ok(None) => assert!(has_left(other), "markup, unless something is missing"),
            markup => assert_eq!(one.markup(), markup),
        }
    }
}

fn attribute_parts(attribute: AttributeRef<'_>) -> (&str, &str, &str, String) {
    (
        attribute.namespace(),
        attribute.prefix(),
        attribute.local(),
        attribute.value().into_owned(),
    )
}

/// The text of an element with what was left in the source, and whether nothing was.
fn joined(bytes: &[u8], element: ElementRef<'_>) -> (Vec<u8>, bool) {
    let text = element.text();
    let joined = join(bytes, text.pieces());
    assert_eq!(joined, join(bytes, text.shared_pieces()), "shared or not");
    joined
}

fn join<'d>(bytes: &[u8], pieces: impl Iterator<Item = Piece<'d>>) -> (Vec<u8>, bool) {
    let mut text = Vec::new();
    let mut is_complete = true;
    for piece in pieces {
        match piece {
            Piece::Str(piece) => {
                assert!(!piece.is_empty(), "no piece is empty");
                text.extend_from_slice(piece.as_bytes());
            }
            Piece::Source(range) => {
                assert!(!range.is_empty(), "no piece is empty");
                is_complete = false;
                text.extend_from_slice(Memory(bytes).slice(range));
            }
        }
    }
    (text, is_complete)
}

fn has_left(element: ElementRef<'_>) -> bool {
    let within = std::iter::once(element).chain(element.descendants());
    within
        .into_iter()
        .any(|element| element.text().to_str().is_none())
}
