// SPDX-License-Identifier: Apache-2.0
//! Answers that mean nothing, kept in the inbox for somebody to look at.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::{Instant, SystemTime},
};

use serde_json::json;
use silta::{Blob, exchange::Answer};
use silta_store::{
    Content, Store, StoreError, Timestamp,
    record::{Arrival, Budget, Document, Event, Receipt, Reserved},
};

use super::{keeping::ask, settings::SendingSettings};
use crate::{inbound::UNREADABLE, metrics::Metrics};

/// The window within which they are counted.
const HOUR: std::time::Duration = std::time::Duration::from_secs(60 * 60);

/// An answer that the component could not read.
pub(super) struct Unreadable<'a> {
    pub(super) agency: &'a str,
    /// The operation by name, and the reference of its request.
    pub(super) operation: &'a str,
    pub(super) reference: &'a str,
    pub(super) answer: &'a Answer,
    /// What is wrong with it, as a code.
    pub(super) code: &'a str,
}

/// What was kept of an agency in this hour, as this process remembers it: the same again takes no room from others, and asks no store. There are no more of them than may be kept in an hour.
#[derive(Debug, Default)]
pub(super) struct KeptAnswers(Mutex<Hour>);

#[derive(Debug, Default)]
struct Hour {
    since: Option<Instant>,
    /// By deduplication key.
    kept: BTreeSet<String>,
    /// Whether the operator knows that others are left out.
    is_full: bool,
}

impl KeptAnswers {
    fn with<T>(&self, now: Instant, ask: impl FnOnce(&mut Hour) -> T) -> T {
        let mut hour = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = *hour.since.get_or_insert(now);
        if now.saturating_duration_since(since) >= HOUR {
            *hour = Hour {
                since: Some(now),
                ..Hour::default()
            };
        }
        ask(&mut hour)
    }

    /// Whether it is to be kept: for the first who asks.
    fn begin(&self, key: &str, now: Instant) -> bool {
        self.with(now, |hour| hour.kept.insert(key.to_owned()))
    }

    /// It was not kept after all.
    fn take_back(&self, key: &str, now: Instant) {
        self.with(now, |hour| hour.kept.remove(key));
    }

    /// Whether it is the first of the hour that is left out.
    fn is_first_left_out(&self, now: Instant) -> bool {
        self.with(now, |hour| !std::mem::replace(&mut hour.is_full, true))
    }
}

/// Keeps an answer, as often in an hour as the settings allow. Whether it is kept or not changes nothing for its operation.
pub(super) async fn keep(
    store: Arc<dyn Store>,
    metrics: Metrics,
    (settings, known): (SendingSettings, &KeptAnswers),
    unreadable: Unreadable<'_>,
) {
    let agency = unreadable.agency.to_owned();
    let (operation, code) = (unreadable.operation.to_owned(), unreadable.code.to_owned());
    let arrival = arrival(&unreadable, settings.unreadable_answer_bytes);
    let key = key(&arrival);
    if !known.begin(&key, Instant::now()) {
        return;
    }
    let budget = Budget {
        agency: agency.clone(),
        name: "unreadable answers".to_owned(),
        calls: settings.unreadable_answers_per_hour,
        window: HOUR,
        margin: std::time::Duration::ZERO,
    };
    let kept = ask(&store, move |store| keep_within(store, &budget, &arrival));
    let kept = kept.await;
    if !matches!(kept, Ok(Some(_))) {
        known.take_back(&key, Instant::now());
    }
    match kept {
        Ok(Some(Receipt::New(position))) => {
            metrics.unreadable(&agency);
            let position = position.0;
            tracing::warn!(target: "silta::sending", agency, operation, code, position, "the answer means nothing; it is kept in the inbox as `silta.unreadable`, for somebody to look at");
        }
        Ok(Some(Receipt::Duplicate(_))) => {}
        Ok(None) => {
            metrics.unreadable_left_out(&agency);
            if known.is_first_left_out(Instant::now()) {
                tracing::warn!(target: "silta::sending", agency, operation, code, "the answer means nothing; it is not kept, since as many were in this hour as may be (`sending.unreadable-answers-per-hour`). Others of this hour are counted only");
            }
        }
        Err(error) => {
            metrics.unreadable_left_out(&agency);
            tracing::error!(target: "silta::sending", agency, operation, code, %error, "the answer means nothing, and could not be kept");
        }
    }
}

/// `None` where there is no room in this hour.
fn keep_within(
    store: &dyn Store,
    budget: &Budget,
    arrival: &Arrival,
) -> Result<Option<Receipt>, StoreError> {
    if budget.calls == 0 {
        return Ok(None);
    }
    match store.reserve(budget)? {
        Reserved::Now => store.commit(arrival).map(Some),
        Reserved::NotBefore(_) => Ok(None),
    }
}

/// What it is known by.
fn key(arrival: &Arrival) -> String {
    let event = arrival.events.first();
    event.map_or_else(String::new, |event| event.deduplication_key.clone())
}

