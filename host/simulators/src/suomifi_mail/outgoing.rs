// SPDX-License-Identifier: Apache-2.0
//! Mails to the authority: receipts of its mails, and citizens' messages.

use std::sync::Arc;

use tokio::time::sleep;

use super::check::{self, Check};
use super::citizen::{CitizenMessage, Person};
use super::delivery::Parcel;
use super::kind::MailKind;
use super::misbehaviour::{Misbehaviour, Occasion};
use super::reader::Address;
use super::receipt::{self, ReceiptEvent, Wording};
use super::service::Service;
use super::writer::{Draft, Form, Soundness, TextKind, new_message_id};

/// A mail of the authority's that the relay has.
pub(super) struct Accepted {
    pub(super) recipient: Address,
    pub(super) subject: String,
    pub(super) message_id: String,
    /// Who gets the receipts.
    pub(super) correspondents: Vec<Address>,
    pub(super) events: Vec<ReceiptEvent>,
    /// The rule that it breaks.
    pub(super) breach: Option<Check>,
}

/// Name in From of receipts.
const SERVICE_NAME: &str = "Suomi.fi-viestit";

/// Makes the receipts of a mail, and its reply, one after the other.
pub(super) fn follow(service: &Arc<Service>, accepted: Accepted) {
    let under_way = service.begin();
    let service = service.clone();
    tokio::spawn(async move {
        let act = service.act(Occasion::Receipts);
        let mut events = accepted.events.clone();
        if act == Some(Misbehaviour::OutOfOrder) {
            events.reverse();
        }
        for event in events {
            sleep(service.receipts.delay).await;
            for to in &accepted.correspondents {
                let parcel = receipt_to(&service, &accepted, (event, to), act);
                service.send(parcel).await;
            }
        }
        if service.replies_to_mails && accepted.breach.is_none() {
            let message = reply(&accepted);
            for to in &accepted.correspondents {
                let act = service.act(Occasion::Message);
                let parcel = message_to(
                    &service,
                    &message,
                    (&to.to_string(), Some(&accepted.message_id)),
                    act,
                );
                service.send(parcel).await;
            }
        }
        drop(under_way);
    });
}

fn receipt_to(
    service: &Service,
    accepted: &Accepted,
    (event, to): (ReceiptEvent, &Address),
    act: Option<Misbehaviour>,
) -> Parcel {
    let wording = service.next_wording();
    let subject = match act {
        Some(Misbehaviour::WithoutSubject) => "",
        _ => accepted.subject.as_str(),
    };
    let reason = accepted.breach.and_then(|breach| reason(breach, wording));
    let (title, text) = match act {
        Some(Misbehaviour::UnknownWording) => receipt::unknown_text(subject),
        _ => receipt::text(event, wording, subject, reason),
    };
    let has_thread = act != Some(Misbehaviour::WithoutThread);
    let sender = &service.receipts.sender;
    let draft = Draft {
        from: (SERVICE_NAME.to_owned(), sender.clone()),
        to: to.to_string(),
        subject: title,
        message_id: new_message_id(service.mailbox_domain()),
        in_reply_to: Some(accepted.message_id.clone()).filter(|_| has_thread),
        is_automatic: true,
        text,
        text_kind: TextKind::Plain,
        form: Form::Utf8QuotedPrintable,
        attachments: Vec::new(),
        soundness: Soundness::Sound,
    };
    let wording = Some(wording).filter(|_| act != Some(Misbehaviour::UnknownWording));
    Parcel::new(MailKind::Receipt(event, wording), sender, draft, act)
}

/// A citizen's message to an address, or the reply to a mail of this Message-ID.
pub(super) fn message_to(
    service: &Service,
    message: &CitizenMessage,
    (to, in_reply_to): (&str, Option<&str>),
    act: Option<Misbehaviour>,
) -> Parcel {
    let sender = message.address(service.mailbox_domain());
    let kind = match in_reply_to {
        Some(_) => MailKind::Reply,
        None => MailKind::Message,
    };
    let draft = Draft {
        from: (message.sender.name.clone(), sender.clone()),
        to: to.to_owned(),
        subject: message.title.clone(),
        message_id: new_message_id(service.mailbox_domain()),
        in_reply_to: in_reply_to.map(str::to_owned),
        is_automatic: false,
        text: message.body(&service.details),
        text_kind: TextKind::Plain,
        form: message.form,
        attachments: message.attachments.clone(),
        soundness: Soundness::Sound,
    };
    Parcel::new(kind, &sender, draft, act)
}

/// What the citizen who got a mail might say to it.
fn reply(accepted: &Accepted) -> CitizenMessage {
    let sender = Person {
        name: "Maija Mäkeläinen".to_owned(),
        identity_code: accepted.recipient.local.clone(),
    };
    CitizenMessage::new(
        sender,
        format!("VS: {}", accepted.subject),
        "Kiitos viestistä.\n\nTerveisin\nMaija",
    )
}

/// Why a mail failed, as a receipt says it.
fn reason(breach: Check, wording: Wording) -> Option<&'static str> {
    let (finnish, swedish) = match breach.name {
        name if name == check::ATTACHMENT_TYPES.name => (
            "liitteen tiedostomuoto ei ole sallittu",
            "bilagans filformat är inte tillåtet",
        ),
        name if name == check::ATTACHMENT_SIZES.name => {
            ("liitteet ovat liian suuria", "bilagorna är för stora")
        }
        name if name == check::PLAIN_TEXT.name => (
            "viestin on oltava pelkkää tekstiä",
            "meddelandet ska vara ren text",
        ),
        name if name == check::CHARSET.name => (
            "viestin merkistö ei ole sallittu",
            "meddelandets teckenuppsättning är inte tillåten",
        ),
        name if name == check::MIME.name => ("viestiä ei voi lukea", "meddelandet kan inte läsas"),
        name if name == check::MAILBOX.name => (
            "vastaanottaja ei käytä palvelua",
            "mottagaren använder inte tjänsten",
        ),
        _ => return None,
    };
    Some(match wording {
        Wording::Swedish => swedish,
        _ => finnish,
    })
}
