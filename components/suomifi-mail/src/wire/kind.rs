// SPDX-License-Identifier: Apache-2.0
//! What a mail is: a delivery report, a citizen's message, a receipt, or something for somebody to look at. That it came from the service the connection has told; the From field
//! tells only which citizen it is.

use suomifi_messages::{FailureReason, Person, PersonId};

use super::{
    Settings, address::Address, fields::MailFields, incoming::Incoming, receipt::ReceiptRule,
    report::Report, token::reference_of,
};

/// What a mail is.
#[derive(Debug)]
pub enum Kind<'a> {
    /// A relay tells that a message of ours does not arrive.
    Report {
        /// Why.
        reason: FailureReason,
        /// Status code.
        code: String,
        /// What the other relay said.
        text: String,
        /// Whose mailbox it was for.
        recipient: Option<Person>,
        /// The message.
        about: About,
    },
    /// A citizen or a company writes.
    Citizen {
        /// Who.
        sender: Person,
        /// Message of ours that it answers, if it names one.
        about: About,
    },
    /// The service tells the status of a message.
    Receipt {
        /// Rule that recognised it.
        rule: &'a ReceiptRule,
        /// The message.
        about: About,
    },
    /// None of them.
    Unrecognized(Unrecognized),
}

/// Something for somebody to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrecognized {
    /// Stable code.
    pub code: String,
    /// What it is, and what to do.
    pub advice: String,
    /// The message of ours that it is about.
    pub about: About,
}

/// A message of ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Its reference; `None` where none is named.
    pub reference: Option<String>,
    /// Its Message-ID; `None` where that is not named.
    pub message_id: Option<String>,
}

/// Says what a mail is. `envelope_sender` stands for the From field where that has no address.
pub fn kind<'a>(settings: &'a Settings, mail: &Incoming, envelope_sender: &str) -> Kind<'a> {
    if let Some(found) = &mail.report {
        return report(settings, mail, found);
    }
    let fields = &mail.fields;
    let sender = match (fields.only_sender(), fields.from.is_empty()) {
        (Some(sender), _) => sender.address.as_str(),
        (None, true) => envelope_sender,
        (None, false) => {
            let advice = "the mail names several senders, and whose message it is cannot be told; look at it";
            return unrecognized("mail.several-senders", advice, about(settings, mail));
        }
    };
    let citizen = citizen(settings, sender);
    let may_be_receipt = citizen.is_none() || settings.receipts.from_citizens;
    if may_be_receipt && settings.receipts.is_sender(sender) {
        let subject = fields.subject.as_deref().unwrap_or_default();
        if let Some(rule) = settings.receipts.recognise(subject, &mail.body) {
            return Kind::Receipt {
                rule,
                about: about(settings, mail),
            };
        }
    }
    match citizen {
        Some(id) => Kind::Citizen {
            sender: Person {
                id: Some(id),
                unreadable_id: None,
                name: name_of(fields, sender),
            },
            about: answered(settings, mail),
        },
        None => {
            let advice = "the mail is from no citizen's address, and no rule for receipts applies to it; look at it, and if it is a receipt, add a rule to the setting receipts.rules";
            unrecognized("mail.no-rule", advice, about(settings, mail))
        }
    }
}

fn unrecognized(code: &str, advice: &str, about: About) -> Kind<'static> {
    Kind::Unrecognized(Unrecognized {
        code: code.into(),
        advice: advice.into(),
        about,
    })
}

/// The citizen whose address it is.
fn citizen(settings: &Settings, address: &str) -> Option<PersonId> {
    let parts = Address::split(address)?;
    let domain = parts.domain.trim_end_matches('.');
    let is_theirs = domain.eq_ignore_ascii_case(&settings.recipient_domain);
    PersonId::parse(parts.local).filter(|_| is_theirs)
}

/// The name beside the sender's address, where it is more than the address.
fn name_of(fields: &MailFields, address: &str) -> Option<String> {
    let mailbox = fields.only_sender()?;
    let name = mailbox.name.as_deref()?;
    let local = Address::split(address).map_or("", |parts| parts.local);
    let is_more = !name.eq_ignore_ascii_case(address) && !name.eq_ignore_ascii_case(local);
    is_more.then(|| name.to_owned())
}

/// The message of ours that a mail is about: by the token in the subject, then by In-Reply-To and References, then by a token in the body.
fn about(settings: &Settings, mail: &Incoming) -> About {
    let found = answered(settings, mail);
    if found.reference.is_some() {
        return found;
    }
    let reference = settings.token_form().and_then(|form| form.find(&mail.body));
    About {
        reference: reference.map(str::to_owned),
        ..found
    }
}

/// The same without the body, in which a citizen may quote anything.
fn answered(settings: &Settings, mail: &Incoming) -> About {
    let fields = &mail.fields;
    let subject = fields.subject.as_deref().unwrap_or_default();
    by_header(settings, subject, &fields.in_reply_to)
}

fn by_header(settings: &Settings, subject: &str, ids: &[String]) -> About {
    let token = settings.token_form().and_then(|form| form.find(subject));
    let ours = |id: &&String| reference_of(id, &settings.domain).is_some();
    // The last one is the nearest.
    let of_token = ids
        .iter()
        .rev()
        .find(|id| token.is_some() && reference_of(id, &settings.domain) == token);
    let id = of_token.or_else(|| ids.iter().rev().find(ours).filter(|_| token.is_none()));
    let reference = token.or_else(|| reference_of(id?, &settings.domain));
    About {
        reference: reference.map(str::to_owned),
        message_id: id.cloned(),
    }
}

fn report(settings: &Settings, mail: &Incoming, report: &Report) -> Kind<'static> {
    let original = MailFields::read(&report.original);
    let subject = original.subject.as_deref().unwrap_or_default();
    let ids: Vec<String> = original.message_id.into_iter().collect();
    let about = match original.subject.is_none() && ids.is_empty() {
        false => by_header(settings, subject, &ids),
        // Some relays send no header of the mail, and say which it was by their own.
        true => answered(settings, mail),
    };
    let code = match report.status.as_str() {
        "" => report.action.clone(),
        status => status.to_owned(),
    };
    let told = |advice: &str| Unrecognized {
        code: format!("report.{code}"),
        advice: advice.into(),
        about: about.clone(),
    };
    if about.reference.is_none() {
        return Kind::Unrecognized(told(
            "a relay reports on a mail that, by its header, we did not send; look at it",
        ));
    }
    if !report.is_failure() {
        return Kind::Unrecognized(told(
            "a relay reports on a message of ours, and not that it failed: it may be late; there is nothing to do unless a failure follows",
        ));
    }
    let recipient = report
        .recipient
        .as_deref()
        .and_then(|address| citizen(settings, address));
    Kind::Report {
        reason: report.reason(),
        code,
        text: report.diagnostic.clone(),
        recipient: recipient.map(|id| Person {
            id: Some(id),
            unreadable_id: None,
            name: None,
        }),
        about,
    }
}
