// SPDX-License-Identifier: Apache-2.0
//! What each interface has of its own.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The interface that brought it, with what only that interface has.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "interface", rename_all = "kebab-case")]
pub enum Transport {
    /// The SOAP return channel (viranomaispaluukanava).
    ReturnChannel(Box<ReturnChannelTransport>),
    /// The mail interface.
    Mail(Box<MailTransport>),
    /// The REST interface.
    Rest(Box<RestTransport>),
}

/// Shows the interface only.
impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReturnChannel(_) => "ReturnChannel",
            Self::Mail(_) => "Mail",
            Self::Rest(_) => "Rest",
        })
    }
}

/// Fields of a call of the return channel. Texts are as they came.
#[derive(Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReturnChannelTransport {
    /// ViranomaisTunnus.
    pub authority_id: Option<String>,
    /// KayttajaTunnus.
    pub user_id: Option<String>,
    /// SanomaTunniste: the call's own id, for tracing.
    pub call_id: Option<String>,
    /// SanomaVersio.
    pub call_version: Option<String>,
    /// SanomaVarmenneNimi.
    pub certificate_name: Option<String>,
    /// paluukanavaUrl.
    pub return_channel_url: Option<String>,
    /// ViranomaisenEmail, an address each.
    pub authority_addresses: Vec<String>,
    /// All Viittaus.
    pub references: Vec<SoapReference>,
    /// KohteenTila.
    pub code: Option<i64>,
    /// KohteenTilaKuvaus.
    #[schemars(extend("x-personal" = true))]
    pub description: Option<String>,
    /// Nimeke, where it is not the title of a message.
    #[schemars(extend("x-personal" = true))]
    pub title: Option<String>,
    /// LahettajaNimi, where the sender has a more exact name.
    #[schemars(extend("x-personal" = true))]
    pub sender_name: Option<String>,
    /// LahetysPvm or KohteenTilaPvm as written.
    pub time: Option<String>,
    /// Sahkoposti of the customer.
    #[schemars(extend("x-personal" = true))]
    pub customer_mail: Option<String>,
    /// Matkapuhelin of the customer.
    #[schemars(extend("x-personal" = true))]
    pub customer_mobile: Option<String>,
    /// Who signed the call: SHA-256 of the certificate in hexadecimal; null for a call that nobody signed.
    pub signer: Option<String>,
}

/// A reference of the return channel (Viittaus_WS). One that looks like a personal identity code is here and nowhere else, so that there is no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SoapReference {
    /// ViittausTunniste.
    #[schemars(extend("x-personal" = true))]
    pub id: Option<String>,
    /// ViittausTunnisteTyyppi: `AsiointitiliTunniste` or `ViranomaisTunniste`, or what stood there.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// Fields of a mail.
#[derive(Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailTransport {
    /// Message-ID, without angle brackets.
    pub message_id: Option<String>,
    /// In-Reply-To and References, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// Addresses that the mail was for.
    pub to: Vec<String>,
    /// Address of the sender as the mail has it.
    #[schemars(extend("x-personal" = true))]
    pub from: Option<String>,
    /// Subject as the mail has it.
    #[schemars(extend("x-personal" = true))]
    pub subject: Option<String>,
    /// The section "Viestin tiedot" of a citizen's message, taken out of the body; null where there is none.
    #[schemars(extend("x-personal" = true))]
    pub details: Option<String>,
    /// Name of the rule that recognised a receipt; null for all else.
    pub rule: Option<String>,
    /// Address of the relay that the mail came from; null for a mail that we sent.
    pub relay: Option<String>,
    /// Version of TLS that the relay spoke; null without TLS.
    pub tls: Option<String>,
}

/// Fields of the REST interface.
#[derive(Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestTransport {
    /// Type of the event, as it came.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Time of the event, as it came.
    pub event_time: Option<String>,
    /// Metadata of the event, as they came.
    #[schemars(extend("x-personal" = true))]
    pub metadata: Option<Value>,
    /// traceId of the answer: what the service's owner asks for.
    pub trace_id: Option<String>,
    /// Attachments of a citizen's message whose content did not come along, and why.
    pub missing_attachments: Vec<MissingAttachment>,
}

/// An attachment whose content did not come along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MissingAttachment {
    /// Which of the attachments of the message, from 0.
    pub attachment: usize,
    /// Why.
    pub reason: String,
}
