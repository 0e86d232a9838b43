// SPDX-License-Identifier: Apache-2.0
//! A request whose operation is known: what all operations share.

use roxmltree::Node;

use super::answer::Writer;
use super::codes::Finding;
use super::fields::{FieldError, business_id, filled, one_of, timestamp};
use super::inspection::{Inspection, Refusal};
use crate::business_id::BusinessId;
use crate::xml::{Children, ShapeError};

/// A request as the handler of its operation gets it.
pub(super) struct Call<'c, 'i: 'c> {
    /// The operation's element.
    pub(super) request: Node<'c, 'i>,
    /// Whom the connection's certificate names.
    pub(super) caller: Option<&'c BusinessId>,
    /// Names, and the spelling of the answer.
    pub(super) writer: Writer<'c>,
}

impl<'c, 'i> Call<'c, 'i> {
    /// The two elements of every request: RequestHeader, and one of this name.
    pub(super) fn parts(&self, name: &str) -> Result<(Node<'c, 'i>, Node<'c, 'i>), ShapeError> {
        let namespace = &self.writer.wire.service_namespace;
        let mut elements = Children::of(self.request)?;
        let header = elements.required(namespace, "RequestHeader")?;
        let second = elements.required(namespace, name)?;
        elements.end()?;
        Ok((header, second))
    }

    /// Checks the header, and that who sends is who it names; yields the intermediary.
    pub(super) fn check_header(
        &self,
        header: Node<'_, '_>,
        inspection: &mut Inspection,
    ) -> Result<BusinessId, Refusal> {
        let intermediary = self.read_header(header);
        let intermediary = intermediary.map_err(Refusal::because(Finding::RequestHeader))?;
        inspection.record.intermediary = Some(intermediary.masked());
        inspection.passed("request-header");
        // Customs derives the caller's identity from the certificate [seed p7].
        if self.caller != Some(&intermediary) {
            return Err(Refusal::message(
                Finding::Connection,
                "the subject serialNumber of the connection's certificate is not the intermediary's Business ID",
            ));
        }
        inspection.passed("connection-identity");
        Ok(intermediary)
    }

    /// The fields of the header (a guess but for the role, guide 2015 p. 14).
    fn read_header(&self, header: Node<'_, '_>) -> Result<BusinessId, FieldError> {
        let wire = self.writer.wire;
        let namespace = &wire.service_namespace;
        let mut fields = Children::of(header)?;
        let intermediary = fields.required(namespace, &wire.intermediary_business_id)?;
        let intermediary = business_id(intermediary)?;
        timestamp(fields.required(namespace, &wire.timestamp)?)?;
        if let Some(language) = fields.optional(namespace, &wire.language) {
            one_of(language, &["FI", "SV", "EN"])?;
        }
        if let Some(software) = fields.optional(namespace, &wire.intermediary_software_info) {
            filled(software)?;
        }
        fields.end()?;
        Ok(intermediary)
    }
}
