// SPDX-License-Identifier: Apache-2.0
//! Asiakas: whose mailbox it is.

use agency_http::AnswerError;
use suomifi_messages::{Person, PersonId};
use ws_security::Part;

use super::{CustomerIds, reader::attribute};

/// Type of a personal identity code (V1.1).
const PERSONAL: &str = "SSN";

/// Type of a Business ID: known from the authorities' side of the service.
const BUSINESS: &str = "CRN";

/// The attributes of an Asiakas as they came. Personal, so that there is no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Customer {
    /// AsiakasTunnus.
    pub id: Option<String>,
    /// TunnusTyyppi.
    pub id_type: Option<String>,
    /// Sahkoposti.
    pub mail: Option<String>,
    /// Matkapuhelin.
    pub mobile: Option<String>,
}

impl Customer {
    pub(super) fn of(element: Part<'_>) -> Self {
        let field = |local| attribute(element, local);
        Self {
            id: field("AsiakasTunnus"),
            id_type: field("TunnusTyyppi"),
            mail: field("Sahkoposti"),
            mobile: field("Matkapuhelin"),
        }
    }

    /// The id, if it is what its type says; where no type is given, what its form says.
    pub fn person_id(&self) -> Option<PersonId> {
        let id = self.id.as_deref()?;
        match self.id_type.as_deref() {
            Some(PERSONAL) => PersonId::personal(id),
            Some(BUSINESS) => PersonId::business(id),
            Some(_) => None,
            None => PersonId::parse(id),
        }
    }

    /// The person, with a name that came beside it. What is no id is kept apart.
    pub fn person(&self, name: Option<&str>) -> Person {
        Person::with_id(self.person_id(), self.id.as_deref(), name)
    }

    /// Judges the id by the settings; `element` is where it stands.
    pub(super) fn check(&self, ids: CustomerIds, element: Part<'_>) -> Result<(), AnswerError> {
        if ids == CustomerIds::Kept || self.id.is_none() || self.person_id().is_some() {
            return Ok(());
        }
        let is_known = |kind: &str| matches!(kind, PERSONAL | BUSINESS);
        let message = match self.id_type.as_deref() {
            Some(kind) if !is_known(kind) => {
                "TunnusTyyppi is neither SSN nor CRN; with the setting customer-ids = \"kept\" the id is kept as it came"
            }
            _ => {
                "AsiakasTunnus is no personal identity code (SSN) or Business ID (CRN) as its type says: form, date or check character are wrong; with the setting customer-ids = \"kept\" it is kept as it came"
            }
        };
        Err(AnswerError {
            code: "customer.invalid-id",
            path: element.path(),
            message: message.into(),
        })
    }
}
