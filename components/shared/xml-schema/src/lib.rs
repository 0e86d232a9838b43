// SPDX-License-Identifier: Apache-2.0
//! Documents judged by XML Schema 1.0, without libxml2, without I/O, within limits.
//!
//! [`Files`] holds everything that a schema may consist of; [`Schema::compile`] reads it; [`Schema::validate`] judges a document and lists each
//! [`Violation`] with line, column, path, rule and what was expected. Three outcomes are kept apart: a document that is wrong, a schema that is wrong or uses what is not
//! supported ([`SchemaError`], with file, line and column), and a document that could not be judged ([`Unjudged`]).
//!
//! ```
//! use canonical_xml::Document;
//! use xml_schema::{Files, Limits, Schema};
//!
//! let mut files = Files::new();
//! files.add(
//!     "order.xsd",
//!     br#"<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:order" elementFormDefault="qualified">
//!           <xs:element name="Order">
//!             <xs:complexType>
//!               <xs:sequence>
//!                 <xs:element name="Date" type="xs:date"/>
//!               </xs:sequence>
//!             </xs:complexType>
//!           </xs:element>
//!         </xs:schema>"#,
//! );
//! let schema = Schema::compile(&files, &["order.xsd"], &Limits::default())?;
//!
//! let right = br#"<Order xmlns="urn:order"><Date>2026-01-31</Date></Order>"#;
//! let document = Document::parse(right, &canonical_xml::Limits::default())?;
//! assert!(schema.validate(&document)?.is_empty());
//!
//! let wrong = br#"<Order xmlns="urn:order"><Date>31.1.2026</Date></Order>"#;
//! let document = Document::parse(wrong, &canonical_xml::Limits::default())?;
//! let violations = schema.validate(&document)?;
//! assert_eq!(
//!     violations[0].to_string(),
//!     "1:26 /Order/Date: the text does not fit the type {http://www.w3.org/2001/XMLSchema}date; \
//!      expected a date, such as `2026-01-31` (cvc-datatype-valid.1)"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builtin;
mod content;
mod doctype;
mod error;
mod files;
mod limits;
mod model;
mod name;
mod outline;
mod pattern;
mod read;
mod schema;
mod simple;
mod validate;
mod value;
mod verdict;
mod wildcard;

pub use error::{SchemaError, SchemaFault};
pub use files::Files;
pub use limits::{Exceeded, Limit, Limits};
pub use name::{QName, XSD_NAMESPACE, XSI_NAMESPACE};
pub use outline::{Declared, DeclaredAttribute, Particle, Term, Text};
pub use schema::Schema;
pub use verdict::{Unjudged, Violation};
