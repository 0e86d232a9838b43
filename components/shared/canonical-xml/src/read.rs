//! Reading small documents strictly.

mod declaration;
mod error;
mod tag;
mod tree;

pub use error::{ReadError, ReadErrorKind};

use crate::element::Element;
use crate::limits::{Limit, Limits};
use crate::node::NoBlob;

use error::Fault;

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
    if bytes.len() > limits.bytes {
        return Err(
            Fault::new(0, ReadErrorKind::limit(Limit::Bytes, limits.bytes)).in_document(""),
        );
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let (valid, _) = bytes
                .split_at_checked(error.valid_up_to())
                .unwrap_or_default();
            let fault = Fault::new(valid.len(), ReadErrorKind::NotUtf8);
            return Err(fault.in_document(std::str::from_utf8(valid).unwrap_or_default()));
        }
    };
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    tree::build(text, limits).map_err(|fault| fault.in_document(text))
}
