// SPDX-License-Identifier: Apache-2.0
//! What is wrong with an envelope.

use std::fmt;

use canonical_xml::{ElementRef, Position};

use crate::version::StandardCode;

/// A document that is no acceptable SOAP message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SoapError {
    /// What is wrong.
    pub kind: SoapErrorKind,
    /// Where, as local names from the root: `/Envelope/Body`.
    pub path: String,
    /// Where in the document.
    pub position: Option<Position>,
}

/// What is wrong, and so what to ask of the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SoapErrorKind {
    /// The root element is something else.
    #[error(
        "this is no SOAP envelope; check that the address is that of the SOAP service and look at the HTTP status"
    )]
    NotAnEnvelope,
    /// An envelope of no version known here. A receiver answers it with that fault code (SOAP 1.1 §4.4.1;
    /// SOAP 1.2 Part 1 §2.8).
    #[error(
        "the namespace of the envelope is neither that of SOAP 1.1 nor that of SOAP 1.2; send one of these"
    )]
    VersionMismatch,
    /// A processing instruction, anywhere in a SOAP 1.2 message (Part 1 §5).
    #[error("a SOAP 1.2 message holds no processing instructions; leave them out")]
    ProcessingInstruction,
    /// The body is missing (SOAP 1.1 §4.3; SOAP 1.2 Part 1 §5.3).
    #[error("the envelope has no body; send exactly one, after the header if there is one")]
    MissingBody,
    /// Something that is not one header followed by one body, all in the namespace of the envelope.
    #[error(
        "this element is not expected here; an envelope holds at most one header, then exactly one body"
    )]
    UnexpectedElement,
    /// An attribute in no namespace on `Envelope`, `Header` or `Body` of SOAP 1.2 (Part 1 §5.1 to §5.3).
    #[error("attributes of this element have to be in a namespace; qualify them or leave them out")]
    UnqualifiedAttribute,
    /// `encodingStyle` where SOAP 1.2 has none (Part 1 §5.1.1).
    #[error(
        "encodingStyle may stand on header blocks, on what the body holds and within these, and not here; leave it out"
    )]
    MisplacedEncodingStyle,
    /// `encodingStyle` of another encoding than none and that of SOAP 1.2 Part 2 §3.
    #[error(
        "the encodingStyle is not known here; send plain XML, without encodingStyle or with that of no encoding"
    )]
    UnknownEncodingStyle,
    /// A header block in no namespace (SOAP 1.2 Part 1 §5.2.1).
    #[error("a header block has to be in a namespace; qualify it or leave it out")]
    UnqualifiedBlock,
    /// `mustUnderstand` or `relay` with a value that is no boolean (SOAP 1.1 §4.2.3; SOAP 1.2 Part 1 §5.2.3, §5.2.4).
    #[error(
        "mustUnderstand and relay are booleans; write 1, 0, true or false, and in SOAP 1.1 1 or 0"
    )]
    NotABoolean,
    /// `role` or `actor` with a value that is no URI (SOAP 1.1 §4.2.2; SOAP 1.2 Part 1 §5.2.2).
    #[error("the role of a header block has to be a URI; correct it or leave it out")]
    RoleNotAUri,
    /// Text where only elements belong.
    #[error("text is not expected here; put content into elements")]
    UnexpectedText,
    /// A fault that is not alone in the body (SOAP 1.2 Part 1 §5.4; SOAP 1.1 §4.4 allows one only).
    #[error("the body holds a fault beside other elements; send either a fault or content")]
    FaultNotAlone,
    /// A fault with a text that was left in the source.
    #[error(
        "the fault holds a text of more than 8 kilobytes, and none that long is read here, which is a fixed limit of the receiver; send a short one"
    )]
    FaultTooLarge,
}

impl SoapErrorKind {
    /// The code of the fault that a receiver answers such a message with.
    pub fn fault_code(self) -> StandardCode {
        match self {
            Self::VersionMismatch => StandardCode::VersionMismatch,
            Self::UnknownEncodingStyle => StandardCode::DataEncodingUnknown,
            _ => StandardCode::Sender,
        }
    }
}

impl SoapError {
    pub(crate) fn at(kind: SoapErrorKind, element: ElementRef<'_>) -> Self {
        Self {
            kind,
            path: element.path(),
            position: Some(element.position()),
        }
    }
}

impl fmt::Display for SoapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if let Some(position) = self.position {
            write!(f, " (line {}, column {})", position.line, position.column)?;
        }
        write!(f, ": {}", self.kind)
    }
}

impl std::error::Error for SoapError {}
