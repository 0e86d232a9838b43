// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use crate::{
    bed::Bed,
    given::{arrival, submission},
};
use silta_store::record::{
    Claim, Ending, Event, FollowUp, IdempotencyKey, Listing, OperationId, OperationListing,
    Outcome, Submission, Submitted,
};

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn follow_up(key: &str) -> FollowUp {
    FollowUp {
        operation: "next".into(),
        parameters: "{}".into(),
        deduplication_key: key.into(),
        lane: None,
    }
}

pub(super) fn handed_on(bed: &mut dyn Bed) {
    let store = bed.store();
    let mut called = arrival(&["a"]);
    called.trace = Some(TRACE.into());
    called.follow_ups = vec![follow_up("from a call")];
    store.commit(&called).unwrap();
    let wish = Submission {
        trace: Some(TRACE.into()),
        replay_of: Some(OperationId(1)),
        ..submission("send")
    };
    let Submitted::New(id) = store.submit(&wish).unwrap() else {
        panic!("it is new");
    };
    let claim = Claim {
        owner: "one".into(),
        limit: 10,
        duration: Duration::from_secs(60),
        ..Claim::default()
    };
    let claimed = store.claim(&claim).unwrap();
    let claimed = claimed.iter().find(|it| it.operation.id == id).unwrap();
    let ending = Ending {
        events: vec![Event {
            kind: "k".into(),
            data: "{}".into(),
            deduplication_key: "from an operation".into(),
            about: None,
        }],
        follow_ups: vec![follow_up("from an operation")],
        ..Ending::default()
    };
    let outcome = Outcome::Ended(Box::new(ending));
    store.settle(&claimed.lease, &outcome).unwrap();
    bed.reopen();
    let store = bed.store();
    let listing = Listing {
        limit: 10,
        ..Listing::default()
    };
    let traces = store.list(&listing).unwrap();
    let traces: Vec<_> = traces
        .into_iter()
        .map(|entry| entry.received.trace)
        .collect();
    assert_eq!(traces, [Some(TRACE.to_owned()), Some(TRACE.to_owned())]);
    let listing = OperationListing {
        limit: 10,
        ..OperationListing::default()
    };
    let operations = store.operations(&listing).unwrap().operations;
    assert_eq!(operations.len(), 3);
    for operation in operations {
        assert_eq!(operation.wish.trace.as_deref(), Some(TRACE));
        let replays = (operation.id == id).then_some(OperationId(1));
        assert_eq!(operation.wish.replay_of, replays);
    }
    // Neither makes another request of one.
    let keyed = |trace: &str| Submission {
        trace: Some(trace.into()),
        idempotency: Some(IdempotencyKey {
            client: "c".into(),
            key: "k".into(),
        }),
        ..submission("send")
    };
    let first = store.submit(&keyed(TRACE)).unwrap();
    let Submitted::New(first) = first else {
        panic!("it is new");
    };
    assert_eq!(
        store.submit(&keyed("other")).unwrap(),
        Submitted::Known(first)
    );
}
