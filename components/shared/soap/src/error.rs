//! What is wrong with an envelope.

use std::fmt;

use canonical_xml::{Element, ElementRef, Position};

/// A document that is no acceptable SOAP message. Its sender is at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SoapError {
    /// What is wrong.
    pub kind: SoapErrorKind,
    /// Where, as local names from the root: `/Envelope/Body`.
    pub path: String,
    /// Where in the document, if it was read from one.
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
    /// The body is missing (SOAP 1.1 §4.3; SOAP 1.2 Part 1 §5.3).
    #[error("the envelope has no body; send exactly one, after the header if there is one")]
    MissingBody,
    /// Something that is not one header followed by one body, all in the namespace of the envelope.
    #[error(
        "this element is not expected here; an envelope holds at most one header, then exactly one body"
    )]
    UnexpectedElement,
    /// Text where only elements belong.
    #[error("text is not expected here; put content into elements")]
    UnexpectedText,
    /// A fault that is not alone in the body (SOAP 1.2 Part 1 §5.4; SOAP 1.1 §4.4 allows one only).
    #[error("the body holds a fault beside other elements; send either a fault or content")]
    FaultNotAlone,
    /// A fault with a text beyond all measure.
    #[error("the fault holds a text that is too long to be read; send a short one")]
    FaultTooLarge,
}

impl SoapError {
    pub(crate) fn at(kind: SoapErrorKind, element: ElementRef<'_>) -> Self {
        Self {
            kind,
            path: element.path(),
            position: Some(element.position()),
        }
    }

    /// `path` is the way to `element`.
    pub(crate) fn new(kind: SoapErrorKind, path: &str, element: &Element) -> Self {
        Self {
            kind,
            path: path.to_owned(),
            position: element.position(),
        }
    }

    /// `parent` is the way to the element above.
    pub(crate) fn below(kind: SoapErrorKind, parent: &str, element: &Element) -> Self {
        Self::new(
            kind,
            &format!("{parent}/{}", element.name().local()),
            element,
        )
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