/// One event and the body as a document. The same body to the same operation is the same entry. Of header fields only the media type is kept: there may be secrets
/// in others.
fn arrival(unreadable: &Unreadable<'_>, most: u64) -> Arrival {
    let Unreadable {
        agency,
        operation,
        reference,
        answer,
        code,
    } = unreadable;
    let mut fields = answer.headers.iter();
    let media_type = fields.find(|(name, _)| name == "content-type");
    let media_type = media_type.map_or("application/octet-stream", |(_, value)| value);
    let (content, size) = (head(&answer.body, most), answer.body.size());
    let data = json!({
        "transport": "answer",
        "operation": operation,
        "reference": reference,
        "status": answer.status,
        "code": code,
        "bytes": size,
        "isWhole": content.size() == size,
    });
    let digest = content.digest();
    Arrival {
        agency: (*agency).to_owned(),
        operation: UNREADABLE.to_owned(),
        at: Timestamp::from(SystemTime::now()),
        events: vec![Event {
            kind: UNREADABLE.to_owned(),
            data: data.to_string(),
            deduplication_key: format!("{UNREADABLE}/{operation}/{}/{digest}", answer.status),
            about: (!reference.is_empty()).then(|| (*reference).to_owned()),
        }],
        documents: vec![Document {
            name: "answer".to_owned(),
            media_type: media_type.to_owned(),
            content,
        }],
        ..Arrival::default()
    }
}

/// So many bytes of a body, shared with it.
fn head(body: &Blob, most: u64) -> Content {
    let mut left = usize::try_from(most).unwrap_or(usize::MAX);
    let segments = body.to_segments().into_iter().map(|segment| {
        let taken = segment.len().min(left);
        left -= taken;
        segment.slice(..taken)
    });
    Content::from_segments(segments.filter(|segment| !segment.is_empty()))
}

#[cfg(test)]
mod tests {
    use silta_store::MemoryStore;

    use super::*;

    fn answer(body: &str) -> Answer {
        Answer {
            status: 200,
            headers: vec![
                ("set-cookie".to_owned(), "hush".to_owned()),
                ("content-type".to_owned(), "text/html".to_owned()),
            ],
            body: Blob::from(body.as_bytes().to_vec()),
        }
    }

    fn of<'a>(answer: &'a Answer) -> Unreadable<'a> {
        Unreadable {
            agency: "a",
            operation: "list",
            reference: "r-1",
            answer,
            code: "answer.no-xml",
        }
    }

    #[test]
    fn an_answer_is_kept_once_and_cut_where_it_is_long() {
        let whole = arrival(&of(&answer("<html>")), 100);
        let data: serde_json::Value = serde_json::from_str(&whole.events[0].data).unwrap();
        assert_eq!(
            (&data["bytes"], &data["isWhole"]),
            (&6.into(), &true.into())
        );
        assert_eq!(whole.documents[0].media_type, "text/html");
        assert!(!whole.events[0].data.contains("hush"));
        let cut = arrival(&of(&answer("<html>")), 4);
        assert_eq!(cut.documents[0].content.to_vec(), b"<htm");
        let data: serde_json::Value = serde_json::from_str(&cut.events[0].data).unwrap();
        assert_eq!(
            (&data["bytes"], &data["isWhole"]),
            (&6.into(), &false.into())
        );
        let store = MemoryStore::new();
        assert!(matches!(store.commit(&whole), Ok(Receipt::New(_))));
        assert!(matches!(store.commit(&whole), Ok(Receipt::Duplicate(_))));
        let other = arrival(&of(&answer("<html/>")), 100);
        assert!(matches!(store.commit(&other), Ok(Receipt::New(_))));
    }

    #[test]
    fn the_same_is_kept_once_in_an_hour_and_the_first_that_is_left_out_is_told() {
        let (known, now) = (KeptAnswers::default(), Instant::now());
        assert!(known.begin("1", now) && !known.begin("1", now));
        assert!(known.begin("2", now));
        known.take_back("2", now);
        assert!(known.begin("2", now));
        assert!(known.is_first_left_out(now) && !known.is_first_left_out(now));
        let later = now + HOUR;
        assert!(known.begin("1", later) && known.is_first_left_out(later));
    }

    #[test]
    fn so_many_are_kept_in_an_hour() {
        let store = MemoryStore::new();
        let budget = |calls| Budget {
            agency: "a".to_owned(),
            name: "unreadable answers".to_owned(),
            calls,
            window: HOUR,
            margin: std::time::Duration::ZERO,
        };
        let keep = |body: &str, calls| {
            let arrival = arrival(&of(&answer(body)), 100);
            keep_within(&store, &budget(calls), &arrival).unwrap()
        };
        assert!(matches!(keep("1", 2), Some(Receipt::New(_))));
        assert!(matches!(keep("2", 2), Some(Receipt::New(_))));
        assert_eq!(keep("3", 2), None);
        assert_eq!(keep("4", 0), None);
    }
}
