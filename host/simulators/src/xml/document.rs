// SPDX-License-Identifier: Apache-2.0
//! Documents, their shape and their text.

use std::borrow::Cow;
use std::iter::Peekable;

use encoding_rs::Encoding;
use roxmltree::{Document, Node};

/// Deepest nesting accepted. Real messages stay below 30; the bound keeps recursive readers
/// within their stack.
const MAX_DEPTH: usize = 256;

/// Most nodes accepted in one document. A 2 MiB message of nothing but small elements stays below
/// 400 000; a node costs about 100 bytes.
const MAX_NODES: u32 = 2_000_000;

/// Why a document is refused. Positions only: the text may be somebody's data.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum XmlError {
    #[error("not UTF-8")]
    NotUtf8,
    #[error("declares an encoding other than UTF-8")]
    Encoding,
    #[error(
        "declares an encoding that nobody knows, or has octets that are not of the one it declares"
    )]
    Undecodable,
    #[error("has a document type declaration")]
    Doctype,
    #[error("is nested deeper than {MAX_DEPTH} levels")]
    Depth,
    #[error("is not well-formed XML, line {line}, column {column}")]
    NotWellFormed { line: u32, column: u32 },
}

/// Why an element does not have the expected content.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ShapeError {
    #[error("expected element {expected}, found {found}")]
    Missing { expected: String, found: String },
    #[error("element {0} is not expected here")]
    Unexpected(String),
    #[error("text between the elements of {0}")]
    StrayText(String),
    #[error("element {0} may hold text only")]
    NotPlainText(String),
}

/// Parses a whole document: UTF-8, no DOCTYPE, bounded depth and size.
pub(crate) fn parse(bytes: &[u8]) -> Result<Document<'_>, XmlError> {
    let text = std::str::from_utf8(bytes).map_err(|_| XmlError::NotUtf8)?;
    let document = parse_text(text)?;
    let prolog = text
        .get(..document.root_element().range().start)
        .unwrap_or_default();
    if declared_encoding(prolog).is_some_and(|name| !name.eq_ignore_ascii_case("UTF-8")) {
        return Err(XmlError::Encoding);
    }
    Ok(document)
}

/// The text of a document in whatever encoding it declares, by its mark or by name (XML 1.0, appendix F).
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, XmlError> {
    // What can be read of the declaration before the encoding is known is ASCII.
    let head = bytes.split_inclusive(|byte| *byte == b'>').next();
    let head = String::from_utf8_lossy(head.unwrap_or_default());
    let (declared, mark) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (Some(encoding), length),
        None => {
            let name = declared_encoding(&head).unwrap_or("UTF-8");
            (Encoding::for_label(name.as_bytes()), 0)
        }
    };
    let encoding = declared.ok_or(XmlError::Undecodable)?;
    let text = encoding
        .decode_without_bom_handling_and_without_replacement(bytes.get(mark..).unwrap_or_default());
    text.ok_or(XmlError::Undecodable)
}

/// Parses a whole text: no DOCTYPE, bounded depth and size, whatever encoding it declares.
pub(crate) fn parse_text(text: &str) -> Result<Document<'_>, XmlError> {
    let options = roxmltree::ParsingOptions {
        allow_dtd: false,
        nodes_limit: MAX_NODES,
        ..Default::default()
    };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let at = error.pos();
        match error {
            roxmltree::Error::DtdDetected => XmlError::Doctype,
            _ => XmlError::NotWellFormed {
                line: at.row,
                column: at.col,
            },
        }
    })?;
    let prolog = text
        .get(..document.root_element().range().start)
        .unwrap_or_default();
    // The parser lets an empty DOCTYPE pass. The word in a comment is refused too; nobody needs it.
    if prolog.contains("<!DOCTYPE") {
        return Err(XmlError::Doctype);
    }
    if is_too_deep(document.root()) {
        return Err(XmlError::Depth);
    }
    Ok(document)
}

/// The text of an element that holds nothing else. A comment inside is refused: readers disagree
/// on whether the text ends there.
pub(crate) fn plain_text<'a>(element: Node<'a, '_>) -> Result<&'a str, ShapeError> {
    let mut children = element.children();
    match (children.next(), children.next()) {
        (None, _) => Ok(""),
        (Some(only), None) if only.is_text() => Ok(only.text().unwrap_or_default()),
        _ => Err(ShapeError::NotPlainText(local_name(element))),
    }
}

/// The child elements of one element, taken in the order of a schema's `xs:sequence`.
pub(crate) struct Children<'a, 'i: 'a> {
    parent: String,
    elements: Peekable<std::vec::IntoIter<Node<'a, 'i>>>,
}

