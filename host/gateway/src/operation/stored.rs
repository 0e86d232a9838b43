// SPDX-License-Identifier: Apache-2.0
//! Progress as bytes: a line of JSON, and the bytes of request and documents behind it.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use silta::{
    Blob,
    exchange::{Document, Event, FollowUp, Header, Request, SecretHeader, Target},
    observe::hexadecimal,
    time::Moment,
};

use super::progress::{Attempt, Done, Ended, Progress, Results};

/// What the first line says it is.
const FORMAT: &str = "silta operation 1";

/// The last moment of the calendar (RFC 3339 §1), and the first.
const LATEST: &str = "9999-12-31T23:59:59Z";
const EARLIEST: &str = "0001-01-01T00:00:00Z";

/// Bytes that are no progress.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not the state of an operation, or it is damaged: {0}")]
pub struct StoredError(String);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Stored {
    format: String,
    agency: String,
    operation: String,
    parameters: String,
    cursor: Option<String>,
    content: Vec<(String, String)>,
    step: Option<String>,
    exchanges: u32,
    attempt: Option<StoredAttempt>,
    events: Vec<Event>,
    documents: Vec<StoredDocument>,
    follow_ups: Vec<FollowUp>,
    not_before: Option<String>,
    next_digest: Option<String>,
    done: Option<Done>,
    ended: Option<StoredEnd>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredAttempt {
    target: Target,
    headers: Vec<Header>,
    secret_headers: Vec<SecretHeader>,
    body_bytes: u64,
    timeout_milliseconds: u64,
    reference: String,
    tls_role: Option<String>,
    keep_bytes: bool,
    memo: String,
    sendings: u32,
    unresolved: u32,
    first_sent: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredDocument {
    name: String,
    media_type: String,
    bytes: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredEnd {
    code: String,
    reference: String,
    at: String,
}

impl Progress {
    /// The progress as bytes. Secrets in header fields are not in it; a secret in the body of the request is, so that nobody else may read it.
    pub fn to_blob(&self) -> Blob {
        let stored = Stored::of(self);
        // Strings and numbers: there is nothing in it that JSON has not.
        let mut head = serde_json::to_vec(&stored).unwrap_or_default();
        head.push(b'\n');
        let body = self.attempt.iter().map(|attempt| &attempt.request.body);
        let documents = self.results.documents.iter();
        let contents = body.chain(documents.map(|document| &document.content));
        let segments = contents.flat_map(Blob::to_segments);
        let segments = std::iter::once(head.into()).chain(segments);
        Blob::from(segments.collect::<Vec<_>>())
    }

    /// Reads what [`to_blob`](Self::to_blob) made.
    ///
    /// # Errors
    /// Where it is not that; never with any of the content.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StoredError> {
        let damaged = |what: &str| StoredError(what.to_owned());
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (head, rest) = bytes.split_at(end.ok_or_else(|| damaged("its first line has no end"))?);
        let stored: Stored = serde_json::from_slice(head).map_err(|error| {
            StoredError(format!(
                "its first line is another at column {}",
                error.column()
            ))
        })?;
        if stored.format != FORMAT {
            return Err(damaged("it is of another version"));
        }
        let mut contents = Contents(rest.get(1..).unwrap_or_default());
        let progress = stored.into_progress(&mut contents)?;
        match contents.0 {
            [] => Ok(progress),
            _ => Err(damaged("it goes on behind its end")),
        }
    }
}

/// The bytes behind the first line, taken one after the other.
struct Contents<'a>(&'a [u8]);

impl Contents<'_> {
    fn take(&mut self, size: u64) -> Result<Blob, StoredError> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let parts = self.0.split_at_checked(size);
        let (content, rest) = parts.ok_or_else(|| StoredError("it ends too early".to_owned()))?;
        self.0 = rest;
        Ok(Blob::from(content))
    }
}

impl Stored {
    fn of(progress: &Progress) -> Self {
        let digest = |(name, digest): &(String, [u8; 32])| (name.clone(), hexadecimal(digest));
        let results = &progress.results;
        let document = |document: &Document| StoredDocument {
            name: document.name.clone(),
            media_type: document.media_type.clone(),
            bytes: document.content.size(),
        };
        Self {
            format: FORMAT.to_owned(),
            agency: progress.agency.clone(),
            operation: progress.operation.clone(),
            parameters: progress.parameters.clone(),
            cursor: progress.cursor.clone(),
            content: progress.content.iter().map(digest).collect(),
            step: progress.step.clone(),
            exchanges: progress.exchanges,
            attempt: progress.attempt.as_ref().map(StoredAttempt::of),
            events: results.events.clone(),
            documents: results.documents.iter().map(document).collect(),
            follow_ups: results.follow_ups.clone(),
            not_before: progress.not_before.map(text),
            next_digest: progress.next_digest.map(|digest| hexadecimal(&digest)),
            done: progress.done.clone(),
            ended: progress.ended.as_ref().map(|ended| StoredEnd {
                code: ended.code.clone(),
                reference: ended.reference.clone(),
                at: text(ended.at),
            }),
        }
    }

