// SPDX-License-Identifier: Apache-2.0
//! A citizen's message being fetched: the message, then each attachment. The event that tells of it comes last, when it is known which of them are there.

use serde::{Deserialize, Serialize};

use super::{CitizenMessage, ListedAttachment, MessageId};

/// Largest message that is carried while its attachments are fetched, in bytes of JSON: a step may have 64 KiB (contract). A larger one is fetched once more at the end.
const LARGEST_CARRIED: usize = 48 << 10;

/// Most attachments of such a larger message that are fetched.
const MOST_OF_LARGE: usize = 200;

/// The state of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fetched {
    /// It is the next of the documents.
    Document,
    /// The service gives no id, so that it cannot be fetched.
    NoId,
    /// It is not there any more.
    Gone,
    /// It is larger than is fetched.
    TooLarge,
    /// There are more attachments than are fetched.
    TooMany,
}

impl Fetched {
    /// Why there is no document; `None` where there is one.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Document => None,
            Self::NoId => Some("the service gives no id for it, so that it cannot be fetched"),
            Self::Gone => Some("the service does not have it any more"),
            Self::TooLarge => {
                Some("it is larger than the setting inbound.max-attachment-bytes allows")
            }
            Self::TooMany => Some("there are more than the setting inbound.max-attachments allows"),
        }
    }
}

/// A message being fetched. It is all that the next exchange needs, and is kept with the operation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Fetching {
    /// Which message.
    pub message_id: MessageId,
    /// Service of the authority, by the event.
    pub service_id: Option<String>,
    /// When the event was, as it came.
    pub event_time: Option<String>,
    /// The states of the attachments so far, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fetched: Vec<Fetched>,
    /// The message, once it was fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Box<CitizenMessage>>,
    /// The message is too large to be carried, so that it is fetched once more at the end; what is carried has its attachments only.
    #[serde(default, skip_serializing_if = "is_not")]
    pub is_large: bool,
}

impl Fetching {
    /// A message that is not fetched yet.
    pub fn new(
        message_id: MessageId,
        service_id: Option<String>,
        event_time: Option<String>,
    ) -> Self {
        Self {
            message_id,
            service_id,
            event_time,
            fetched: Vec::new(),
            message: None,
            is_large: false,
        }
    }

    /// The attachment that is fetched next; `None` when it is the message's turn.
    pub fn next(&self) -> Option<&ListedAttachment> {
        let attachments = self.message.as_ref().map(|message| &message.attachments)?;
        attachments.get(self.fetched.len())
    }

    /// Whether the message is fetched for the last time.
    pub fn is_last(&self) -> bool {
        self.message.is_some() && self.next().is_none()
    }

    /// The same with the message, which has come for the first time.
    pub fn with_message(mut self, message: CitizenMessage, limits: (u32, u32)) -> Self {
        self.message = Some(Box::new(message));
        self.pass_over(limits)
    }

    /// The same once the next attachment is fetched, or is known not to be there.
    pub fn with_fetched(mut self, fetched: Fetched, limits: (u32, u32)) -> Self {
        self.fetched.push(fetched);
        self.pass_over(limits)
    }

    /// The same as it is kept, if it has to be: a message that is too large is left out, but for what is fetched of it.
    pub fn carried(mut self) -> Self {
        let is_small = |message: &CitizenMessage| {
            serde_json::to_string(message).is_ok_and(|text| text.len() <= LARGEST_CARRIED)
        };
        let Some(message) = self.message.as_mut().filter(|message| !is_small(message)) else {
            return self;
        };
        message.title.clear();
        message.body.clear();
        (message.owner, message.agent) = (None, None);
        message.thread_external_id = None;
        message.attachments.truncate(MOST_OF_LARGE);
        for attachment in &mut message.attachments {
            (attachment.filename, attachment.media_type) = (None, None);
        }
        self.is_large = true;
        self
    }

    /// The state of the attachment at an index.
    pub fn outcome(&self, index: usize) -> Fetched {
        let fetched = self.fetched.get(index);
        fetched.copied().unwrap_or(Fetched::TooMany)
    }

