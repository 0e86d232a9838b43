// SPDX-License-Identifier: Apache-2.0
//! Messages of citizens (description, `GET /v2/messages/{id}`).

use agency_http::AnswerError;
use rfc3339::Moment;
use serde::{Deserialize, Serialize};

use super::{MessageId, answer::read, lenient::optional};

/// Most attachments of a message that are told of, whatever is fetched of them.
const MOST_ATTACHMENTS: usize = 1000;

/// Longest id of an attachment, in characters.
const LONGEST_ID: usize = 128;

/// A message of a citizen or a company. The text is taken as plain: its format is not documented.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CitizenMessage {
    /// The service's number of it.
    pub message_id: MessageId,
    /// When it was sent, in UTC; none where that is missing or unreadable.
    pub sent_at: Option<String>,
    /// Owner of the mailbox.
    pub owner: Option<Party>,
    /// Who has written on the owner's behalf.
    pub agent: Option<Party>,
    /// Title.
    pub title: String,
    /// Text.
    pub body: String,
    /// Files.
    pub attachments: Vec<ListedAttachment>,
    /// First message of the thread, in the service's numbers.
    pub root_message_id: Option<MessageId>,
    /// The same, in our ids, where it was ours.
    pub thread_external_id: Option<String>,
}

/// Shows the number and nothing that somebody wrote.
impl std::fmt::Debug for CitizenMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CitizenMessage")
            .field("message_id", &self.message_id)
            .field("attachments", &self.attachments.len())
            .finish_non_exhaustive()
    }
}

/// Somebody, as the service tells.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct Party {
    /// Personal identity code or Business ID.
    #[serde(default, deserialize_with = "optional")]
    pub id: Option<String>,
    /// Name.
    #[serde(default, deserialize_with = "optional")]
    pub name: Option<String>,
}

/// Shows nobody.
impl std::fmt::Debug for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Party(…)")
    }
}

/// A file of a message. Any of its properties may be missing; without an id nothing can be fetched.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ListedAttachment {
    /// Id to fetch it by.
    #[serde(deserialize_with = "optional")]
    pub attachment_id: Option<String>,
    /// File name.
    #[serde(deserialize_with = "optional")]
    pub filename: Option<String>,
    /// Media type.
    #[serde(deserialize_with = "optional")]
    pub media_type: Option<String>,
    /// Size in bytes.
    #[serde(deserialize_with = "optional")]
    pub size_bytes: Option<u64>,
}

