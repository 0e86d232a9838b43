// SPDX-License-Identifier: Apache-2.0
//! How far an operation has come.

use std::{io, time::SystemTime};

use serde::{Deserialize, Serialize};
use silta::{
    Blob, BuildInput,
    exchange::{Attachment, Document, Event, FollowUp, Outcome, Request, RetryClass},
};

/// Payload and attachments of an operation: given anew to each run, and the same each time.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// Payload, where the operation takes one.
    pub payload: Option<Blob>,
    /// Attachments, where the operation takes them.
    pub attachments: Vec<Attachment>,
}

/// An operation, and how far it has come.
///
/// `Debug` shows no parameters, no steps and no content.
#[derive(Clone)]
pub struct Progress {
    /// Name that the agency is deployed under.
    pub agency: String,
    /// Operation.
    pub operation: String,
    /// Parameters: one JSON object.
    pub parameters: String,
    /// The cursor of the last outcome, for operations that poll.
    pub cursor: Option<String>,
    /// SHA-256 of payload and attachments, each with its name.
    pub(super) content: Vec<(String, [u8; 32])>,
    /// What the exchange under way is built from; `None` for the first.
    pub(super) step: Option<String>,
    /// Exchanges that are over.
    pub(super) exchanges: u32,
    /// The request under way.
    pub(super) attempt: Option<Attempt>,
    /// What the exchanges so far handed out.
    pub(super) results: Results,
    pub(super) not_before: Option<SystemTime>,
    /// SHA-256 of the next value of the secret that it replaces, so that it never goes on with another.
    pub(super) next_digest: Option<[u8; 32]>,
    /// What the last exchange came to, once it is done: nothing is sent any more, and `results` has everything.
    pub(super) done: Option<Done>,
    pub(super) ended: Option<Ended>,
}

/// A request, and how often it has been sent.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The request. Its secrets in header fields are not in it.
    pub request: Request,
    /// How often it may have left. Counted before it is sent.
    pub sendings: u32,
    /// After how many of these nobody knows whether the agency took it. One that the agency has refused for now is not among them.
    pub unresolved: u32,
    /// When the first of those that are unresolved was sent.
    pub first_sent: Option<SystemTime>,
}

impl Attempt {
    /// Counts a sending that begins now.
    pub(super) fn begin(&mut self, now: SystemTime) {
        if self.unresolved == 0 {
            self.first_sent = Some(now);
        }
        self.sendings = self.sendings.saturating_add(1);
        self.unresolved = self.unresolved.saturating_add(1);
    }

    /// Whether a secret stands in a header field, and so not among the bytes that are kept.
    pub(super) fn has_in_header(&self, role: &str) -> bool {
        let mut headers = self.request.secret_headers.iter();
        headers.any(|header| header.role == role)
    }
}

/// What an operation came to, without what it handed out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Done {
    pub(super) is_repeated: bool,
    pub(super) code: String,
    pub(super) text: String,
    pub(super) reference: String,
    pub(super) cursor: Option<String>,
    pub(super) more_waits: bool,
}

/// What exchanges handed out.
#[derive(Debug, Clone, Default)]
pub struct Results {
    /// Facts.
    pub events: Vec<Event>,
    /// Files.
    pub documents: Vec<Document>,
    /// Operations to run next.
    pub follow_ups: Vec<FollowUp>,
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The agency's code.
    pub code: String,
    /// What the agency calls the transmission.
    pub reference: String,
    /// Moment at which it ended.
    pub at: SystemTime,
}

/// Another payload or attachment than the operation began with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{what} is another than the operation began with; give the same files again, or begin a new operation with a state of its own"
)]
pub struct ContentMismatch {
    /// What differs.
    pub what: String,
}

/// Where progress is kept.
pub trait Keep: Send {
    /// Keeps it durably before it returns.
    ///
    /// # Errors
    /// What the system reports. Nothing is sent then.
    fn keep(&mut self, progress: &Progress) -> io::Result<()>;
}

/// Keeps nothing: for whoever does not go on after this run, and for operations that change nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeepNothing;

impl Keep for KeepNothing {
    fn keep(&mut self, _: &Progress) -> io::Result<()> {
        Ok(())
    }
}

impl Progress {
    /// An operation that has not begun.
    pub fn new(
        agency: impl Into<String>,
        operation: impl Into<String>,
        parameters: impl Into<String>,
        content: &Content,
    ) -> Self {
        Self {
            agency: agency.into(),
            operation: operation.into(),
            parameters: parameters.into(),
            cursor: None,
            content: digests(content),
            step: None,
            exchanges: 0,
            attempt: None,
            results: Results::default(),
            not_before: None,
            next_digest: None,
            done: None,
            ended: None,
        }
    }

    /// The same, going on from the cursor of an earlier outcome.
    #[must_use]
    pub fn with_cursor(self, cursor: Option<String>) -> Self {
        Self { cursor, ..self }
    }

    /// Checks that payload and attachments are those that it began with.
    ///
    /// # Errors
    /// Which is another.
    pub fn check_content(&self, content: &Content) -> Result<(), ContentMismatch> {
        let given = digests(content);
        let mut pairs = self.content.iter().zip(&given);
        let what = match pairs.find(|(begun, given)| begun != given) {
            Some(((name, _), _)) => name.clone(),
            None if given.len() != self.content.len() => "the number of files".to_owned(),
            None => return Ok(()),
        };
        Err(ContentMismatch { what })
    }