    fn into_progress(self, contents: &mut Contents<'_>) -> Result<Progress, StoredError> {
        let content = self
            .content
            .into_iter()
            .map(|(name, digest)| Ok((name, digest_of(&digest)?)));
        let content = content.collect::<Result<_, StoredError>>()?;
        let attempt = self.attempt.map(|attempt| attempt.into_attempt(contents));
        let attempt = attempt.transpose()?;
        let documents = self.documents.into_iter().map(|document| {
            Ok(Document {
                name: document.name,
                media_type: document.media_type,
                content: contents.take(document.bytes)?,
            })
        });
        let documents = documents.collect::<Result<_, StoredError>>()?;
        let ended = self.ended.map(|ended| {
            Ok(Ended {
                code: ended.code,
                reference: ended.reference,
                at: moment(&ended.at)?,
            })
        });
        Ok(Progress {
            agency: self.agency,
            operation: self.operation,
            parameters: self.parameters,
            cursor: self.cursor,
            content,
            step: self.step,
            exchanges: self.exchanges,
            attempt,
            results: Results {
                events: self.events,
                documents,
                follow_ups: self.follow_ups,
            },
            not_before: self.not_before.as_deref().map(moment).transpose()?,
            next_digest: self.next_digest.as_deref().map(digest_of).transpose()?,
            done: self.done,
            ended: ended.transpose()?,
        })
    }
}

impl StoredAttempt {
    fn of(attempt: &Attempt) -> Self {
        let Attempt {
            request,
            sendings,
            unresolved,
            first_sent,
        } = attempt;
        Self {
            target: request.target.clone(),
            headers: request.headers.clone(),
            secret_headers: request.secret_headers.clone(),
            body_bytes: request.body.size(),
            timeout_milliseconds: u64::try_from(request.timeout.as_millis()).unwrap_or(u64::MAX),
            reference: request.reference.clone(),
            tls_role: request.tls_role.clone(),
            keep_bytes: request.keep_bytes,
            memo: request.memo.clone(),
            sendings: *sendings,
            unresolved: *unresolved,
            first_sent: first_sent.map(text),
        }
    }

    fn into_attempt(self, contents: &mut Contents<'_>) -> Result<Attempt, StoredError> {
        Ok(Attempt {
            request: Request {
                target: self.target,
                headers: self.headers,
                secret_headers: self.secret_headers,
                body: contents.take(self.body_bytes)?,
                timeout: Duration::from_millis(self.timeout_milliseconds),
                reference: self.reference,
                tls_role: self.tls_role,
                keep_bytes: self.keep_bytes,
                memo: self.memo,
            },
            sendings: self.sendings,
            unresolved: self.unresolved,
            first_sent: self.first_sent.as_deref().map(moment).transpose()?,
        })
    }
}

/// RFC 3339. What is beyond the calendar is its end, or its beginning: a time before which nothing may be sent is not forgotten.
fn text(at: SystemTime) -> String {
    match Moment::from_system_time(at) {
        Some(moment) => moment.to_string(),
        None if at > SystemTime::UNIX_EPOCH => LATEST.to_owned(),
        None => EARLIEST.to_owned(),
    }
}

fn moment(text: &str) -> Result<SystemTime, StoredError> {
    let moment = text.parse::<Moment>().ok();
    let moment = moment.and_then(Moment::to_system_time);
    moment.ok_or_else(|| StoredError("a time is none".to_owned()))
}

fn digest_of(digits: &str) -> Result<[u8; 32], StoredError> {
    bytes_of(digits).ok_or_else(|| StoredError("a digest is none".to_owned()))
}

fn bytes_of(digits: &str) -> Option<[u8; 32]> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let pairs = pairs.iter().map(|pair| {
        // A sign would be a number too.
        let pair = std::str::from_utf8(pair).ok()?;
        let digits = pair.bytes().all(|byte| byte.is_ascii_hexdigit());
        u8::from_str_radix(pair, 16).ok().filter(|_| digits)
    });
    let bytes: Vec<u8> = pairs.collect::<Option<_>>()?;
    bytes.try_into().ok().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests;
