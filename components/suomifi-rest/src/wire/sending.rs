// SPDX-License-Identifier: Apache-2.0
//! A message under way: each attachment goes up, then the message that names them; and what comes after a refusal that there is an answer to.

use serde::{Deserialize, Serialize};

/// The way that a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// To the mailbox.
    Electronic,
    /// To the mailbox, or on paper where there is none.
    Multichannel,
    /// On paper.
    Paper,
}

impl Channel {
    /// Path of the endpoint.
    pub fn path(self) -> &'static str {
        match self {
            Self::Electronic => "/v2/messages/electronic",
            Self::Multichannel => "/v2/messages",
            Self::Paper => "/v2/paper-mail-without-id",
        }
    }
}

/// What is sent next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The attachment at this place, from 0.
    Upload(usize),
    /// The message.
    Message,
    /// The question which id the service has given to it.
    Lookup,
}

/// A refusal that is looked into before it is believed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Code of the service, or `http-NNN`.
    pub code: String,
    /// Words of the service, masked and shortened.
    pub text: String,
}

/// Why the id of a message is looked up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// The service has it already, and has not said as what.
    Conflict,
    /// It was refused after a sending of which nobody knows.
    Refused(Refusal),
}

/// A message under way. It is all that the next exchange needs beside the input, and is kept with the operation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Sending {
    /// Our id of the message. It is made once; the service knows a message that comes again by it.
    pub external_id: String,
    /// Service that sends.
    pub service_id: String,
    /// The way it goes now.
    pub channel: Channel,
    /// How many attachments there are.
    pub attachments: usize,
    /// Ids of those that are up, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uploaded: Vec<String>,
    /// When the first of these went up, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// Whether all went up a second time.
    #[serde(default, skip_serializing_if = "is_not")]
    pub is_renewed: bool,
    /// Whether the property `visibility` was added because the service asked for it.
    #[serde(default, skip_serializing_if = "is_not")]
    pub is_visible: bool,
    /// Whether it answers a message of a citizen.
    #[serde(default, skip_serializing_if = "is_not")]
    pub is_reply: bool,
    /// Whether it brings a letter along.
    #[serde(default, skip_serializing_if = "is_not")]
    pub has_paper: bool,
    /// Why the id of the message is looked up; none where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<Question>,
}

impl Sending {
    /// A message that has not begun.
    pub fn new(
        external_id: String,
        service_id: String,
        channel: Channel,
        attachments: usize,
    ) -> Self {
        Self {
            external_id,
            service_id,
            channel,
            attachments,
            uploaded: Vec::new(),
            since: None,
            is_renewed: false,
            is_visible: false,
            is_reply: false,
            has_paper: false,
            question: None,
        }
    }

    /// What is sent next.
    pub fn stage(&self) -> Stage {
        let next = self.uploaded.len();
        match self.question {
            Some(_) => Stage::Lookup,
            None if next < self.attachments => Stage::Upload(next),
            None => Stage::Message,
        }
    }

    /// Whether the uploads are older than so many hours, and have not been made again yet.
    pub fn is_stale(&self, now: i64, hours: u32) -> bool {
        let age = self.since.map(|since| now.saturating_sub(since));
        !self.is_renewed && age.is_some_and(|age| age > i64::from(hours) * 3600)
    }

    /// The same once the service has the next attachment.
    pub fn with_uploaded(mut self, id: String, now: i64) -> Self {
        self.since.get_or_insert(now);
        self.uploaded.push(id);
        self
    }

    /// The same with all attachments to go up again.
    pub fn renewed(self) -> Self {
        Self {
            uploaded: Vec::new(),
            since: None,
            is_renewed: true,
            ..self
        }
    }

    /// The same, asking under which id the service has it.
    pub fn asking_for_id(self) -> Self {
        self.asking(Question::Conflict)
    }

    /// The same, asking whether the service has it in spite of a refusal.
    pub fn doubting(self, refusal: Refusal) -> Self {
        self.asking(Question::Refused(refusal))
    }

    /// The same without a question, and the refusal that was doubted.
    pub fn answered(self) -> (Self, Option<Refusal>) {
        let refusal = match &self.question {
            Some(Question::Refused(refusal)) => Some(refusal.clone()),
            Some(Question::Conflict) | None => None,
        };
        let answered = Self {
            question: None,
            ..self
        };
        (answered, refusal)
    }

    fn asking(self, question: Question) -> Self {
        Self {
            question: Some(question),
            ..self
        }
    }
}

fn is_not(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(attachments: usize) -> Sending {
        Sending::new("e".into(), "s".into(), Channel::Electronic, attachments)
    }

    #[test]
    fn attachments_go_first_and_the_message_last() {
        let sending = begun(2);
        assert_eq!(sending.stage(), Stage::Upload(0));
        let sending = sending.with_uploaded("a".into(), 100);
        assert_eq!(sending.stage(), Stage::Upload(1));
        let sending = sending.with_uploaded("b".into(), 200);
        assert_eq!(
            (sending.stage(), sending.since),
            (Stage::Message, Some(100))
        );
        assert_eq!(sending.clone().asking_for_id().stage(), Stage::Lookup);
        assert_eq!(sending.clone().asking_for_id().answered(), (sending, None));
    }

    #[test]
    fn uploads_are_made_again_once() {
        let sending = begun(1).with_uploaded("a".into(), 0);
        assert!(!sending.is_stale(23 * 3600, 23));
        assert!(sending.is_stale(23 * 3600 + 1, 23));
        let again = sending.renewed();
        assert_eq!(again.stage(), Stage::Upload(0));
        assert!(!again.with_uploaded("b".into(), 0).is_stale(i64::MAX, 23));
        assert!(!begun(0).is_stale(i64::MAX, 23));
    }

    /// A step may have 64 KiB, a memo 4: the memo has no uploads in it.
    #[test]
    fn what_is_carried_fits() {
        let mut sending = begun(51);
        sending.external_id = "\u{1f600}".repeat(128);
        sending.service_id = "\u{1f600}".repeat(32);
        let refusal = Refusal {
            status: 400,
            code: "x".repeat(64),
            text: "ä".repeat(500),
        };
        let memo = serde_json::to_string(&sending.clone().doubting(refusal)).unwrap();
        assert!(memo.len() < 4096, "{}", memo.len());
        for _ in 0..51 {
            sending = sending.with_uploaded("0".repeat(36), i64::MAX);
        }
        let step = serde_json::to_string(&sending).unwrap();
        assert!(step.len() < 64 << 10);
        assert_eq!(serde_json::from_str::<Sending>(&step).unwrap(), sending);
    }
}