    /// Passes over attachments that are not fetched: without an id, larger than so many bytes, beyond so many.
    fn pass_over(mut self, (most_bytes, most): (u32, u32)) -> Self {
        let is_large =
            |it: &ListedAttachment| it.size_bytes.is_some_and(|size| size > most_bytes.into());
        while let Some(next) = self.next() {
            // What was asked for took an exchange, whether or not it was there, and an operation has so many of these.
            let attachments = self.message.as_ref().map(|it| it.attachments.as_slice());
            let known = self.fetched.iter().zip(attachments.unwrap_or_default());
            let is_asked = |(fetched, it): &(&Fetched, &ListedAttachment)| match fetched {
                Fetched::Document | Fetched::Gone => true,
                Fetched::TooLarge => !is_large(it),
                Fetched::NoId | Fetched::TooMany => false,
            };
            let asked = known.filter(is_asked).count() as u64;
            let passed = match &next.attachment_id {
                None => Fetched::NoId,
                Some(_) if is_large(next) => Fetched::TooLarge,
                Some(_) if asked >= u64::from(most) => Fetched::TooMany,
                Some(_) => break,
            };
            self.fetched.push(passed);
        }
        self
    }
}

fn is_not(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: (u32, u32) = (100, 2);

    fn message(attachments: usize, body: &str) -> CitizenMessage {
        let attachment = |number: usize| ListedAttachment {
            attachment_id: (number != 1).then(|| format!("a-{number}")),
            filename: Some("ä".repeat(200)),
            media_type: None,
            size_bytes: (number == 2).then_some(101),
        };
        CitizenMessage {
            message_id: MessageId(5),
            sent_at: None,
            owner: None,
            agent: None,
            title: "t".into(),
            body: body.into(),
            attachments: (0..attachments).map(attachment).collect(),
            root_message_id: None,
            thread_external_id: None,
        }
    }

    /// The ids that are fetched, and the outcome of each.
    fn run(message: CitizenMessage) -> (Vec<String>, Fetching) {
        run_with(message, Fetched::Document)
    }

    fn run_with(message: CitizenMessage, outcome: Fetched) -> (Vec<String>, Fetching) {
        let mut fetching = Fetching::new(MessageId(5), None, None).with_message(message, LIMITS);
        let mut ids = Vec::new();
        loop {
            fetching = fetching.carried();
            let step = serde_json::to_string(&fetching).unwrap();
            assert!(step.len() <= 64 << 10, "{}", step.len());
            fetching = serde_json::from_str(&step).unwrap();
            let Some(next) = fetching.next() else {
                return (ids, fetching);
            };
            ids.push(next.attachment_id.clone().unwrap());
            fetching = fetching.with_fetched(outcome, LIMITS);
        }
    }

    /// An operation has so many exchanges, whatever comes of each.
    #[test]
    fn attachments_that_are_gone_count_among_those_asked_for() {
        for outcome in [Fetched::Gone, Fetched::TooLarge] {
            let (ids, fetching) = run_with(message(60, "b"), outcome);
            assert_eq!(ids, ["a-0", "a-3"]);
            assert_eq!(fetching.outcome(59), Fetched::TooMany);
        }
    }

    #[test]
    fn attachments_are_fetched_or_it_is_known_why_not() {
        use Fetched::{Document, NoId, TooLarge, TooMany};
        let (ids, fetching) = run(message(5, "b"));
        assert_eq!(ids, ["a-0", "a-3"]);
        assert_eq!(
            fetching.fetched,
            [Document, NoId, TooLarge, Document, TooMany]
        );
        assert!(fetching.is_last() && !fetching.is_large);
        let (ids, fetching) = run(message(0, "b"));
        assert!(ids.is_empty() && fetching.is_last());
    }

    #[test]
    fn a_message_that_is_too_large_to_be_carried_is_fetched_again() {
        let (ids, fetching) = run(message(1000, &"å".repeat(40_000)));
        assert_eq!(ids, ["a-0", "a-3"]);
        assert!(fetching.is_last() && fetching.is_large);
        assert_eq!(fetching.outcome(999), Fetched::TooMany);
        assert_eq!(fetching.outcome(0), Fetched::Document);
    }
}