impl<'a, 'i> Children<'a, 'i> {
    pub(crate) fn of(parent: Node<'a, 'i>) -> Result<Self, ShapeError> {
        let is_stray = |node: Node<'_, '_>| {
            node.is_text() && !node.text().unwrap_or_default().trim_ascii().is_empty()
        };
        if parent.children().any(is_stray) {
            return Err(ShapeError::StrayText(local_name(parent)));
        }
        let elements: Vec<_> = parent.children().filter(Node::is_element).collect();
        Ok(Self {
            parent: local_name(parent),
            elements: elements.into_iter().peekable(),
        })
    }

    pub(crate) fn required(
        &mut self,
        namespace: &str,
        name: &str,
    ) -> Result<Node<'a, 'i>, ShapeError> {
        self.optional(namespace, name)
            .ok_or_else(|| ShapeError::Missing {
                expected: name.to_owned(),
                found: match self.elements.peek() {
                    Some(other) => local_name(*other),
                    None => format!("the end of {}", self.parent),
                },
            })
    }

    pub(crate) fn optional(&mut self, namespace: &str, name: &str) -> Option<Node<'a, 'i>> {
        self.elements
            .next_if(|element| element.has_tag_name((namespace, name)))
    }

    /// Whatever comes next, if anything does.
    pub(crate) fn any(&mut self) -> Option<Node<'a, 'i>> {
        self.elements.next()
    }

    pub(crate) fn end(mut self) -> Result<(), ShapeError> {
        match self.elements.next() {
            Some(extra) => Err(ShapeError::Unexpected(local_name(extra))),
            None => Ok(()),
        }
    }
}

/// Escapes text for element content and attribute values.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn local_name(element: Node<'_, '_>) -> String {
    element.tag_name().name().to_owned()
}

fn declared_encoding(prolog: &str) -> Option<&str> {
    let declaration = prolog
        .trim_start_matches('\u{feff}')
        .strip_prefix("<?xml ")?;
    let (declaration, _) = declaration.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_ascii_start().strip_prefix('=')?.trim_ascii();
    value.split(['"', '\'']).nth(1)
}

/// Walks without recursion, since it guards the recursive walks.
fn is_too_deep(root: Node<'_, '_>) -> bool {
    let mut depth = 0;
    let mut node = root;
    loop {
        if let Some(child) = node.first_child() {
            depth += 1;
            if depth > MAX_DEPTH {
                return true;
            }
            node = child;
            continue;
        }
        while node.next_sibling().is_none() {
            let Some(parent) = node.parent() else {
                return false;
            };
            depth -= 1;
            node = parent;
        }
        if let Some(sibling) = node.next_sibling() {
            node = sibling;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_beyond_the_rules_are_refused() {
        for (bytes, error) in [
            (&b"<a>\xff</a>"[..], XmlError::NotUtf8),
            (b"<!DOCTYPE a><a/>", XmlError::Doctype),
            (
                b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
                XmlError::Doctype,
            ),
            (
                b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
                XmlError::Encoding,
            ),
            (
                b"<a><b></a>",
                XmlError::NotWellFormed { line: 1, column: 7 },
            ),
        ] {
            assert_eq!(parse(bytes).err(), Some(error));
        }
        for bytes in [
            &b""[..],
            b"<a/><b/>",
            b"<a>&e;</a>",
            b"<p:a/>",
            b"<a x='1' x='2'/>",
            b"<a/>x",
        ] {
            assert!(matches!(parse(bytes), Err(XmlError::NotWellFormed { .. })));
        }
        assert!(parse(b"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><a/>").is_ok());
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |levels: usize| format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert_eq!(
            parse(nested(MAX_DEPTH + 1).as_bytes()).err(),
            Some(XmlError::Depth)
        );
    }

    #[test]
    fn children_come_in_order() {
        let document = parse(b"<a xmlns='n'><b/><c>t</c> <d/></a>").unwrap();
        let mut children = Children::of(document.root_element()).unwrap();
        assert!(children.optional("n", "x").is_none());
        assert!(children.required("n", "b").is_ok());
        assert_eq!(
            children.required("n", "d").unwrap_err().to_string(),
            "expected element d, found c"
        );
        assert!(children.required("other", "c").is_err());
        assert_eq!(plain_text(children.required("n", "c").unwrap()), Ok("t"));
        assert_eq!(children.end(), Err(ShapeError::Unexpected("d".to_owned())));
    }

    #[test]
    fn text_is_never_pieced_together() {
        for mixed in ["<a>1<!-- -->2</a>", "<a>1<b/></a>", "<a>1<?p?></a>"] {
            let document = parse(mixed.as_bytes()).unwrap();
            assert!(plain_text(document.root_element()).is_err());
        }
        let document = parse(b"<a>x<b/></a>").unwrap();
        assert!(Children::of(document.root_element()).is_err());
    }
}
