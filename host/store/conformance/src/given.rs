// SPDX-License-Identifier: Apache-2.0
//! Records to begin with, all of them made up.

use std::time::Duration;

use silta_store::{
    Store,
    record::{
        Arrival, Claim, Claimed, Document, Ending, Entry, Event, FollowUp, Generation,
        GenerationListing, GenerationRejection, IdempotencyKey, LeaseWish, LeasedEntry, Listing,
        NewGeneration, Outcome, Provenance, ServeOrder, Submission,
    },
};

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

pub(crate) fn event(key: &str) -> Event {
    Event {
        kind: "message".into(),
        data: format!(r#"{{"of":"{key}"}}"#),
        deduplication_key: key.into(),
        about: None,
    }
}

pub(crate) fn document(name: &str, content: &[u8]) -> Document {
    Document {
        name: name.into(),
        media_type: "text/plain".into(),
        content: content.into(),
    }
}

pub(crate) fn follow_up(key: &str) -> FollowUp {
    FollowUp {
        operation: "download".into(),
        parameters: format!(r#"{{"of":"{key}"}}"#),
        deduplication_key: key.into(),
        lane: None,
    }
}

/// An arrival of the agency `vero` with events of these keys.
pub(crate) fn arrival(keys: &[&str]) -> Arrival {
    Arrival {
        agency: "vero".into(),
        operation: "notify".into(),
        provenance: Provenance {
            component: "c".into(),
            settings: "s".into(),
            generation: Some(1),
        },
        at: super::START,
        events: keys.iter().map(|key| event(key)).collect(),
        documents: Vec::new(),
        follow_ups: Vec::new(),
        trace: None,
    }
}

/// A generation that can serve.
pub(crate) fn generation(agency: &str, component: &[u8]) -> NewGeneration {
    NewGeneration {
        agency: agency.into(),
        component: component.into(),
        version: "1.0.0".into(),
        settings: "s".into(),
        by: "configuration".into(),
        why: "it was there".into(),
        is_downgrade: false,
        package: None,
        rejection: None,
    }
}

pub(crate) fn rejection() -> GenerationRejection {
    GenerationRejection {
        step: "compiled".into(),
        code: "deployment.invalid".into(),
        reason: "it is none".into(),
        reference: None,
    }
}

pub(crate) fn order(agency: &str, number: u64) -> ServeOrder {
    ServeOrder {
        agency: agency.into(),
        number,
        configured: "d".into(),
        by: "maija".into(),
        why: "a new interface".into(),
        promoted: None,
    }
}

/// All of an agency, the last first.
pub(crate) fn generations(store: &dyn Store, agency: &str) -> Vec<Generation> {
    let listing = GenerationListing {
        agency: agency.into(),
        before: 0,
        limit: 1_000,
    };
    store.generations(&listing).unwrap()
}

pub(crate) fn submission(operation: &str) -> Submission {
    Submission {
        agency: "vero".into(),
        operation: operation.into(),
        parameters: "{}".into(),
        ..Submission::default()
    }
}

pub(crate) fn key(client: &str, key: &str) -> Option<IdempotencyKey> {
    Some(IdempotencyKey {
        client: client.into(),
        key: key.into(),
    })
}

/// All entries.
pub(crate) fn entries(store: &dyn Store) -> Vec<Entry> {
    store
        .list(&Listing {
            limit: 1_000,
            ..Listing::default()
        })
        .unwrap()
}

/// The keys of all events, in order of their entries.
pub(crate) fn event_keys(store: &dyn Store) -> Vec<String> {
    let events = entries(store)
        .into_iter()
        .flat_map(|entry| entry.received.events);
    events.map(|event| event.deduplication_key).collect()
}

pub(crate) fn lease(store: &dyn Store, limit: u32) -> Vec<LeasedEntry> {
    let wish = LeaseWish {
        owner: "one".into(),
        agency: None,
        limit,
        duration: MINUTE,
        ..LeaseWish::default()
    };
    store.lease(&wish).unwrap()
}

pub(crate) fn claim(store: &dyn Store, limit: u32) -> Vec<Claimed> {
    let claim = Claim {
        owner: "one".into(),
        agencies: Vec::new(),
        except: Vec::new(),
        at_once: Vec::new(),
        limit,
        duration: MINUTE,
    };
    store.claim(&claim).unwrap()
}

/// The operations that are given out now, by name.
pub(crate) fn claimed_names(store: &dyn Store) -> Vec<String> {
    claim(store, 100)
        .into_iter()
        .map(|claimed| claimed.operation.wish.operation)
        .collect()
}

pub(crate) fn ended(ending: Ending) -> Outcome {
    Outcome::Ended(Box::new(ending))
}