/// Shows the size only.
impl std::fmt::Debug for ListedAttachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ListedAttachment")
            .field("size_bytes", &self.size_bytes)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    message_id: MessageId,
    #[serde(default, deserialize_with = "optional")]
    created_at: Option<String>,
    #[serde(default, deserialize_with = "optional")]
    sender: Option<WireSender>,
    electronic: WireElectronic,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireSender {
    #[serde(default, deserialize_with = "optional")]
    mailbox_owner: Option<Party>,
    #[serde(default, deserialize_with = "optional")]
    person_sending_message_on_behalf_of_mailbox_owner: Option<Party>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireElectronic {
    #[serde(default, deserialize_with = "optional")]
    created_at: Option<String>,
    title: String,
    body: String,
    #[serde(default, deserialize_with = "optional")]
    attachments: Option<Vec<ListedAttachment>>,
    #[serde(default, deserialize_with = "optional")]
    thread: Option<WireThread>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireThread {
    #[serde(default, deserialize_with = "optional")]
    root_message_id: Option<MessageId>,
    #[serde(default, deserialize_with = "optional")]
    thread_external_id: Option<String>,
}

/// Reads a message.
///
/// # Errors
/// [`AnswerError`] for what has no number, title or text. Nothing of it is repeated.
pub fn read_citizen_message(body: &[u8]) -> Result<CitizenMessage, AnswerError> {
    let wire: Wire = read(body)?;
    let electronic = wire.electronic;
    let sent = electronic.created_at.or(wire.created_at);
    let sent = sent.and_then(|time| time.parse::<Moment>().ok());
    let (owner, agent) = match wire.sender {
        Some(sender) => (
            sender.mailbox_owner,
            sender.person_sending_message_on_behalf_of_mailbox_owner,
        ),
        None => (None, None),
    };
    let mut attachments = electronic.attachments.unwrap_or_default();
    if attachments.len() > MOST_ATTACHMENTS {
        return Err(AnswerError {
            code: "answer.unexpected",
            path: "/electronic/attachments".into(),
            message: "there are more than 1000 attachments, which is more than is read here".into(),
        });
    }
    for attachment in &mut attachments {
        // What cannot stand in a path is no id.
        attachment.attachment_id = attachment.attachment_id.take().filter(|id| is_id(id));
    }
    let thread = electronic.thread;
    let is_plain = |text: &String| !text.is_empty() && !text.contains(char::is_control);
    Ok(CitizenMessage {
        message_id: wire.message_id,
        sent_at: sent.map(|moment| moment.to_string()),
        owner,
        agent,
        title: electronic.title,
        body: electronic.body,
        attachments,
        root_message_id: thread.as_ref().and_then(|thread| thread.root_message_id),
        thread_external_id: thread
            .and_then(|thread| thread.thread_external_id)
            .filter(is_plain),
    })
}

fn is_id(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    (1..=LONGEST_ID).contains(&text.len())
        && text.bytes().all(is_allowed)
        && !matches!(text, "." | "..")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_that_may_be_there_is_read() {
        let message = json!({
            "messageId": 4_294_967_298_i64, "createdAt": "2026-11-20T08:00:00Z", "new": {},
            "sender": {
                "mailboxOwner": {"id": "010190-900P", "name": "Åke Öberg"},
                "personSendingMessageOnBehalfOfMailboxOwner": {"id": "131052-9085", "name": "Äiti"},
            },
            "electronic": {
                "messageId": 4_294_967_298_i64, "createdAt": "2026-11-20T10:00:01+02:00", "title": "Kysymys", "body": "Hej",
                "attachments": [{"attachmentId": "a-1", "filename": "a.pdf", "mediaType": "application/pdf", "sizeBytes": 12}, {"sizeBytes": "12"}, {"attachmentId": "../x"}],
                "thread": {"rootMessageId": 1, "threadExternalId": "e-1"},
            },
        });
        let read = read_citizen_message(message.to_string().as_bytes()).unwrap();
        assert_eq!(read.message_id, MessageId((1 << 32) + 2));
        assert_eq!(read.sent_at.as_deref(), Some("2026-11-20T08:00:01Z"));
        assert_eq!(
            read.owner.clone().unwrap().name.as_deref(),
            Some("Åke Öberg")
        );
        let ids: Vec<_> = read
            .attachments
            .iter()
            .map(|it| it.attachment_id.as_deref())
            .collect();
        assert_eq!(ids, [Some("a-1"), None, None]);
        assert_eq!(read.thread_external_id.as_deref(), Some("e-1"));
        let shown = format!("{read:?}");
        assert!(!shown.contains("Åke") && !shown.contains("Hej"), "{shown}");
    }

    #[test]
    fn what_may_be_missing_may_be_anything() {
        let least = br#"{"messageId": "5", "sender": 7, "electronic": {"title": "", "body": "", "attachments": null, "thread": []}}"#;
        let read = read_citizen_message(least).unwrap();
        assert_eq!(
            (read.owner, read.attachments.len(), read.root_message_id),
            (None, 0, None)
        );
        for body in [
            &br#"{"messageId": 5}"#[..],
            br#"{"electronic": {"title": "", "body": ""}}"#,
            br#"{"messageId": 5, "electronic": {"title": ""}}"#,
            b"",
        ] {
            assert!(read_citizen_message(body).is_err());
        }
    }
}