    /// The request under way, if one was built.
    pub fn attempt(&self) -> Option<&Attempt> {
        self.attempt.as_ref()
    }

    /// What the exchanges that are over handed out. It comes out with the end of the operation.
    pub fn results(&self) -> &Results {
        &self.results
    }

    /// Exchanges that are over.
    pub fn exchanges(&self) -> u32 {
        self.exchanges
    }

    /// Not before this moment may it go on.
    pub fn not_before(&self) -> Option<SystemTime> {
        self.not_before
    }

    /// How it ended; `None` while it has not.
    pub fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    /// Says that its outcome has been handed over: from now on it is over, and running it again does nothing.
    pub fn end(&mut self, outcome: &Outcome, at: SystemTime) {
        self.attempt = None;
        self.results = Results::default();
        self.next_digest = None;
        self.done = None;
        self.ended = Some(Ended {
            code: outcome.code.clone(),
            reference: outcome.reference.clone(),
            at,
        });
    }

    /// Whether nothing of it has been sent, and its first request is to be built.
    pub(super) fn is_to_be_built(&self) -> bool {
        self.exchanges == 0 && self.attempt.is_none() && self.done.is_none()
    }

    /// Begins anew, whatever its steps have come to.
    pub(super) fn begin_anew(&mut self) {
        self.step = None;
        self.exchanges = 0;
        self.attempt = None;
        self.results = Results::default();
    }

    /// Whether nobody knows if the agency took the request under way.
    pub(super) fn is_unresolved(&self) -> bool {
        self.attempt.as_ref().is_some_and(|it| it.unresolved > 0)
    }

    /// A request of which nothing has left is built anew: what it was built from may have been corrected.
    pub(super) fn forget_unsent(&mut self) {
        self.attempt = self.attempt.take().filter(|attempt| attempt.sendings > 0);
    }

    /// Takes what the last exchange came to, and all that it handed out.
    pub(super) fn finish(&mut self, mut outcome: Outcome) {
        self.results.take(&mut outcome);
        self.done = Some(Done {
            is_repeated: outcome.class == RetryClass::AlreadyAccepted,
            code: outcome.code,
            text: outcome.text,
            reference: outcome.reference,
            cursor: outcome.cursor,
            more_waits: outcome.more_waits,
        });
    }

    /// What the request under way is built from.
    pub(super) fn input(&self, content: &Content) -> BuildInput {
        BuildInput {
            operation: self.operation.clone(),
            parameters: self.parameters.clone(),
            payload: content.payload.clone(),
            attachments: content.attachments.clone(),
            cursor: self.cursor.clone(),
            step: self.step.clone(),
            next_secret_of: None,
        }
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress")
            .field("agency", &self.agency)
            .field("operation", &self.operation)
            .field("exchanges", &self.exchanges)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl Results {
    /// Takes what an outcome handed out.
    pub(super) fn take(&mut self, outcome: &mut Outcome) {
        self.events.append(&mut outcome.events);
        self.documents.append(&mut outcome.documents);
        self.follow_ups.append(&mut outcome.follow_ups);
    }

    /// All of it, in the outcome of an operation that is done.
    pub(super) fn outcome(self, done: Done) -> Outcome {
        Outcome {
            class: match done.is_repeated {
                true => RetryClass::AlreadyAccepted,
                false => RetryClass::Done,
            },
            code: done.code,
            text: done.text,
            reference: done.reference,
            events: self.events,
            documents: self.documents,
            follow_ups: self.follow_ups,
            cursor: done.cursor,
            more_waits: done.more_waits,
            next_step: None,
            not_before: None,
            obtained: None,
            refused_secret: None,
        }
    }
}

fn digests(content: &Content) -> Vec<(String, [u8; 32])> {
    let payload = content.payload.iter();
    let payload = payload.map(|payload| ("the payload".to_owned(), payload.sha256()));
    let attachments = content.attachments.iter().map(|attachment| {
        let name = format!("the attachment {}", attachment.name);
        (name, attachment.content.sha256())
    });
    payload.chain(attachments).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_is_noticed() {
        let attachment = |name: &str, content: &str| Attachment {
            name: name.into(),
            media_type: "text/plain".into(),
            content: content.as_bytes().to_vec().into(),
        };
        let content = |payload: &str, attachments: &[(&str, &str)]| Content {
            payload: Some(payload.as_bytes().to_vec().into()),
            attachments: attachments
                .iter()
                .map(|(name, content)| attachment(name, content))
                .collect(),
        };
        let progress = Progress::new("a", "o", "{}", &content("p", &[("x", "1"), ("y", "2")]));
        let mismatch = |other: &Content| {
            let checked = progress.check_content(other);
            checked.err().map(|mismatch| mismatch.what)
        };
        assert_eq!(mismatch(&content("p", &[("x", "1"), ("y", "2")])), None);
        for (other, what) in [
            (content("q", &[("x", "1"), ("y", "2")]), "the payload"),
            (content("p", &[("x", "1"), ("y", "3")]), "the attachment y"),
            (content("p", &[("z", "1"), ("y", "2")]), "the attachment x"),
            (content("p", &[("x", "1")]), "the number of files"),
            (Content::default(), "the number of files"),
        ] {
            assert_eq!(mismatch(&other).as_deref(), Some(what));
        }
    }
}
