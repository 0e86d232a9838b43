// SPDX-License-Identifier: Apache-2.0
use std::time::SystemTime;

use silta::{
    Blob,
    exchange::{Document, Event, FollowUp},
};
use silta_gateway::{Arrival, Inbox, KnownKeys, MemoryInbox, Receipt};

fn arrival(agency: &str, events: &[&str], follow_ups: &[&str]) -> Arrival {
    let event = |key: &&str| Event {
        kind: "happened".into(),
        data: "{}".into(),
        deduplication_key: (*key).into(),
        about: None,
    };
    let follow_up = |key: &&str| FollowUp {
        operation: "download".into(),
        parameters: "{}".into(),
        deduplication_key: (*key).into(),
    };
    Arrival {
        agency: agency.into(),
        generation: 1,
        at: SystemTime::UNIX_EPOCH,
        operation: "notify".into(),
        events: events.iter().map(event).collect(),
        documents: vec![Document {
            name: "a.txt".into(),
            media_type: "text/plain".into(),
            content: Blob::empty(),
        }],
        follow_ups: follow_ups.iter().map(follow_up).collect(),
    }
}

/// Keys of events and of follow-ups.
fn keys(arrival: &Arrival) -> (Vec<&str>, Vec<&str>) {
    let events = arrival.events.iter();
    let follow_ups = arrival.follow_ups.iter();
    (
        events
            .map(|event| event.deduplication_key.as_str())
            .collect(),
        follow_ups
            .map(|follow_up| follow_up.deduplication_key.as_str())
            .collect(),
    )
}

#[test]
fn only_what_is_not_known_is_kept() {
    let inbox = MemoryInbox::default();
    let commit = |arrival| inbox.commit(arrival).unwrap();
    assert_eq!(
        commit(arrival("a", &["1", "2", "1"], &["x", "x"])),
        Receipt::New
    );
    assert_eq!(
        commit(arrival("a", &["2", "1"], &["y"])),
        Receipt::Duplicate
    );
    assert_eq!(commit(arrival("a", &["2", "3"], &["x", "y"])), Receipt::New);
    // An event's key is no follow-up's, and another agency's keys are its own.
    assert_eq!(commit(arrival("a", &["x"], &["1"])), Receipt::New);
    assert_eq!(commit(arrival("b", &["1"], &[])), Receipt::New);
    // Without events there is nothing to be a duplicate by.
    assert_eq!(commit(arrival("a", &[], &["x", "z"])), Receipt::New);
    let arrivals = inbox.take();
    let kept: Vec<_> = arrivals.iter().map(keys).collect();
    let expected = [
        (vec!["1", "2"], vec!["x"]),
        (vec!["3"], vec!["y"]),
        (vec!["x"], vec!["1"]),
        (vec!["1"], vec![]),
        (vec![], vec!["z"]),
    ];
    assert_eq!(kept, expected);
    assert_eq!(arrivals[0].documents.len(), 1);
    assert!(inbox.arrivals().is_empty());
    assert_eq!(commit(arrival("b", &["1"], &[])), Receipt::Duplicate);
}

#[test]
fn keys_that_were_not_remembered_are_not_known() {
    let known = KnownKeys::default();
    for _ in 0..2 {
        assert!(known.unknown(arrival("a", &["1"], &[])).is_some());
    }
}

#[test]
fn the_oldest_keys_are_forgotten_first() {
    let mut known = KnownKeys::with_capacity(2);
    for key in ["1", "2", "2", "3"] {
        known.remember(&arrival("a", &[key], &[]));
    }
    let is_known = |key| known.unknown(arrival("a", &[key], &[])).is_none();
    assert_eq!(["1", "2", "3"].map(is_known), [false, true, true]);
}
