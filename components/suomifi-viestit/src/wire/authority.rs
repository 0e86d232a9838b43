// SPDX-License-Identifier: Apache-2.0
//! Viranomainen: whom a call is for, and what it is called (V1.1, table 3).

use agency_http::AnswerError;
use canonical_xml::Document;
use soap::Envelope;
use ws_security::Part;

use super::{
    CallCode, CallRefusal, Settings, Shape, ViranomainenField,
    reader::{check_sequence, child, token},
};

/// Its children, in the order of the WSDL.
const SEQUENCE: [&str; 6] = [
    "ViranomaisTunnus",
    "PalveluTunnus",
    "KayttajaTunnus",
    "SanomaTunniste",
    "SanomaVersio",
    "SanomaVarmenneNimi",
];

/// Viranomainen as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authority {
    /// ViranomaisTunnus: a free string, such as `Vero`, or a Business ID.
    pub authority_id: Option<String>,
    /// PalveluTunnus.
    pub service_id: Option<String>,
    /// KayttajaTunnus.
    pub user_id: Option<String>,
    /// SanomaTunniste.
    pub call_id: Option<String>,
    /// SanomaVersio.
    pub call_version: Option<String>,
    /// SanomaVarmenneNimi.
    pub certificate_name: Option<String>,
}

impl Authority {
    /// What a call says that nobody has vouched for yet, as far as it can be read. For the answer, and for nothing else.
    pub fn unverified(settings: &Settings, document: &Document<'_>) -> Self {
        let envelope = Envelope::of(document).ok();
        let called = envelope.and_then(|envelope| envelope.body().children().next());
        let read = called.and_then(|called| Self::read(settings, Part::Unsigned(called)).ok());
        read.unwrap_or_default()
    }

    /// Reads it from an operation's element.
    pub(super) fn read(settings: &Settings, called: Part<'_>) -> Result<Self, AnswerError> {
        let Some(element) = child(called, "Viranomainen")? else {
            return Ok(Self::default());
        };
        if settings.shape == Shape::Strict {
            check_sequence(element, &SEQUENCE)?;
        }
        let field = |local| token(element, local);
        Ok(Self {
            authority_id: field("ViranomaisTunnus")?,
            service_id: field("PalveluTunnus")?,
            user_id: field("KayttajaTunnus")?,
            call_id: field("SanomaTunniste")?,
            call_version: field("SanomaVersio")?,
            certificate_name: field("SanomaVarmenneNimi")?,
        })
    }

    fn field(&self, field: ViranomainenField) -> Option<&str> {
        match field {
            ViranomainenField::ViranomaisTunnus => self.authority_id.as_deref(),
            ViranomainenField::PalveluTunnus => self.service_id.as_deref(),
            ViranomainenField::KayttajaTunnus => self.user_id.as_deref(),
            ViranomainenField::SanomaTunniste => self.call_id.as_deref(),
            ViranomainenField::SanomaVersio => self.call_version.as_deref(),
            ViranomainenField::SanomaVarmenneNimi => self.certificate_name.as_deref(),
        }
    }

    /// Judges it by the settings: what has to be there, and whom is served here.
    pub(super) fn check(&self, settings: &Settings, path: &str) -> Result<(), CallRefusal> {
        let at = |field: &str| format!("{path}/Viranomainen/{field}");
        let mut required = settings.required_fields.iter();
        if let Some(missing) = required.find(|field| self.field(**field).is_none()) {
            let error = AnswerError {
                code: "call.incomplete",
                path: at(missing.name()),
                message: format!(
                    "{} is missing or empty; the setting required-fields says that it has to be there",
                    missing.name()
                ),
            };
            return Err(CallRefusal::new(CallCode::INVALID, error));
        }
        for (value, listed, setting, name, code, problem) in [
            (
                &self.authority_id,
                &settings.authority_ids,
                "authority-ids",
                "ViranomaisTunnus",
                CallCode::OTHER_AUTHORITY,
                "call.other-authority",
            ),
            (
                &self.service_id,
                &settings.service_ids,
                "service-ids",
                "PalveluTunnus",
                CallCode::OTHER_SERVICE,
                "call.other-service",
            ),
            (
                &self.certificate_name,
                &settings.certificate_names,
                "certificate-names",
                "SanomaVarmenneNimi",
                CallCode::OTHER_AUTHORITY,
                "call.other-certificate-name",
            ),
        ] {
            // Without the field there is nothing to compare, and whether it may be missing is said elsewhere.
            let Some(value) = value else { continue };
            if !listed.is_empty() && !listed.contains(value) {
                let error = AnswerError {
                    code: problem,
                    path: at(name),
                    message: format!("{name} is not in the setting {setting}"),
                };
                return Err(CallRefusal::new(code, error));
            }
        }
        Ok(())
    }
}
