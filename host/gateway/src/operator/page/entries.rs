// SPDX-License-Identifier: Apache-2.0
//! Entries of the inbox: which there are and how far they have been handed over, not what is in them.

use askama::Template;
use silta_store::{
    Timestamp,
    record::{Entry, Event, Listing, Position, Source},
};

use super::{
    facts::{Facts, NoPage},
    language::Language,
    layout::{Badge, Content, Prose, Tone, plain},
    operations::{Choice, ROWS, agencies},
    route::{Filter, Waiting},
    when::When,
    words::Words,
};
use crate::inbound::UNREADABLE;

/// Documents and follow-ups that one entry names; it says how many more there are.
const NAMED: usize = 100;

/// Kinds of events that one entry names.
const KINDS: usize = 20;

struct Row {
    position: u64,
    agency: String,
    operation: String,
    state: Badge,
    committed: When,
    kinds: Vec<(String, usize)>,
    more_events: usize,
    documents: usize,
    is_unreadable: bool,
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct Inbox {
    w: &'static Words,
    agencies: Vec<Choice>,
    is_waiting: bool,
    rows: Vec<Row>,
    newest: Option<String>,
    older: Option<String>,
    unreadable: Badge,
}

#[derive(Template)]
#[template(path = "entry.html")]
struct Shown {
    w: &'static Words,
    agency: String,
    operation: String,
    state: Badge,
    received: When,
    committed: When,
    acknowledged: Option<When>,
    owner: Option<String>,
    until: Option<When>,
    source: Option<u64>,
    kinds: Vec<(String, usize)>,
    more_events: usize,
    documents: Vec<(String, u64)>,
    more_documents: usize,
    follow_ups: Vec<u64>,
    more_follow_ups: usize,
    component: String,
    is_unreadable: bool,
}

/// The list.
pub(super) fn list(
    facts: &Facts,
    language: Language,
    filter: &Filter<Waiting>,
) -> Result<Content, NoPage> {
    let w = language.words();
    let listing = Listing {
        after: Position(filter.before),
        newest_first: true,
        agency: filter.agency.clone(),
        waiting: filter.state.is_some(),
        limit: ROWS as u32 + 1,
    };
    let mut entries = facts.store.list(&listing)?;
    let now = facts.store.now()?;
    let has_more = entries.len() > ROWS;
    entries.truncate(ROWS);
    let at = |before: u64| {
        let filter = Filter {
            before,
            ..filter.clone()
        };
        filter.address()
    };
    let last = entries.last().map_or(0, |entry| entry.position.0);
    let shown = Inbox {
        w,
        agencies: agencies(facts, filter.agency.as_deref()),
        is_waiting: filter.state.is_some(),
        rows: entries.iter().map(|entry| row(entry, now, w)).collect(),
        newest: (filter.before > 0).then(|| at(0)),
        older: has_more.then(|| at(last)),
        unreadable: Badge {
            word: w.unreadable,
            tone: Tone::Bad,
        },
    };
    Ok(Content {
        title: w.inbox.to_owned(),
        html: shown.render()?,
    })
}

/// One of them.
pub(super) fn content(
    facts: &Facts,
    language: Language,
    position: Position,
) -> Result<Content, NoPage> {
    let w = language.words();
    let entry = facts.store.show(position)?.ok_or(NoPage::Missing)?;
    let now = facts.store.now()?;
    let Row {
        agency,
        operation,
        state,
        committed,
        kinds,
        more_events,
        is_unreadable,
        ..
    } = row(&entry, now, w);
    let (received, delivery) = (&entry.received, &entry.delivery);
    let is_given = delivery.acknowledged.is_none() && delivery.until > now;
    let documents = received.documents.iter().take(NAMED);
    let shown = Shown {
        w,
        agency,
        operation,
        state,
        received: When::new(received.at, now, w),
        committed,
        acknowledged: delivery.acknowledged.map(|at| When::new(at, now, w)),
        owner: delivery.owner.as_deref().filter(|_| is_given).map(plain),
        until: is_given.then(|| When::new(delivery.until, now, w)),
        source: match received.source {
            Source::Call => None,
            Source::Operation(id) => Some(id.0),
        },
        more_events,
        kinds,
        documents: documents
            .map(|document| (plain(&document.media_type), document.size))
            .collect(),
        more_documents: received.documents.len().saturating_sub(NAMED),
        follow_ups: received
            .follow_ups
            .iter()
            .take(NAMED)
            .map(|id| id.0)
            .collect(),
        more_follow_ups: received.follow_ups.len().saturating_sub(NAMED),
        component: plain(&received.provenance.component),
        is_unreadable,
    };
    Ok(Content {
        title: format!("{} {position}", w.entry),
        html: shown.render()?,
    })
}

fn row(entry: &Entry, now: Timestamp, w: &'static Words) -> Row {
    let received = &entry.received;
    let (kinds, more_events) = kinds(&received.events);
    let mut events = received.events.iter();
    Row {
        position: entry.position.0,
        agency: plain(&entry.agency),
        operation: plain(&received.operation),
        state: state(entry, now, w),
        committed: When::new(received.committed, now, w),
        kinds,
        more_events,
        documents: received.documents.len(),
        is_unreadable: events.any(|event| event.kind == UNREADABLE),
    }
}

fn state(entry: &Entry, now: Timestamp, w: &'static Words) -> Badge {
    let delivery = &entry.delivery;
    let (word, tone) = match (delivery.acknowledged, &delivery.owner) {
        (Some(_), _) => (w.acknowledged, Tone::Good),
        (None, _) if delivery.until <= now => (w.unacknowledged, Tone::Idle),
        (None, Some(_)) => (w.leased, Tone::Good),
        (None, None) => (w.postponed, Tone::Warn),
    };
    Badge { word, tone }
}

/// Each kind of events with the number of those, in the order of the first of each, and how many events are of kinds that are not named.
fn kinds(events: &[Event]) -> (Vec<(String, usize)>, usize) {
    let (mut kinds, mut more) = (Vec::<(&str, usize)>::new(), 0);
    for event in events {
        let is_full = kinds.len() >= KINDS;
        let known = kinds.iter_mut().find(|(kind, _)| *kind == event.kind);
        match known {
            Some((_, number)) => *number += 1,
            None if is_full => more += 1,
            None => kinds.push((event.kind.as_str(), 1)),
        }
    }
    let shown = kinds.into_iter();
    (
        shown.map(|(kind, number)| (plain(kind), number)).collect(),
        more,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_events_are_counted() {
        let event = |kind: usize| Event {
            kind: format!("k{kind}"),
            ..Event::default()
        };
        let events: Vec<_> = [0, 1, 0].into_iter().chain(2..25).map(event).collect();
        let (kinds, more) = kinds(&events);
        assert_eq!(kinds.len(), KINDS);
        assert_eq!(kinds[..2], [("k0".to_owned(), 2), ("k1".to_owned(), 1)]);
        assert_eq!(more, 5);
    }
}
