// SPDX-License-Identifier: Apache-2.0
//! What became of messages, in the order of time.

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use super::clock::{after, date_time};

/// What the service makes of a message, and when: `created` counts from the acceptance, the others from `created`. By
/// default all of it happens at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPlan {
    /// The message is in the mailbox, or routed to paper.
    pub created: Duration,
    /// The recipient opens it; never without.
    pub read: Option<Duration>,
    /// Verifiable and electronic: the recipient confirms it; never without.
    pub receipt: Option<Duration>,
    /// Paper: it goes to printing and enveloping; never without.
    pub printing: Option<Duration>,
    /// Verifiable paper: Posti tells how it ended; never without.
    pub posti: Option<Duration>,
    /// Verifiable paper: how it ends. Default [`PostiOutcome::Confirmed`].
    pub posti_outcome: PostiOutcome,
    /// What stands in `receiptConfirmedBy` and `recipientSignature`. Default a made-up name.
    pub confirmed_by: String,
}

impl Default for EventPlan {
    fn default() -> Self {
        Self {
            created: Duration::ZERO,
            read: Some(Duration::ZERO),
            receipt: Some(Duration::ZERO),
            printing: Some(Duration::ZERO),
            posti: Some(Duration::ZERO),
            posti_outcome: PostiOutcome::Confirmed,
            confirmed_by: "Aino Esimerkki".to_owned(),
        }
    }
}

/// How a verifiable message on paper ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PostiOutcome {
    /// Handed over and signed for.
    Confirmed,
    /// Returned to the sender.
    Returned,
    /// Not known when Posti stopped looking.
    Unresolved,
}

/// Something that became of a message that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatusChange {
    /// `Electronic message created`: it is in the mailbox.
    Created,
    /// `Electronic message read`.
    Read,
    /// `Receipt confirmed`.
    ReceiptConfirmed,
    /// `Paper mail created`: it was routed to paper.
    PaperCreated,
    /// `Sent for printing and enveloping`.
    SentForPrinting,
    /// Posti tells how verifiable paper ended.
    Posti(PostiOutcome),
}

impl StatusChange {
    /// The type of the event, as it stands on the wire.
    pub fn event_type(self) -> &'static str {
        match self {
            Self::Created => "Electronic message created",
            Self::Read => "Electronic message read",
            Self::ReceiptConfirmed => "Receipt confirmed",
            Self::PaperCreated => "Paper mail created",
            Self::SentForPrinting => "Sent for printing and enveloping",
            Self::Posti(PostiOutcome::Confirmed) => "Posti: receipt confirmed",
            Self::Posti(PostiOutcome::Returned) => "Posti: returned to sender",
            Self::Posti(PostiOutcome::Unresolved) => "Posti: unresolved",
        }
    }
}

/// The type of the event of a citizen's message.
const FROM_END_USER: &str = "Electronic message from end user";

/// Whose event it is.
#[derive(Debug, Clone)]
pub(super) struct Subject {
    pub(super) message_id: i64,
    pub(super) service_id: String,
    /// Of a message that was sent.
    pub(super) external_id: Option<String>,
}

/// Events, sorted by time. New ones are never earlier than what has been listed, so that a place in the list stays what
/// it is.
#[derive(Default)]
pub(super) struct EventLog {
    entries: Vec<Entry>,
}

struct Entry {
    at: SystemTime,
    subject: Subject,
    event_type: &'static str,
    /// What only this type has.
    more: Vec<(&'static str, String)>,
}

/// A part of the list.
pub(super) struct Page {
    pub(super) events: Vec<Value>,
    /// Where the next part begins.
    pub(super) next: usize,
}

impl EventLog {
    /// A message was sent: all that is planned to become of it.
    pub(super) fn plan(
        &mut self,
        plan: &EventPlan,
        subject: &Subject,
        changes: &[(StatusChange, Option<Duration>)],
        now: SystemTime,
    ) {
        for (change, delay) in changes {
            if let Some(delay) = delay {
                self.happen(plan, subject, *change, after(now, *delay));
            }
        }
    }

    pub(super) fn happen(
        &mut self,
        plan: &EventPlan,
        subject: &Subject,
        change: StatusChange,
        at: SystemTime,
    ) {
        let name = || plan.confirmed_by.clone();
        // Not Posti's own form: nobody can mistake it for a real one.
        let code = || format!("SIMULATED{}", subject.message_id);
        let more = match change {
            StatusChange::ReceiptConfirmed => vec![("receiptConfirmedBy", name())],
            StatusChange::Posti(PostiOutcome::Confirmed) => {
                vec![
                    ("postiTrackingCode", code()),
                    ("recipientSignature", name()),
                ]
            }
            StatusChange::Posti(_) => vec![("postiTrackingCode", code())],
            _ => Vec::new(),
        };
        self.insert(Entry {
            at,
            subject: subject.clone(),
            event_type: change.event_type(),
            more,
        });
    }

    /// A citizen has written.
    pub(super) fn written_by_end_user(&mut self, subject: Subject, at: SystemTime) {
        self.insert(Entry {
            at,
            subject,
            event_type: FROM_END_USER,
            more: Vec::new(),
        });
    }

    fn insert(&mut self, entry: Entry) {
        let place = self.entries.partition_point(|own| own.at <= entry.at);
        self.entries.insert(place, entry);
    }

    /// What has happened by now and is still kept, from a place on; `None` for a place that has not been reached.
    pub(super) fn page(
        &self,
        from: usize,
        now: SystemTime,
        retention: Duration,
        size: usize,
    ) -> Option<Page> {
        let happened = self.entries.partition_point(|entry| entry.at <= now);
        if from > happened {
            return None;
        }
        let gone = |entry: &Entry| after(entry.at, retention) <= now;
        let from = from.max(self.entries.partition_point(gone));
        let next = from.saturating_add(size).min(happened);
        let events = self.entries.get(from..next).unwrap_or_default();
        Some(Page {
            events: events.iter().map(Entry::json).collect(),
            next: next.max(from),
        })
    }
}

impl Entry {
    fn json(&self) -> Value {
        let mut metadata = Map::new();
        metadata.insert("messageId".to_owned(), self.subject.message_id.into());
        metadata.insert(
            "serviceId".to_owned(),
            self.subject.service_id.clone().into(),
        );
        if let Some(id) = &self.subject.external_id {
            metadata.insert("externalId".to_owned(), id.clone().into());
        }
        for (name, value) in &self.more {
            metadata.insert((*name).to_owned(), value.clone().into());
        }
        json!({"type": self.event_type, "eventTime": date_time(self.at), "metadata": metadata})
    }
}
