// SPDX-License-Identifier: Apache-2.0
//! Messages that are looked at in place, in a document whose long texts may have stayed elsewhere.

use canonical_xml::{Document, ElementRef};

use crate::error::{SoapError, SoapErrorKind};
use crate::fault::Fault;
use crate::strict;
use crate::version::Version;

/// The parts of an envelope in a [`Document`]: at most one header, then exactly one body, and nothing else, all in the namespace that tells
/// the version.
///
/// SOAP 1.1 §4 lets other elements follow the body. Nobody sends them, and they are a place to hide things from one of
/// two readers, so they are refused in both versions. What else SOAP 1.2 Part 1 §5 demands is demanded of SOAP 1.2.
///
/// The content of the body is not looked at before it is asked for: header blocks that must be understood go first (SOAP 1.2 Part 1 §2.6).
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
    /// Finds the parts.
    ///
    /// # Errors
    ///
    /// See [`SoapErrorKind`].
    pub fn of(document: &'d Document<'d>) -> Result<Self, SoapError> {
        Self::find(document).map_err(|(kind, element)| {
            let error = SoapError::at(kind, element);
            match (kind, document.first_instruction()) {
                (SoapErrorKind::ProcessingInstruction, position @ Some(_)) => {
                    SoapError { position, ..error }
                }
                _ => error,
            }
        })
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
        if version == Version::V12 && document.first_instruction().is_some() {
            return Err((SoapErrorKind::ProcessingInstruction, root));
        }
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
        for part in [Some(root), header].into_iter().flatten() {
            if !part.text().is_blank() {
                return Err((SoapErrorKind::UnexpectedText, part));
            }
        }
        for part in [Some(root), header, Some(body)].into_iter().flatten() {
            strict::check_part(version, part).map_err(|kind| (kind, part))?;
        }
        let blocks: Vec<_> = header.into_iter().flat_map(ElementRef::children).collect();
        for block in &blocks {
            strict::check_block(version, *block).map_err(|kind| (kind, *block))?;
        }
        Ok(Self {
            version,
            blocks,
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

    /// Refuses text directly in the body (SOAP 1.1 §4.3; SOAP 1.2 Part 1 §5.3).
    ///
    /// # Errors
    ///
    /// [`SoapErrorKind::UnexpectedText`], with the body.
    pub fn check_body(&self) -> Result<(), (SoapErrorKind, ElementRef<'d>)> {
        match self.body.text().is_blank() {
            true => Ok(()),
            false => Err((SoapErrorKind::UnexpectedText, self.body)),
        }
    }

    /// What the body holds. To be asked for once the header blocks have been judged, see [`judge_headers`](Self::judge_headers).
    ///
    /// # Errors
    ///
    /// [`SoapErrorKind::UnexpectedText`], [`SoapErrorKind::FaultNotAlone`], [`SoapErrorKind::UnknownEncodingStyle`], and
    /// [`SoapErrorKind::FaultTooLarge`] for a fault with a text that was left in the source.
    pub fn content(&self) -> Result<Content<'d>, SoapError> {
        let body = self.check_body();
        body.map_err(|(kind, element)| SoapError::at(kind, element))?;
        let entries: Vec<_> = self.body.children().collect();
        let is_fault = |entry: &&ElementRef<'d>| entry.is(self.version.namespace(), "Fault");
        let Some(fault) = entries.iter().find(is_fault) else {
            for entry in &entries {
                let checked = strict::check_entry(self.version, *entry);
                checked.map_err(|kind| SoapError::at(kind, *entry))?;
            }
            return Ok(Content::Entries(entries));
        };
        if entries.len() > 1 {
            return Err(SoapError::at(SoapErrorKind::FaultNotAlone, *fault));
        }
        let too_large = || SoapError::at(SoapErrorKind::FaultTooLarge, *fault);
        let fault = Fault::of(*fault, self.version).ok_or_else(too_large)?;
        Ok(Content::Fault(fault))
    }

    /// Whom a header block is for, empty if it does not say (SOAP 1.1 §4.2.2; SOAP 1.2 Part 1 §5.2.2).
    pub fn role(&self, block: ElementRef<'_>) -> String {
        strict::attribute(self.version, block, self.version.role_attribute())
    }

    /// Whether a header block is for the receiver at the end, for whoever comes next, or for one of these roles.
    pub fn is_for_us(&self, block: ElementRef<'_>, roles: &[String]) -> bool {
        let role = self.role(block);
        self.version.is_own_role(&role) || roles.contains(&role)
    }

    /// Whether a header block must be understood by whom it is for. SOAP 1.1 knows 1, SOAP 1.2 is a boolean; the union
    /// refuses rather than overlooks.
    pub fn must_understand(&self, block: ElementRef<'_>) -> bool {
        let value = strict::attribute(self.version, block, "mustUnderstand");
        matches!(value.as_str(), "1" | "true")
    }
}
