// SPDX-License-Identifier: Apache-2.0
//! XML read strictly, canonicalised, and written canonically.
//!
//! [`Document`] reads well-formed, namespace-well-formed XML 1.0 without a document type, within [`Limits`], and nothing else: in UTF-8, or in
//! another [`Encoding`], which becomes UTF-8 as it is read. It is one text with views of it, so that what is canonicalised and what is read afterwards cannot differ; [`canonicalize`] writes the canonical
//! octets of a [`Subset`]. [`Document::load`] leaves big text where it is, behind a [`Source`].
//!
//! [`Element`] is a tree to build. [`write()`] has one output form, the exclusive
//! canonical one ([Exclusive XML Canonicalization 1.0], without comments): write an element to digest it, write the document that holds it to
//! send it, and a verifier that canonicalises the received element arrives at the digested bytes. A leaf may be a [`Base64Text`] around a
//! handle `B` to bytes that live elsewhere; the [`Sink`] is told where in the output they belong.
//!
//! ```
//! use canonical_xml::{Document, Element, Limits, NoBlob, to_bytes};
//!
//! let order: Element<NoBlob> = Element::new("urn:example:order", "Order")
//!     .with_attribute("id", "a\"1")
//!     .with_child(Element::new("urn:example:order", "Note").with_text("2 < 3"));
//! let bytes = to_bytes(&order)?;
//! assert_eq!(
//!     bytes,
//!     br#"<Order xmlns="urn:example:order" id="a&quot;1"><Note>2 &lt; 3</Note></Order>"#
//! );
//! let document = Document::parse(&bytes, &Limits::default())?;
//! assert_eq!(document.root().attribute("", "id").as_deref(), Some("a\"1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [Exclusive XML Canonicalization 1.0]: https://www.w3.org/TR/2002/REC-xml-exc-c14n-20020718/

mod canonical;
mod checks;
mod document;
mod element;
mod encoding;
mod error;
mod escape;
mod limits;
mod name;
mod node;
mod pieces;
mod position;
mod reading;
pub mod sorting;
mod write;
mod write_error;

pub use canonical::{Canonicalization, CanonicalizeError, Method, Octets, Subset, canonicalize};
pub use checks::is_ncname;
pub use document::{
    AttributeRef, Document, ElementRef, LoadError, Path, PathError, Piece, Source, Text,
};
pub use element::Element;
pub use encoding::Encoding;
pub use error::{ReadError, ReadErrorKind};
pub use limits::{Limit, Limits};
pub use name::{Name, Shared, XML_NAMESPACE, XMLNS_NAMESPACE};
pub use node::{Attribute, Base64Text, NoBlob, Node};
pub use pieces::Pieces;
pub use position::Position;
pub use write::{Sink, to_bytes, write};
pub use write_error::{WriteError, WriteErrorKind};
