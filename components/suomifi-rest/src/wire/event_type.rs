// SPDX-License-Identifier: Apache-2.0
//! Types of events (description, `GET /v2/events`), and what each says of a message.

use suomifi_messages::Status;

/// What has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventType {
    /// A message is in a mailbox.
    Created,
    /// It was opened.
    Read,
    /// It was confirmed (verifiable service).
    Confirmed,
    /// A citizen has written.
    FromEndUser,
    /// A message goes on paper.
    PaperCreated,
    /// The printing service has it.
    HandedToPrinter,
    /// The letter was handed over (verifiable service).
    PaperConfirmed,
    /// The letter came back.
    PaperReturned,
    /// Whether the letter was handed over could not be found out.
    PaperUnresolved,
}

/// The types by their words on the wire, with the name that events have for them and the status that they mean.
pub(super) const TYPES: [(&str, EventType, &str, Option<Status>); 9] = [
    (
        "Electronic message created",
        EventType::Created,
        "created",
        Some(Status::Delivered),
    ),
    (
        "Electronic message read",
        EventType::Read,
        "read",
        Some(Status::Opened),
    ),
    (
        "Receipt confirmed",
        EventType::Confirmed,
        "confirmed",
        Some(Status::Acknowledged),
    ),
    (
        "Electronic message from end user",
        EventType::FromEndUser,
        "from-end-user",
        None,
    ),
    (
        "Paper mail created",
        EventType::PaperCreated,
        "paper-created",
        Some(Status::PaperCreated),
    ),
    (
        "Sent for printing and enveloping",
        EventType::HandedToPrinter,
        "handed-to-printer",
        Some(Status::PaperHandedToPrinter),
    ),
    (
        "Posti: receipt confirmed",
        EventType::PaperConfirmed,
        "paper-confirmed",
        Some(Status::PaperAcknowledged),
    ),
    (
        "Posti: returned to sender",
        EventType::PaperReturned,
        "paper-returned",
        Some(Status::PaperReturned),
    ),
    (
        "Posti: unresolved",
        EventType::PaperUnresolved,
        "paper-unresolved",
        Some(Status::PaperUnresolved),
    ),
];

impl EventType {
    /// The type of these words. Version 1 of the interface wrote some with other capitals.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut types = TYPES.iter();
        let found = types.find(|(words, ..)| words.eq_ignore_ascii_case(text));
        found.map(|(_, kind, ..)| *kind)
    }

    /// The status of a message that it means; none for what a citizen has written.
    pub fn status(self) -> Option<Status> {
        self.row().and_then(|(.., status)| *status)
    }

    pub(super) fn name(self) -> &'static str {
        self.row().map_or("", |(_, _, name, _)| *name)
    }

    fn row(self) -> Option<&'static (&'static str, Self, &'static str, Option<Status>)> {
        TYPES.iter().find(|(_, kind, ..)| *kind == self)
    }
}
