// SPDX-License-Identifier: Apache-2.0
//! What the component says of itself.

mod self_tests;

use agency_guest::{
    Problem,
    describe::{
        adjusted_limits, anchor_set, inbound_operation, key_role, limits as usual, published,
        reading_operation, title,
    },
    exports::descriptor::{
        self, AdjustedLimits, Description, Document, EventKind, Idempotency, Limits, Transport,
    },
    json, unknown_operation,
};
use schemars::JsonSchema;
use serde::Deserialize;
use suomifi_messages::{
    CitizenMessage, DeliveryStatus, MessageSent, OutcomeUnresolved, SendFailed, Unrecognized,
};

use crate::wire::Settings;

/// Key role of the client certificate for the relay.
pub(crate) const RELAY_CLIENT: &str = "relay-client";

/// Anchor set of the relays that bring mails.
pub(crate) const RELAYS: &str = "relay";

/// The service sends a mail.
pub(crate) const RECEIVE: &str = "receive-mail";

/// Largest answer of a relay, in bytes: replies are lines.
const LARGEST_ANSWER: u64 = 64 << 10;

/// How soon a relay expects a reply to a mail, in milliseconds: RFC 5321 §4.5.3.2.6 gives it ten minutes; one is plenty.
const ANSWER_MILLISECONDS: u32 = 60_000;

/// An operation that sends a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Sends a message to a citizen.
    SendMessage,
    /// Answers a citizen's message.
    Reply,
}

impl Operation {
    /// The operation of a name.
    pub(crate) fn of(name: &str) -> Result<Self, Problem> {
        let mut all = [Self::SendMessage, Self::Reply].into_iter();
        all.find(|operation| operation.name() == name)
            .ok_or_else(|| unknown_operation(name))
    }

    fn name(self) -> &'static str {
        match self {
            Self::SendMessage => "send-message",
            Self::Reply => "reply",
        }
    }
}

/// Parameters of a message. Its attachments go along.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct SendParameters {
    /// Personal identity code of the recipient; letters in any case.
    #[schemars(extend("x-personal" = true))]
    pub(crate) recipient: String,
    /// Title, in one line. The token with the reference is put behind it.
    #[schemars(extend("x-personal" = true))]
    pub(crate) title: String,
    /// Text, plain.
    #[schemars(extend("x-personal" = true))]
    pub(crate) body: String,
    /// Address for answers and receipts beside the setting `from`, under the agreed domain.
    #[serde(default)]
    pub(crate) reply_to: Option<String>,
    /// Reference of the message, by which receipts and answers are told to be about it: letters, digits, - and _, at most 64, nothing personal. One is made where none is given.
    #[serde(default)]
    pub(crate) reference: Option<String>,
}

/// Parameters of an answer. What it takes of the citizen's message stands in the event `citizen-message`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ReplyParameters {
    /// Personal identity code of the recipient: `sender.id.id` of the event.
    #[schemars(extend("x-personal" = true))]
    pub(crate) recipient: String,
    /// Message-ID of the message that is answered: `transport.messageId` of the event.
    pub(crate) message_id: String,
    /// `transport.inReplyTo` of the event.
    #[serde(default)]
    pub(crate) references: Vec<String>,
    /// `title` of the event. It gets one prefix for answers, and a token of its own.
    #[schemars(extend("x-personal" = true))]
    pub(crate) subject: String,
    /// Text, plain.
    #[schemars(extend("x-personal" = true))]
    pub(crate) body: String,
    /// `body` of the event, if it is to be quoted below the text. A section with the details of the message is left out.
    #[serde(default)]
    #[schemars(extend("x-personal" = true))]
    pub(crate) quoted: Option<String>,
    /// As for a message.
    #[serde(default)]
    pub(crate) reply_to: Option<String>,
    /// As for a message.
    #[serde(default)]
    pub(crate) reference: Option<String>,
}

pub(crate) fn description() -> Description {
    Description {
        agency: "suomifi-mail".into(),
        titles: vec![
            title("en", "Suomi.fi messages, by e-mail"),
            title("fi", "Suomi.fi-viestit, sähköpostirajapinta"),
            title("sv", "Suomi.fi-meddelanden, e-postgränssnittet"),
        ],
        version: env!("CARGO_PKG_VERSION").into(),
        documents: vec![
            Document {
                title: "Suomi.fi-viestit: guide of the mail interface (SMTP)".into(),
                version: "as published until 2025".into(),
                coverage: "Messages, answers, citizens' messages and the seven receipts. Texts of receipts, the layout of \"Viestin tiedot\" and the address of the test environment are not published and are settings."
                    .into(),
            },
            Document {
                title: "RFC 5321, RFC 5322, RFC 2045 to 2047, RFC 2231, RFC 3463, RFC 3464".into(),
                version: "as named".into(),
                coverage: "What a message needs: no Cc, Bcc, HTML or S/MIME; of delivery reports the first recipient.".into(),
            },
        ],
        operations: operations(),
        events: events(),
        key_roles: vec![key_role(
            RELAY_CLIENT,
            "client certificate for the relay, where the setting message.client-certificate asks for one",
        )],
        anchor_sets: vec![anchor_set(
            RELAYS,
            "issuers of the certificates of relays that bring mails, where the setting incoming.relay-certificate asks for one",
        )],
        secret_roles: Vec::new(),
        settings_schema: json::schema::<Settings>(),
        self_tests: self_tests::all(),
    }
}

fn events() -> Vec<EventKind> {
    vec![
        published::<CitizenMessage>(),
        published::<DeliveryStatus>(),
        published::<SendFailed>(),
        published::<MessageSent>(),
        published::<Unrecognized>(),
        published::<OutcomeUnresolved>(),
    ]
}

/// The limits of all operations under these settings.
pub(crate) fn adjusted(settings: &Settings) -> Vec<AdjustedLimits> {
    adjusted_limits(limits(settings))
}

fn operations() -> Vec<descriptor::Operation> {
    let [send, reply, receive] = limits(&Settings::usual());
    let outbound = |(name, limits): (&str, Limits), summary, parameters| descriptor::Operation {
        transport: Transport::Smtp,
        // Mail knows no repetitions: a second sending of the same bytes may be a second message to the citizen.
        idempotency: Idempotency::Never,
        ..reading_operation(name, summary, parameters, limits)
    };
    let (name, limits) = receive;
    let receive = inbound_operation(
        name,
        "A mail comes in: a citizen's message, a receipt, a delivery report, or something to look at.",
        limits,
    );
    vec![
        outbound(
            send,
            "Sends a message to a citizen, with attachments.",
            json::schema::<SendParameters>(),
        ),
        outbound(
            reply,
            "Answers a citizen's message, in its thread.",
            json::schema::<ReplyParameters>(),
        ),
        descriptor::Operation {
            transport: Transport::Smtp,
            ..receive
        },
    ]
}

/// The operations by their names, each with its limits under these settings.
fn limits(settings: &Settings) -> [(&'static str, Limits); 3] {
    let timeout = settings.message.timeout_seconds.saturating_mul(1000);
    let outbound = || Limits {
        attachment_limit: settings.attachments.most,
        ..usual(timeout, LARGEST_ANSWER)
    };
    let receive = Limits {
        response_advice: "raise the setting incoming.largest-mail-bytes".into(),
        ..usual(
            ANSWER_MILLISECONDS,
            settings.incoming.largest_mail_bytes.into(),
        )
    };
    [
        (Operation::SendMessage.name(), outbound()),
        (Operation::Reply.name(), outbound()),
        (RECEIVE, receive),
    ]
}
