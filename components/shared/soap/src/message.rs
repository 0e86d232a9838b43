//! Taking messages apart into trees.

use canonical_xml::{Document, Element, ElementRef};

use crate::document::{Content, Envelope};
use crate::error::{SoapError, SoapErrorKind};
use crate::fault::Fault;
use crate::version::Version;

/// A SOAP message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The version of its envelope; an answer is in the same.
    pub version: Version,
    /// Its header blocks.
    pub headers: Vec<Element>,
    /// What its body holds.
    pub body: Body,
}

/// What a body holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Content entries, none in an empty body.
    Content(Vec<Element>),
    /// A fault.
    Fault(Fault),
}

/// Takes a message that is in memory apart, under the rules of [`Envelope`]. Header blocks are told and not judged.
///
/// # Errors
///
/// See [`SoapErrorKind`]. [`SoapErrorKind::FaultTooLarge`] stands for any part with a text that was left in a source.
pub fn open(document: &Document<'_>) -> Result<Message, SoapError> {
    let envelope = Envelope::of(document)?;
    let tree = |element: &ElementRef<'_>| {
        let tree = element.to_tree();
        tree.ok_or_else(|| SoapError::at(SoapErrorKind::FaultTooLarge, *element))
    };
    let body = match envelope.content()? {
        Content::Entries(entries) => {
            Body::Content(entries.iter().map(tree).collect::<Result<_, _>>()?)
        }
        Content::Fault(fault) => Body::Fault(fault),
    };
    Ok(Message {
        version: envelope.version(),
        headers: envelope
            .blocks()
            .iter()
            .map(tree)
            .collect::<Result<_, _>>()?,
        body,
    })
}

impl Message {
    /// The header blocks that must be understood by whoever this message is for, at its end or next on its way
    /// (SOAP 1.1 §4.2.3; SOAP 1.2 Part 1 §5.2.3). A receiver that does not know one of them must answer with a fault,
    /// [`MustUnderstand`](crate::StandardCode::MustUnderstand), instead of processing.
    pub fn must_understand(&self) -> impl Iterator<Item = &Element> {
        let namespace = self.version.namespace();
        self.headers.iter().filter(move |block| {
            let attribute = |local| {
                block
                    .attribute_ns(namespace, local)
                    .unwrap_or_default()
                    .trim()
            };
            // SOAP 1.1 knows 1, SOAP 1.2 is a boolean; the union refuses rather than overlooks.
            matches!(attribute("mustUnderstand"), "1" | "true")
                && self
                    .version
                    .is_own_role(attribute(self.version.role_attribute()))
        })
    }
}
