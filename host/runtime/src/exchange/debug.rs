// SPDX-License-Identifier: Apache-2.0
//! `Debug` of what is exchanged, for logs and failed assertions: of whatever may be about people, or be a secret, sizes only. Whoever wants the rest has the fields.

use std::fmt::{Debug, Formatter, Result};

use super::{
    Answer, Attachment, BuildInput, Document, Event, FollowUp, Header, HttpCall, MailCall,
    MailReply, Outcome, RecipientReply, Reply, Request, Sending, SmtpTarget,
};

/// A text whose length alone is shown.
struct Hidden<'a>(&'a str);

impl Debug for Hidden<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "({} bytes)", self.0.len())
    }
}

/// Texts whose number alone is shown.
struct Number(usize);

impl Debug for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "({})", self.0)
    }
}

/// Header fields, by their names.
struct Names<'a>(&'a [Header]);

impl Debug for Names<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let names = self.0.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}

fn hidden(text: &Option<String>) -> Option<Hidden<'_>> {
    text.as_deref().map(Hidden)
}

impl Debug for BuildInput {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("BuildInput")
            .field("operation", &self.operation)
            .field("parameters", &Hidden(&self.parameters))
            .field("payload", &self.payload)
            .field("attachments", &self.attachments)
            .field("cursor", &hidden(&self.cursor))
            .field("step", &hidden(&self.step))
            .field("next_secret_of", &self.next_secret_of)
            .finish()
    }
}

impl Debug for Attachment {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Attachment")
            .field("name", &Hidden(&self.name))
            .field("media_type", &self.media_type)
            .field("content", &self.content)
            .finish()
    }
}

impl Debug for SmtpTarget {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("SmtpTarget")
            .field("sender", &Hidden(&self.sender))
            .field("recipients", &Number(self.recipients.len()))
            .finish()
    }
}

impl Debug for Request {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Request")
            .field("target", &self.target)
            .field("headers", &Names(&self.headers))
            .field("secret_headers", &self.secret_headers)
            .field("body", &self.body)
            .field("timeout", &self.timeout)
            .field("reference", &self.reference)
            .field("tls_role", &self.tls_role)
            .field("keep_bytes", &self.keep_bytes)
            .field("memo", &Hidden(&self.memo))
            .finish()
    }
}

impl Debug for Sending {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Sending")
            .field("memo", &Hidden(&self.memo))
            .field("earlier_sendings", &self.earlier_sendings)
            .field("step", &hidden(&self.step))
            .finish()
    }
}

impl Debug for MailReply {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("MailReply")
            .field("code", &self.code)
            .field("enhanced", &self.enhanced)
            .field("text", &Hidden(&self.text))
            .finish()
    }
}

impl Debug for RecipientReply {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("RecipientReply")
            .field("recipient", &Hidden(&self.recipient))
            .field("reply", &self.reply)
            .finish()
    }
}

impl Debug for Answer {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("headers", &Names(&self.headers))
            .field("body", &self.body)
            .finish()
    }
}

impl Debug for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Outcome")
            .field("class", &self.class)
            .field("code", &self.code)
            .field("text", &Hidden(&self.text))
            .field("reference", &self.reference)
            .field("events", &self.events)
            .field("documents", &self.documents)
            .field("follow_ups", &self.follow_ups)
            .field("cursor", &hidden(&self.cursor))
            .field("more_waits", &self.more_waits)
            .field("next_step", &hidden(&self.next_step))
            .field("not_before", &self.not_before)
            .field("obtained", &self.obtained)
            .field("refused_secret", &self.refused_secret)
            .finish()
    }
}

impl Debug for Event {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Event")
            .field("kind", &self.kind)
            .field("data", &Hidden(&self.data))
            .field("deduplication_key", &self.deduplication_key)
            .field("about", &self.about)
            .finish()
    }
}

impl Debug for Document {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Document")
            .field("name", &Hidden(&self.name))
            .field("media_type", &self.media_type)
            .field("content", &self.content)
            .finish()
    }
}

impl Debug for FollowUp {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("FollowUp")
            .field("operation", &self.operation)
            .field("parameters", &Hidden(&self.parameters))
            .field("deduplication_key", &self.deduplication_key)
            .finish()
    }
}

impl Debug for HttpCall {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("HttpCall")
            .field("method", &self.method)
            .field("target", &Hidden(&self.target))
            .field("headers", &Names(&self.headers))
            .field("body", &self.body)
            .field("peer_certificates", &self.peer_certificates)
            .field("peer_address", &self.peer_address)
            .finish()
    }
}

impl Debug for MailCall {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("MailCall")
            .field("sender", &Hidden(&self.sender))
            .field("recipients", &Number(self.recipients.len()))
            .field("content", &self.content)
            .field("connection", &self.connection)
            .finish()
    }
}

impl Debug for Reply {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("headers", &Names(&self.headers))
            .field("body", &self.body)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use crate::exchange::{
        Acceptance, Answer, BuildInput, Call, Event, FollowUp, HttpCall, MailCall, MailConnection,
        Outcome, Reply, Response, RetryClass, SmtpTarget, Target, Verdict,
    };

    const PERSON: &str = "131052-900W";

    fn event() -> Event {
        Event {
            kind: "message".into(),
            data: PERSON.into(),
            deduplication_key: "k".into(),
            about: None,
        }
    }

    fn reply() -> Reply {
        Reply {
            status: 200,
            headers: vec![("name".into(), PERSON.into())],
            body: PERSON.as_bytes().into(),
        }
    }

    #[test]
    fn what_is_about_people_is_not_shown() {
        let follow_up = FollowUp {
            operation: "o".into(),
            parameters: PERSON.into(),
            deduplication_key: "k".into(),
        };
        let input = BuildInput {
            parameters: PERSON.into(),
            cursor: Some(PERSON.into()),
            step: Some(PERSON.into()),
            ..BuildInput::default()
        };
        let target = Target::Smtp(SmtpTarget {
            sender: PERSON.into(),
            recipients: vec![PERSON.into()],
        });
        let answer = Response::Answered(Answer {
            status: 200,
            headers: reply().headers,
            body: reply().body,
        });
        let outcome = Outcome {
            class: RetryClass::Done,
            code: "000".into(),
            text: PERSON.into(),
            reference: "r".into(),
            events: vec![event()],
            documents: Vec::new(),
            follow_ups: vec![follow_up.clone()],
            cursor: Some(PERSON.into()),
            more_waits: false,
            next_step: Some(PERSON.into()),
            not_before: None,
            obtained: None,
            refused_secret: None,
        };
        let http = Call::Http(HttpCall {
            method: "POST".into(),
            target: format!("/{PERSON}"),
            headers: reply().headers,
            body: reply().body,
            peer_certificates: None,
            peer_address: "192.0.2.1".into(),
        });
        let mail = Call::Mail(MailCall {
            sender: PERSON.into(),
            recipients: vec![PERSON.into()],
            content: reply().body,
            connection: MailConnection {
                peer_address: "192.0.2.1".into(),
                tls: None,
                peer_certificates: None,
                allowed: true,
            },
        });
        let verdict = Verdict::Accepted(Acceptance {
            operation: "o".into(),
            events: vec![event()],
            documents: Vec::new(),
            follow_ups: vec![follow_up],
            reply: reply(),
            reply_to_duplicate: reply(),
        });
        let shown =
            format!("{input:?} {target:?} {answer:?} {outcome:?} {http:?} {mail:?} {verdict:?}");
        assert!(!shown.contains(PERSON), "{shown}");
        assert!(shown.contains("data: (11 bytes)") && shown.contains("headers: [\"name\"]"));
    }
}
