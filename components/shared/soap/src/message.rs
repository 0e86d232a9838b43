//! Taking messages apart.

use canonical_xml::{Element, Node};

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
    /// Entries, none in an empty body.
    Content(Vec<Element>),
    /// A fault.
    Fault(Fault),
}

/// Takes an envelope apart: at most one `Header`, then exactly one `Body`, and nothing else, all in the namespace that
/// tells the version.
///
/// SOAP 1.1 §4 lets other elements follow the body. Nobody sends them, and they are a place to hide things from one of
/// two readers, so they are refused in both versions.
///
/// # Errors
///
/// See [`SoapErrorKind`].
pub fn open(root: Element) -> Result<Message, SoapError> {
    let version = version(&root)?;
    let namespace = version.namespace();
    refuse_text(&root, "/Envelope")?;

    let missing_body = SoapError::new(SoapErrorKind::MissingBody, "/Envelope", &root);
    let mut parts = root.into_children().peekable();
    let header = parts.next_if(|part| part.is(namespace, "Header"));
    let body = match parts.next() {
        Some(part) if part.is(namespace, "Body") => part,
        Some(other) => return Err(unexpected("/Envelope", &other)),
        None => return Err(missing_body),
    };
    if let Some(surplus) = parts.next() {
        return Err(unexpected("/Envelope", &surplus));
    }

    if let Some(header) = &header {
        refuse_text(header, "/Envelope/Header")?;
    }
    Ok(Message {
        version,
        headers: header
            .map(Element::into_children)
            .into_iter()
            .flatten()
            .collect(),
        body: open_body(body, version)?,
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

fn version(root: &Element) -> Result<Version, SoapError> {
    let kind = match root.name().local() {
        "Envelope" => SoapErrorKind::VersionMismatch,
        _ => SoapErrorKind::NotAnEnvelope,
    };
    Version::from_namespace(root.name().namespace())
        .filter(|_| kind == SoapErrorKind::VersionMismatch)
        .ok_or_else(|| SoapError::below(kind, "", root))
}

fn open_body(body: Element, version: Version) -> Result<Body, SoapError> {
    refuse_text(&body, "/Envelope/Body")?;
    let mut entries: Vec<Element> = body.into_children().collect();
    let fault = entries
        .iter()
        .position(|entry| entry.is(version.namespace(), "Fault"));
    let Some(fault) = fault else {
        return Ok(Body::Content(entries));
    };
    let fault = entries.swap_remove(fault);
    if !entries.is_empty() {
        return Err(SoapError::below(
            SoapErrorKind::FaultNotAlone,
            "/Envelope/Body",
            &fault,
        ));
    }
    Ok(Body::Fault(Fault::from_element(fault, version)))
}

fn unexpected(parent: &str, element: &Element) -> SoapError {
    SoapError::below(SoapErrorKind::UnexpectedElement, parent, element)
}

/// White space is fine between elements, words are not (SOAP 1.2 Part 1 §5.1).
fn refuse_text(element: &Element, path: &str) -> Result<(), SoapError> {
    let text = |node: &Node| matches!(node, Node::Text(text) if !text.trim_ascii().is_empty());
    if element.nodes().iter().any(text) {
        return Err(SoapError::new(SoapErrorKind::UnexpectedText, path, element));
    }
    Ok(())
}
