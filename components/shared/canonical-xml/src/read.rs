//! Reading small documents strictly.

use crate::document::Document;
use crate::element::Element;
use crate::error::{Fault, ReadError, ReadErrorKind};
use crate::limits::Limits;
use crate::node::NoBlob;
/// Reads one document: well-formed XML 1.0 in UTF-8 (a byte order mark may lead), well-formed as to namespaces, without
/// a document type declaration, within `limits`.
///
/// Line ends and attribute values are normalised exactly once (XML 1.0 §2.11, §3.3.3). CDATA becomes text, joined with
/// the text around it; comments and processing instructions are checked and dropped, and the text around them is
/// joined. White space between elements is kept. Prefixes stay as they were.
///
/// Nothing is ever fetched or expanded beyond character references and the five predefined entities, so memory stays
/// within a small multiple of [`Limits::bytes`] and [`Limits::events`].
///
/// # Errors
///
/// The first thing wrong, with its place; see [`ReadErrorKind`]. No message repeats content of the document.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Element<NoBlob>, ReadError> {
    let document = Document::parse(bytes, limits)?;
    let tree = document.root().to_tree();
    // Nothing of a document in memory is elsewhere.
    tree.ok_or_else(|| Fault::new(0, ReadErrorKind::NoRoot).in_document(""))
}
