//! Messages that are looked at in place, in a document whose long texts may have stayed elsewhere.

use canonical_xml::{Document, ElementRef};

use crate::error::{SoapError, SoapErrorKind};
use crate::fault::Fault;
use crate::version::Version;

/// The parts of an envelope in a [`Document`], under the rules of [`open`](crate::open).
#[derive(Clone, Debug)]
pub struct Envelope<'d> {
    version: Version,
    blocks: Vec<ElementRef<'d>>,
    body: ElementRef<'d>,
}

/// What a body in a [`Document`] holds.
#[derive(Clone, Debug)]
pub enum Content<'d> {
    /// Entries, none in an empty body.
    Entries(Vec<ElementRef<'d>>),
    /// A fault.
    Fault(Fault),
}

impl<'d> Envelope<'d> {
    /// Finds at most one header, then exactly one body, and nothing else, all in the namespace that tells the version.
    ///
    /// # Errors
    ///
    /// See [`SoapErrorKind`].
    pub fn of(document: &'d Document<'d>) -> Result<Self, SoapError> {
        Self::find(document).map_err(|(kind, element)| SoapError::at(kind, element))
    }

    /// As [`of`](Self::of), with the element at fault instead of its place.
    ///
    /// # Errors
    ///
    /// See [`SoapErrorKind`].
    pub fn find(document: &'d Document<'d>) -> Result<Self, (SoapErrorKind, ElementRef<'d>)> {
        let root = document.root();
        if root.local() != "Envelope" {
            return Err((SoapErrorKind::NotAnEnvelope, root));
        }
        let version = Version::from_namespace(root.namespace())
            .ok_or((SoapErrorKind::VersionMismatch, root))?;
        let mut parts = root.children().peekable();
        let header = parts.next_if(|part| part.is(version.namespace(), "Header"));
        let body = match parts.next() {
            Some(part) if part.is(version.namespace(), "Body") => part,
            Some(other) => return Err((SoapErrorKind::UnexpectedElement, other)),
            None => return Err((SoapErrorKind::MissingBody, root)),
        };
        if let Some(surplus) = parts.next() {
            return Err((SoapErrorKind::UnexpectedElement, surplus));
        }
        for part in [Some(root), header, Some(body)].into_iter().flatten() {
            if !part.text().is_blank() {
                return Err((SoapErrorKind::UnexpectedText, part));
            }
        }
        Ok(Self {
            version,
            blocks: header.into_iter().flat_map(ElementRef::children).collect(),
            body,
        })
    }

    /// The version; an answer is in the same.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The header blocks.
    pub fn blocks(&self) -> &[ElementRef<'d>] {
        &self.blocks
    }

    /// The body.
    pub fn body(&self) -> ElementRef<'d> {
        self.body
    }

    /// What the body holds.
    ///
    /// # Errors
    ///
    /// [`SoapErrorKind::FaultNotAlone`], and [`SoapErrorKind::FaultTooLarge`] for a fault with a text that was left in the source.
    pub fn content(&self) -> Result<Content<'d>, SoapError> {
        let entries: Vec<_> = self.body.children().collect();
        let is_fault = |entry: &&ElementRef<'d>| entry.is(self.version.namespace(), "Fault");
        let Some(fault) = entries.iter().find(is_fault) else {
            return Ok(Content::Entries(entries));
        };
        if entries.len() > 1 {
            return Err(SoapError::at(SoapErrorKind::FaultNotAlone, *fault));
        }
        let tree = fault.to_tree();
        let tree = tree.ok_or_else(|| SoapError::at(SoapErrorKind::FaultTooLarge, *fault))?;
        Ok(Content::Fault(Fault::from_element(tree, self.version)))
    }

    /// Whom a header block is for, empty if it does not say (SOAP 1.1 §4.2.2; SOAP 1.2 Part 1 §5.2.2).
    pub fn role(&self, block: ElementRef<'_>) -> String {
        self.attribute(block, self.version.role_attribute())
    }

    /// Whether a header block is for the receiver at the end, for whoever comes next, or for one of these roles.
    pub fn is_for_us(&self, block: ElementRef<'_>, roles: &[String]) -> bool {
        let role = self.role(block);
        self.version.is_own_role(&role) || roles.contains(&role)
    }

    /// Whether a header block must be understood by whom it is for. SOAP 1.1 knows 1, SOAP 1.2 is a boolean; the union
    /// refuses rather than overlooks.
    pub fn must_understand(&self, block: ElementRef<'_>) -> bool {
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
