// SPDX-License-Identifier: Apache-2.0
//! What is brought: messages, and states of messages.

use super::attachment::Attachment;

/// Whose mailbox it is.
#[derive(Clone)]
pub struct Customer {
    /// AsiakasTunnus.
    pub id: String,
    /// TunnusTyyppi.
    pub kind: CustomerKind,
    /// Sahkoposti, where it is known.
    pub email: Option<String>,
    /// Matkapuhelin, where it is known.
    pub phone: Option<String>,
}

/// What an id of a customer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CustomerKind {
    /// A personal identity code, `SSN`.
    Person,
    /// A Business ID, `CRN`.
    Company,
}

impl CustomerKind {
    /// TunnusTyyppi.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Person => "SSN",
            Self::Company => "CRN",
        }
    }
}

/// A Kohde of VieKohteita.
#[derive(Clone)]
pub struct Message {
    /// AsiointitiliTunniste.
    pub account_id: String,
    /// Who has written.
    pub sender: Customer,
    /// What is answered; none for a message that begins a thread.
    pub reference: Option<Reference>,
    /// Nimeke.
    pub title: String,
    /// LahetysPvm, an `xs:dateTime`.
    pub sent_at: String,
    /// LahettajaNimi.
    pub sender_name: Option<String>,
    /// KuvausTeksti.
    pub text: String,
    /// Tiedostot.
    pub attachments: Vec<Attachment>,
}

/// A Viittaus.
#[derive(Clone)]
pub struct Reference {
    /// ViittausTunniste.
    pub id: String,
    /// ViittausTunnisteTyyppi.
    pub kind: ReferenceKind,
}

/// What a reference names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReferenceKind {
    /// The service's id of a message.
    AccountId,
    /// The authority's id of a message.
    AuthorityId,
}

impl ReferenceKind {
    /// ViittausTunnisteTyyppi.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::AccountId => "AsiointitiliTunniste",
            Self::AuthorityId => "ViranomaisTunniste",
        }
    }
}

/// A Kohde of VieKohdeTiloja.
#[derive(Clone)]
pub struct StatusReport {
    /// ViranomaisTunniste of the message that it is about.
    pub authority_id: String,
    /// AsiointitiliTunniste.
    pub account_id: String,
    /// To whom the message went.
    pub customer: Customer,
    /// KohteenTila: 200 delivered, 220 opened, 230 acknowledged as received.
    pub state: i32,
    /// KohteenTilaPvm, an `xs:dateTime`.
    pub at: String,
    /// KohteenTilaKuvaus.
    pub description: Option<String>,
    /// Nimeke of the message.
    pub title: Option<String>,
}
