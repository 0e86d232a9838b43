// SPDX-License-Identifier: Apache-2.0
//! SOAP 1.1 and 1.2 envelopes and faults. Bytes are `canonical_xml`'s work; nothing here knows transport.
//!
//! [`envelope`] and [`fault`] build, [`Envelope`] reads a message in place. It is strict about the envelope, where a second reading would be
//! a way to smuggle, and lenient within a fault, where any hint is better than none.
//!
//! ```
//! use canonical_xml::{Document, Element, Limits, NoBlob, to_bytes};
//! use soap::{Content, Envelope, Version, envelope};
//!
//! let ping: Element<NoBlob> = Element::new("urn:example", "Ping");
//! let bytes = to_bytes(&envelope(Version::V11, Vec::new(), vec![ping]))?;
//!
//! let document = Document::parse(&bytes, &Limits::default())?;
//! let message = Envelope::of(&document)?;
//! assert_eq!(message.version(), Version::V11);
//! let Content::Entries(entries) = message.content()? else { unreachable!() };
//! assert!(entries.first().is_some_and(|entry| entry.is("urn:example", "Ping")));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Clauses are those of [SOAP 1.1] and [SOAP 1.2 Part 1].
//!
//! [SOAP 1.1]: https://www.w3.org/TR/2000/NOTE-SOAP-20000508/
//! [SOAP 1.2 Part 1]: https://www.w3.org/TR/2007/REC-soap12-part1-20070427/

mod addressing;
mod document;
mod envelope;
mod error;
mod fault;
mod media_type;
mod package;
mod strict;
mod understanding;
mod version;

pub use addressing::{ADDRESSING_NAMESPACES, AddressingFault, Delivery};
pub use document::{Content, Envelope};
pub use envelope::{envelope, fault, not_understood, upgrade};
pub use error::{SoapError, SoapErrorKind};
pub use fault::{Fault, FaultCode, Reason};
pub use media_type::{MULTIPART_RELATED, MediaType, MediaTypeError};
pub use package::{PackageError, RootPart, root_part};
pub use understanding::{HeaderFault, Understood, UnderstoodError};
pub use version::{StandardCode, Version};
