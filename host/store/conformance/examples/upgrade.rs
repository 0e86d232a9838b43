// SPDX-License-Identifier: Apache-2.0
//! A step of an upgrade: `upgrade FOLDER STEP` goes on with the store in a folder, whichever version of the program has left it, and panics where anything is lost.
//!
//! `.ci/upgrade` builds it from this version and from an earlier one, and has them take turns. So it uses only what both have.

#![expect(clippy::unwrap_used, reason = "a proof stops at the first surprise")]

use std::{env, path::Path, time::Duration};

use silta_store::{
    Content, SqliteSettings, SqliteStore, Store,
    record::{
        Arrival, Claim, Document, Ending, Event, FollowUp, IdempotencyKey, LeaseWish, Listing,
        Note, OperationListing, Outcome, Receipt, Submission, Submitted,
    },
};

/// Bytes of a document that is a file of its own.
const LARGE: usize = 2 << 20;

fn main() {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().unwrap();
    let step: u32 = arguments.next().unwrap().parse().unwrap();
    let store = SqliteStore::open(Path::new(&folder), SqliteSettings::default()).unwrap();
    assert_eq!(store.check().unwrap(), []);
    is_whole(&store, step);
    for earlier in 1..step {
        let again = Store::commit(&store, &arrival(earlier)).unwrap();
        assert!(matches!(again, Receipt::Duplicate(_)), "{again:?}");
        for name in ["ends", "held", "waits"] {
            let known = store.submit(&submission(name, earlier)).unwrap();
            assert!(matches!(known, Submitted::Known(_)), "{known:?}");
        }
    }
    let new = Store::commit(&store, &arrival(step)).unwrap();
    assert!(matches!(new, Receipt::New(_)), "{new:?}");
    for name in ["ends", "held", "waits"] {
        let new = store.submit(&submission(name, step)).unwrap();
        assert!(matches!(new, Submitted::New(_)), "{new:?}");
    }
    carry_out(&store, step);
    take_one(&store);
    is_whole(&store, step + 1);
    assert_eq!(store.check().unwrap(), []);
    println!("step {step}: {step} arrivals, each with what it brought");
}

/// Everything that the steps before have left, and nothing else.
fn is_whole(store: &SqliteStore, step: u32) {
    let before = step as usize - 1;
    let all = Listing {
        limit: 1_000,
        ..Listing::default()
    };
    let entries = store.list(&all).unwrap();
    let of_calls = entries.iter().filter(|entry| entry.agency == "tulli");
    let documents: Vec<_> = of_calls
        .flat_map(|entry| &entry.received.documents)
        .collect();
    assert_eq!(documents.len(), before);
    for document in documents {
        let content = store.body(document.body).unwrap().unwrap();
        assert_eq!(content.to_vec(), vec![b'x'; LARGE]);
    }
    let waiting = entries
        .iter()
        .filter(|entry| entry.delivery.acknowledged.is_none());
    // One has been taken in each step, of two that each has brought: by a call, and by an operation that ended.
    assert_eq!((entries.len(), waiting.count()), (2 * before, before));
    let all = OperationListing {
        limit: 1_000,
        ..OperationListing::default()
    };
    let operations = store.operations(&all).unwrap().operations;
    let number = |name: &str| {
        let named = operations.iter().filter(|one| one.wish.operation == name);
        named.count()
    };
    assert_eq!(
        ["download", "ends", "held", "waits"].map(number),
        [before; 4]
    );
    for one in &operations {
        match &*one.wish.operation {
            "ends" => assert!(one.state.ended.is_some()),
            "held" => assert_eq!(one.state.held.as_deref(), Some("somebody has to look")),
            _ => {
                let kept = one
                    .state
                    .progress
                    .map(|body| store.body(body).unwrap().unwrap());
                assert_eq!(kept.unwrap().to_vec(), b"progress");
                assert!(one.state.runs > 0);
            }
        }
    }
}

/// Runs everything whose time has come: what was left by the steps before is among it.
fn carry_out(store: &SqliteStore, step: u32) {
    let claim = Claim {
        owner: format!("step {step}"),
        limit: 1_000,
        duration: Duration::from_secs(60),
        ..Claim::default()
    };
    let claimed = store.claim(&claim).unwrap();
    // Follow-ups and what waits, of all steps; and this step's own.
    assert_eq!(claimed.len(), 2 * step as usize + 2);
    for one in claimed {
        let note = Some(Note {
            class: "unanswered".into(),
            code: "none".into(),
            text: "words".into(),
            counts: true,
        });
        let progress = Some(Content::from(b"progress".as_slice()));
        let outcome = match &*one.operation.wish.operation {
            "ends" => Outcome::Ended(Box::new(Ending {
                code: "000".into(),
                events: vec![event(&format!("sent/{step}"))],
                ..Ending::default()
            })),
            "held" => Outcome::Held {
                why: "somebody has to look".into(),
                progress,
                note,
            },
            _ => Outcome::Again {
                delay: Duration::ZERO,
                progress,
                note,
            },
        };
        store.settle(&one.lease, &outcome).unwrap();
    }
}

fn take_one(store: &SqliteStore) {
    let wish = LeaseWish {
        owner: "erp".into(),
        limit: 1,
        duration: Duration::from_secs(60),
        ..LeaseWish::default()
    };
    let lease = store.lease(&wish).unwrap().remove(0).lease;
    store.acknowledge(lease.id, Some(lease.epoch)).unwrap();
}

fn arrival(step: u32) -> Arrival {
    Arrival {
        agency: "tulli".into(),
        operation: "notify".into(),
        events: vec![event(&format!("came/{step}"))],
        documents: vec![Document {
            name: "päätös.txt".into(),
            media_type: "text/plain".into(),
            content: vec![b'x'; LARGE].into(),
        }],
        follow_ups: vec![FollowUp {
            operation: "download".into(),
            parameters: "{}".into(),
            deduplication_key: format!("d/{step}"),
            lane: None,
        }],
        ..Arrival::default()
    }
}

fn event(key: &str) -> Event {
    Event {
        kind: "message".into(),
        data: "{}".into(),
        deduplication_key: key.into(),
        about: None,
    }
}

fn submission(name: &str, step: u32) -> Submission {
    Submission {
        agency: "vero".into(),
        operation: name.into(),
        parameters: "{}".into(),
        payload: Some(b"payload".as_slice().into()),
        idempotency: Some(IdempotencyKey {
            client: "erp".into(),
            key: format!("{name}/{step}"),
        }),
        ..Submission::default()
    }
}
