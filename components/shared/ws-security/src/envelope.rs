//! The envelope in its place, and whom its header blocks are for.

use canonical_xml::{Document, ElementRef};
use soap::{SoapErrorKind, Version};

use crate::error::{WsSecurityError, WsSecurityErrorKind};

/// The parts of an envelope.
pub(crate) struct Envelope<'d> {
    pub(crate) version: Version,
    pub(crate) blocks: Vec<ElementRef<'d>>,
    pub(crate) body: ElementRef<'d>,
}

impl<'d> Envelope<'d> {
    /// At most one header, then exactly one body, and nothing else, all in the namespace that tells the version: as
    /// [`soap::open`] reads trees.
    pub(crate) fn of(document: &'d Document<'d>) -> Result<Self, WsSecurityError> {
        let root = document.root();
        if root.local() != "Envelope" {
            return Err(refusal(root, SoapErrorKind::NotAnEnvelope));
        }
        let version = Version::from_namespace(root.namespace())
            .ok_or_else(|| refusal(root, SoapErrorKind::VersionMismatch))?;
        let mut parts = root.children().peekable();
        let header = parts.next_if(|part| part.is(version.namespace(), "Header"));
        let body = match parts.next() {
            Some(part) if part.is(version.namespace(), "Body") => part,
            Some(other) => return Err(refusal(other, SoapErrorKind::UnexpectedElement)),
            None => return Err(refusal(root, SoapErrorKind::MissingBody)),
        };
        if let Some(surplus) = parts.next() {
            return Err(refusal(surplus, SoapErrorKind::UnexpectedElement));
        }
        for part in [Some(root), header, Some(body)].into_iter().flatten() {
            if !part.text().is_blank() {
                return Err(refusal(part, SoapErrorKind::UnexpectedText));
            }
        }
        Ok(Self {
            version,
            blocks: header.into_iter().flat_map(ElementRef::children).collect(),
            body,
        })
    }

    /// Whom a header block is for, empty if it does not say (SOAP 1.1 §4.2.2; SOAP 1.2 Part 1 §5.2.2).
    pub(crate) fn role(&self, block: ElementRef<'_>) -> String {
        let attribute = match self.version {
            Version::V11 => "actor",
            Version::V12 => "role",
        };
        self.attribute(block, attribute)
    }

    /// Whether a header block is for the receiver at the end, for whoever comes next, or for one of these roles.
    pub(crate) fn is_for_us(&self, block: ElementRef<'_>, roles: &[String]) -> bool {
        let role = self.role(block);
        let is_standard = match self.version {
            Version::V11 => matches!(
                role.as_str(),
                "" | "http://schemas.xmlsoap.org/soap/actor/next"
            ),
            Version::V12 => matches!(
                role.as_str(),
                "" | "http://www.w3.org/2003/05/soap-envelope/role/next"
                    | "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver"
            ),
        };
        is_standard || roles.contains(&role)
    }

    /// Whether a header block must be understood by whom it is for. SOAP 1.1 knows 1, SOAP 1.2 is a boolean; the union
    /// refuses rather than overlooks.
    pub(crate) fn must_understand(&self, block: ElementRef<'_>) -> bool {
        matches!(
            self.attribute(block, "mustUnderstand").as_str(),
            "1" | "true"
        )
    }

    fn attribute(&self, block: ElementRef<'_>, local: &str) -> String {
        let value = block.attribute(self.version.namespace(), local);
        value.unwrap_or_default().trim().to_owned()
    }
}

fn refusal(element: ElementRef<'_>, kind: SoapErrorKind) -> WsSecurityError {
    WsSecurityError::at(element, WsSecurityErrorKind::Envelope(kind))
}
