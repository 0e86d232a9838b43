// SPDX-License-Identifier: Apache-2.0
use silta_store::{
    Store, StoreError, Why,
    record::{
        Actor, Decision, Ending, MOST_ROWS, OperationId, OperationListing, OperationPhase, Outcome,
        Submission, Submitted,
    },
};

use crate::{
    bed::{Bed, START},
    given::{MINUTE, claim, ended, key, submission},
};

fn listing() -> OperationListing {
    OperationListing {
        limit: 100,
        ..OperationListing::default()
    }
}

fn submit(store: &dyn Store, wish: &Submission) -> OperationId {
    match store.submit(wish).unwrap() {
        Submitted::New(id) => id,
        Submitted::Known(id) => panic!("{id} was there"),
    }
}

pub(super) fn listed(bed: &mut dyn Bed) {
    let all = one_of_each_phase(bed.store());
    bed.reopen();
    let store = bed.store();
    assert_eq!(numbers(store, &listing()), all);
    let [done, held, running, waiting, queued] = all;
    for (phase, expected) in [
        (OperationPhase::Ended, done),
        (OperationPhase::Held, held),
        (OperationPhase::Running, running),
        (OperationPhase::Waiting, waiting),
        (OperationPhase::Queued, queued),
    ] {
        assert_eq!(in_phase(store, phase), [expected], "{phase:?}");
    }
    let page = store.operations(&listing()).unwrap();
    assert_eq!(page.now, START);
    for operation in page.operations {
        assert_eq!(store.operation(operation.id).unwrap(), Some(operation));
    }
    for (listing, expected) in listings(all) {
        assert_eq!(numbers(store, &listing), expected, "{listing:?}");
    }
    // Leases and waits end by the store's time.
    bed.clock().set(START.after(MINUTE));
    let store = bed.store();
    assert_eq!(
        in_phase(store, OperationPhase::Queued),
        [running, waiting, queued]
    );
    store
        .decide(held, None, Decision::Resume, &Actor::default())
        .unwrap();
    assert!(in_phase(store, OperationPhase::Held).is_empty());
    let too_many = store.operations(&OperationListing {
        limit: MOST_ROWS + 1,
        ..listing()
    });
    assert!(matches!(
        too_many,
        Err(StoreError::Refused(Why::TooMany { .. }))
    ));
}

/// Operations that are done, held, carried out, wait, and are queued. The one that waits is of another agency, and was submitted under a key.
fn one_of_each_phase(store: &dyn Store) -> [OperationId; 5] {
    let done = submit(store, &submission("first"));
    let held = submit(store, &submission("second"));
    let running = submit(store, &submission("second"));
    for claimed in claim(store, 3) {
        let outcome = match claimed.operation.id {
            id if id == done => ended(Ending::default()),
            id if id == held => Outcome::Held {
                why: "why".into(),
                progress: None,
                note: None,
            },
            _ => continue,
        };
        store.settle(&claimed.lease, &outcome).unwrap();
    }
    let elsewhere = Submission {
        agency: "tulli".into(),
        delay: MINUTE,
        idempotency: key("client", "k"),
        ..submission("first")
    };
    let waiting = submit(store, &elsewhere);
    let queued = submit(store, &submission("third"));
    [done, held, running, waiting, queued]
}

/// What is asked for, and which of them it is.
#[rustfmt::skip]
fn listings([done, held, running, waiting, queued]: [OperationId; 5]) -> Vec<(OperationListing, Vec<OperationId>)> {
    let agencies = vec!["tulli".into(), "nobody".into()];
    vec![
        (OperationListing { after: held, limit: 2, ..listing() }, vec![running, waiting]),
        (OperationListing { newest_first: true, limit: 2, ..listing() }, vec![queued, waiting]),
        (OperationListing { after: running, newest_first: true, ..listing() }, vec![held, done]),
        (OperationListing { agencies, ..listing() }, vec![waiting]),
        (OperationListing { operation: Some("first".into()), ..listing() }, vec![done, waiting]),
        (OperationListing { submitted_under: key("client", "k"), ..listing() }, vec![waiting]),
        (OperationListing { submitted_under: key("other", "k"), ..listing() }, vec![]),
        (OperationListing { after: OperationId(u64::MAX), ..listing() }, vec![]),
        (OperationListing { limit: 0, ..listing() }, vec![]),
    ]
}

fn in_phase(store: &dyn Store, phase: OperationPhase) -> Vec<OperationId> {
    let listing = OperationListing {
        phase: Some(phase),
        ..listing()
    };
    numbers(store, &listing)
}

fn numbers(store: &dyn Store, listing: &OperationListing) -> Vec<OperationId> {
    let page = store.operations(listing).unwrap();
    page.operations
        .iter()
        .map(|operation| operation.id)
        .collect()
}
