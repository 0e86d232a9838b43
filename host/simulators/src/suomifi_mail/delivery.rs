// SPDX-License-Identifier: Apache-2.0
//! What became of a mail to the authority, and how it is shown.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::identity_code::masked;
use super::kind::MailKind;
use super::misbehaviour::Misbehaviour;
use super::receipt::Wording;
use super::writer::{Draft, Soundness, TextKind};
use crate::misbehaviour::Misbehaving;
use crate::simulator::Event;

/// A mail ready to go.
pub(super) struct Parcel {
    pub(super) kind: MailKind,
    /// Envelope.
    pub(super) sender: String,
    pub(super) to: String,
    pub(super) message_id: String,
    pub(super) in_reply_to: Option<String>,
    pub(super) form: &'static str,
    pub(super) attachments: usize,
    pub(super) mail: Vec<u8>,
    pub(super) misbehaviour: Option<Misbehaviour>,
}

impl Parcel {
    pub(super) fn new(
        kind: MailKind,
        sender: &str,
        draft: Draft,
        misbehaviour: Option<Misbehaviour>,
    ) -> Self {
        let draft = draft.spoilt(misbehaviour);
        Self {
            kind,
            sender: sender.to_owned(),
            mail: draft.write(),
            to: draft.to,
            message_id: draft.message_id,
            in_reply_to: draft.in_reply_to,
            form: draft.form.name(),
            attachments: draft.attachments.len(),
            misbehaviour,
        }
    }
}

/// Somebody else, for forgeries.
const FORGER: &str = "noreply@suomi.example";

impl Draft {
    /// Spoilt by a misbehaviour that concerns how a mail is written.
    fn spoilt(mut self, act: Option<Misbehaviour>) -> Self {
        match act {
            Some(Misbehaviour::HtmlOnly) => self.text_kind = TextKind::Html,
            Some(Misbehaviour::BrokenMime) => self.soundness = Soundness::Broken,
            Some(Misbehaviour::ForgedFrom) => self.from.1 = FORGER.to_owned(),
            _ => {}
        }
        self
    }
}

/// A mail to the authority. `Debug` does not show the mail.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailDelivery {
    /// When it was made.
    pub at: SystemTime,
    /// What it is.
    pub kind: MailKind,
    /// Address of the authority.
    pub to: String,
    /// Its Message-ID.
    pub message_id: String,
    /// Message-ID of the authority's mail that it is about or answers.
    pub in_reply_to: Option<String>,
    /// Name of the [`Form`](super::Form) of its text.
    pub form: &'static str,
    /// How many attachments it has.
    pub attachments: usize,
    /// The mail as it goes, before dots are doubled.
    pub mail: Vec<u8>,
    /// What is wrong with it, on purpose.
    pub misbehaviour: Option<Misbehaviour>,
    /// Name of its file in the folder, if it is written into one.
    pub file: Option<String>,
    /// Why there is no such file.
    pub file_problem: Option<String>,
    /// How it was sent, if it was to be.
    pub attempts: Vec<MailAttempt>,
}

/// One attempt at a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MailAttempt {
    /// When it began.
    pub at: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// The reply that decided; none if there was none.
    pub code: Option<u16>,
    /// Why the mail was not taken; none if it was.
    pub problem: Option<String>,
}

impl MailDelivery {
    pub(super) fn new(parcel: &Parcel) -> Self {
        Self {
            at: SystemTime::now(),
            kind: parcel.kind,
            to: parcel.to.clone(),
            message_id: parcel.message_id.clone(),
            in_reply_to: parcel.in_reply_to.clone(),
            form: parcel.form,
            attachments: parcel.attachments,
            mail: parcel.mail.clone(),
            misbehaviour: parcel.misbehaviour,
            file: None,
            file_problem: None,
            attempts: Vec::new(),
        }
    }

    /// Whether the authority's server has taken it.
    pub fn is_taken(&self) -> bool {
        self.attempts
            .last()
            .is_some_and(|attempt| attempt.problem.is_none())
    }

    /// What it is, for programs: no address of a citizen, nothing of what is written.
    pub(super) fn description(&self) -> Value {
        let (event, wording) = match self.kind {
            MailKind::Receipt(event, wording) => (Some(event.name()), wording.map(Wording::name)),
            MailKind::Message | MailKind::Reply => (None, None),
        };
        json!({
            "kind": self.kind.name(),
            "event": event,
            "wording": wording,
            "to": masked(&self.to),
            "messageId": self.message_id,
            "inReplyTo": self.in_reply_to.as_deref().map(masked),
            "form": self.form,
            "attachments": self.attachments,
            "size": self.mail.len(),
            "file": self.file,
            "misbehaviour": self.misbehaviour.as_ref().map(Misbehaviour::name),
        })
    }

    /// One for each attempt, or one for the mail that is not sent.
    pub fn events(&self) -> Vec<Event> {
        let event = |at, verdict, code: Option<u16>, reason: Option<&String>, more: Value| {
            let mut details = self.description();
            if let (Value::Object(details), Value::Object(more)) = (&mut details, more) {
                details.extend(more);
            }
            Event {
                at,
                operation: Some(self.operation()),
                verdict,
                code: code.map(|code| code.to_string()),
                reason: reason.cloned(),
                details,
            }
        };
        let file = self
            .file_problem
            .as_ref()
            .map(|problem| event(self.at, "failed", None, Some(problem), Value::Null));
        let written = (self.attempts.is_empty() && self.file_problem.is_none()).then(|| {
            let verdict = if self.file.is_some() {
                "written"
            } else {
                "made"
            };
            event(self.at, verdict, None, None, Value::Null)
        });
        let sent = (1_u32..).zip(&self.attempts).map(|(number, attempt)| {
            let verdict = if attempt.problem.is_none() {
                "answered"
            } else {
                "failed"
            };
            let milliseconds = u64::try_from(attempt.took.as_millis()).ok();
            let more = json!({"attempt": number, "milliseconds": milliseconds});
            event(
                attempt.at,
                verdict,
                attempt.code,
                attempt.problem.as_ref(),
                more,
            )
        });
        file.into_iter().chain(written).chain(sent).collect()
    }

    fn operation(&self) -> String {
        match self.kind {
            MailKind::Receipt(event, _) => format!("receipt {}", event.name()),
            kind => kind.name().to_owned(),
        }
    }
}

impl fmt::Debug for MailDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailDelivery")
            .field("kind", &self.kind)
            .field("misbehaviour", &self.misbehaviour)
            .field("size", &self.mail.len())
            .field("file", &self.file)
            .field("file_problem", &self.file_problem)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}
