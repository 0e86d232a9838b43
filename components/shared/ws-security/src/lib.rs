// SPDX-License-Identifier: Apache-2.0
//! WS-Security 1.0 with X.509 certificates: SOAP messages whose body and timestamp are signed, made and judged.
//!
//! Neither side holds a key, hashes or reads a clock: the backend do, which in a component are the host's imports.
//!
//! # Verifying
//!
//! [`verify`] takes a [`Document`](canonical_xml::Document), [`Settings`], the time, and a [`Backend`](xml_signature::Backend) that hashes
//! and knows whom to trust. It finds the one security header that is meant for us, the certificate that it names and the one signature
//! in it, and demands that the body *at its place* and the timestamp are what was signed. What it returns, [`Received`], says of every
//! part of the message whether it is covered.
//!
//! # Signing
//!
//! [`prepare`] builds the whole envelope and digests what is signed; whoever holds the key signs [`Prepared::signed_info`]; and
//! [`Prepared::complete`] gives the envelope to send.
//!
//! ```
//! use canonical_xml::{Element, NoBlob, to_bytes};
//! use soap::Version;
//! use ws_security::{Outgoing, Signing, prepare};
//! use xml_signature::SignatureAlgorithm;
//! # fn sha256(_: &[u8]) -> Vec<u8> { vec![0; 32] }
//! # fn sign(_: &[u8]) -> Vec<u8> { vec![0; 256] }
//! # let (certificate, now) = (b"DER".to_vec(), jiff::Timestamp::UNIX_EPOCH);
//!
//! let body: Vec<Element<NoBlob>> = vec![Element::new("urn:example:order", "Order")];
//! let message = Outgoing { version: Version::V11, headers: Vec::new(), body };
//! let signing = Signing::new(SignatureAlgorithm::RsaSha256, certificate, now, "5f0c1e");
//! let prepared = prepare(message, signing, |_, element| to_bytes(element).map(|bytes| sha256(&bytes)))?;
//! let value = sign(prepared.signed_info());
//! let envelope = prepared.complete(&value)?;
//! # assert!(to_bytes(&envelope)?.starts_with(b"<soapenv:Envelope "));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An envelope that is there already is signed in two steps: [`secure`] tells what it lacks, and [`prepare_envelope`] signs it with that
//! put in.
//!
//! Clauses of "WSS" are those of [Web Services Security: SOAP Message Security 1.0], of "X.509 profile" those of
//! [X.509 Certificate Token Profile 1.0].
//!
//! [Web Services Security: SOAP Message Security 1.0]: http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0.pdf
//! [X.509 Certificate Token Profile 1.0]: http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0.pdf

mod error;
mod names;
mod pki_path;
mod received;
mod security;
mod settings;
mod sign;
mod sign_envelope;
mod timestamp;
mod token;
mod verify;

pub use error::{SignError, SignFailure, WsSecurityError, WsSecurityErrorKind, WsSecurityFailure};
pub use names::SECURITY_NAMESPACE;
pub use received::{HeaderBlock, Part, Protection, Received};
pub use settings::{Mode, Settings};
pub use sign::{Outgoing, Prepared, Signing, prepare};
pub use sign_envelope::{Edit, prepare_envelope, secure};
pub use timestamp::Lifetime;
pub use token::{key_source, token_refusal};
pub use verify::verify;
pub use xml_signature::UTILITY_NAMESPACE;
