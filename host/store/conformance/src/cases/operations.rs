// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use silta_store::{
    Content, StoreError, Why,
    record::{
        Actor, Claim, Decided, Decision, End, Ending, IdempotencyKey, MOST_ROWS, OperationId,
        Origin, Outcome, Settled, Source, Submission, Submitted,
    },
};

use crate::{
    bed::{Bed, START},
    given::{
        MINUTE, arrival, claim, claimed_names, document, ended as over, entries, event, event_keys,
        follow_up, key, submission,
    },
};

pub(super) fn submitted(bed: &mut dyn Bed) {
    let wish = Submission {
        payload: Some(Content::from(b"payload".as_slice())),
        attachments: vec![document("x", b"1")],
        idempotency: key("client", "k"),
        ..submission("send")
    };
    let Submitted::New(id) = bed.store().submit(&wish).unwrap() else {
        panic!("nothing was there");
    };
    bed.reopen();
    let store = bed.store();
    assert_eq!(store.submit(&wish), Ok(Submitted::Known(id)));
    for other in [
        Submission {
            payload: None,
            ..wish.clone()
        },
        Submission {
            attachments: vec![document("x", b"2")],
            ..wish.clone()
        },
        Submission {
            parameters: r#"{"a":1}"#.into(),
            ..wish.clone()
        },
        Submission {
            lane: Some("l".into()),
            ..wish.clone()
        },
    ] {
        assert_eq!(
            store.submit(&other),
            Err(StoreError::Refused(Why::KeyInUse))
        );
    }
    let other = IdempotencyKey {
        client: "other".into(),
        key: "k".into(),
    };
    let other = Submission {
        idempotency: Some(other),
        ..wish.clone()
    };
    assert!(matches!(store.submit(&other), Ok(Submitted::New(_))));
    // Without a key each is another.
    let keyless = Submission {
        idempotency: None,
        ..wish
    };
    assert!(matches!(store.submit(&keyless), Ok(Submitted::New(_))));
    assert!(matches!(store.submit(&keyless), Ok(Submitted::New(_))));
    let operation = store.operation(id).unwrap().unwrap();
    let payload = operation.wish.payload.unwrap();
    assert_eq!(
        store.body(payload.body).unwrap().unwrap(),
        Content::from(b"payload".as_slice())
    );
    assert_eq!(operation.wish.attachments[0].name, "x");
    assert_eq!(
        (operation.wish.origin, operation.wish.submitted),
        (Origin::Submitted, START)
    );
    assert_eq!(store.operation(OperationId(id.0 + 1_000)), Ok(None));
}

pub(super) fn claimed(bed: &mut dyn Bed) {
    let store = bed.store();
    store
        .submit(&Submission {
            delay: MINUTE,
            ..submission("later")
        })
        .unwrap();
    store.submit(&submission("now")).unwrap();
    store
        .submit(&Submission {
            agency: "tulli".into(),
            ..submission("other")
        })
        .unwrap();
    let customs = Claim {
        owner: "two".into(),
        agencies: vec!["tulli".into()],
        limit: 10,
        duration: MINUTE,
        ..Claim::default()
    };
    let taken = store.claim(&customs).unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].operation.state.owner.as_deref(), Some("two"));
    assert_eq!(claimed_names(store), ["now"]);
    assert!(claimed_names(store).is_empty());
    bed.clock().set(START.after(MINUTE));
    // The leases of the others have ended as well.
    assert_eq!(claimed_names(store), ["later", "now", "other"]);
    let too_many = store
        .claim(&Claim {
            limit: MOST_ROWS + 1,
            ..customs
        })
        .unwrap_err();
    assert!(
        matches!(too_many, StoreError::Refused(Why::TooMany { .. })),
        "{too_many}"
    );
}

pub(super) fn lanes(bed: &mut dyn Bed) {
    let store = bed.store();
    let in_lane = |agency: &str, operation, lane: &str| Submission {
        agency: agency.into(),
        lane: Some(lane.into()),
        ..submission(operation)
    };
    store
        .submit(&Submission {
            delay: MINUTE,
            ..in_lane("vero", "1", "x")
        })
        .unwrap();
    store.submit(&in_lane("vero", "2", "x")).unwrap();
    store.submit(&in_lane("vero", "y", "y")).unwrap();
    store
        .submit(&in_lane("tulli", "other agency", "x"))
        .unwrap();
    // The first of `x` has to wait, and so has the second.
    assert_eq!(claimed_names(store), ["y", "other agency"]);
    bed.clock().set(START.after(MINUTE));
    let first = claim(store, 1).remove(0);
    assert_eq!(first.operation.wish.operation, "1");
    assert_eq!(
        claimed_names(store),
        ["y", "other agency"],
        "their leases have ended"
    );
    // It goes on later; nobody overtakes it.
    let again = Outcome::Again {
        delay: MINUTE,
        progress: None,
        note: None,
    };
    assert_eq!(store.settle(&first.lease, &again), Ok(Settled::Done));
    assert!(claimed_names(store).is_empty());
    bed.clock().set(START.after(2 * MINUTE));
    let first = claim(store, 1).remove(0);
    assert_eq!(first.operation.wish.operation, "1");
    store
        .settle(&first.lease, &over(Ending::default()))
        .unwrap();
    assert_eq!(claimed_names(store), ["2", "y", "other agency"]);
}

pub(super) fn stale(bed: &mut dyn Bed) {
    bed.store().submit(&submission("send")).unwrap();
    let old = claim(bed.store(), 1)[0].lease;
    let extended = bed.store().extend(&old, 2 * MINUTE).unwrap().unwrap();
    assert_eq!(
        (extended.epoch, extended.until),
        (old.epoch, START.after(2 * MINUTE))
    );
    bed.clock().set(START.after(2 * MINUTE));
    let new = claim(bed.store(), 1)[0].lease;
    bed.reopen();
    let store = bed.store();
    let progress = Content::from(b"p".as_slice());
    assert_eq!(store.extend(&old, MINUTE), Ok(None));
    assert_eq!(store.keep(&old, &progress), Ok(Settled::Stale));
    for outcome in [
        Outcome::Again {
            delay: MINUTE,
            progress: Some(progress.clone()),
            note: None,
        },
        Outcome::Held {
            why: "why".into(),
            progress: None,
            note: None,
        },
        over(Ending {
            events: vec![event("a")],
            ..Ending::default()
        }),
    ] {
        assert_eq!(store.settle(&old, &outcome), Ok(Settled::Stale));
    }
    let operation = store.operation(old.id).unwrap().unwrap();
    assert_eq!(
        (operation.state.epoch, operation.state.progress),
        (new.epoch, None)
    );
    assert!(operation.state.ended.is_none() && entries(store).is_empty());
    assert_eq!(
        store.settle(&new, &over(Ending::default())),
        Ok(Settled::Done)
    );
    // Asked again, because the answer was lost.
    assert_eq!(
        store.settle(&new, &over(Ending::default())),
        Ok(Settled::Done)
    );
    assert_eq!(
        store.settle(
            &new,
            &Outcome::Again {
                delay: MINUTE,
                progress: None,
                note: None
            }
        ),
        Ok(Settled::Stale)
    );
    assert_eq!(store.keep(&new, &progress), Ok(Settled::Stale));
    assert_eq!(store.extend(&new, MINUTE), Ok(None));
}

pub(super) fn progress(bed: &mut dyn Bed) {
    bed.store().submit(&submission("send")).unwrap();
    let lease = claim(bed.store(), 1)[0].lease;
    let kept = |bed: &dyn Bed| {
        let body = bed
            .store()
            .operation(lease.id)
            .unwrap()
            .unwrap()
            .state
            .progress?;
        bed.store().body(body).unwrap()
    };
    for step in [b"one".to_vec(), vec![7; 100_000], b"two".to_vec()] {
        let step = Content::from(step);
        assert_eq!(bed.store().keep(&lease, &step), Ok(Settled::Done));
        bed.reopen();
        assert_eq!(kept(bed), Some(step));
        assert_eq!(bed.store().status().unwrap().bodies, 1);
    }
    let again = Outcome::Again {
        delay: Duration::ZERO,
        progress: None,
        note: None,
    };
    assert_eq!(bed.store().settle(&lease, &again), Ok(Settled::Done));
    assert_eq!(kept(bed), Some(Content::from(b"two".as_slice())));
    let lease = claim(bed.store(), 1)[0].lease;
    let progress = Some(Content::from(b"three".as_slice()));
    bed.store()
        .settle(
            &lease,
            &Outcome::Again {
                delay: Duration::ZERO,
                progress: progress.clone(),
                note: None,
            },
        )
        .unwrap();
    assert_eq!(kept(bed), progress);
    let lease = claim(bed.store(), 1)[0].lease;
    bed.store()
        .settle(&lease, &over(Ending::default()))
        .unwrap();
    assert_eq!(kept(bed), None);
    assert_eq!(bed.store().status().unwrap().bodies, 0);
}

pub(super) fn ended(bed: &mut dyn Bed) {
    bed.store().commit(&arrival(&["a"])).unwrap();
    bed.store().submit(&submission("list")).unwrap();
    let lease = claim(bed.store(), 1)[0].lease;
    let ending = over(Ending {
        code: "OK".into(),
        reference: "r-1".into(),
        events: vec![event("a"), event("b")],
        documents: vec![document("x", b"1")],
        follow_ups: vec![follow_up("f")],
        ..Ending::default()
    });
    for _ in 0..2 {
        assert_eq!(bed.store().settle(&lease, &ending), Ok(Settled::Done));
        bed.reopen();
    }
    let store = bed.store();
    assert_eq!(event_keys(store), ["a", "b"]);
    let entry = entries(store).remove(1);
    assert_eq!(
        (entry.received.source, &*entry.received.operation),
        (Source::Operation(lease.id), "list")
    );
    assert_eq!(
        store
            .body(entry.received.documents[0].body)
            .unwrap()
            .unwrap(),
        Content::from(b"1".as_slice())
    );
    let state = store.operation(lease.id).unwrap().unwrap().state;
    let ended = state.ended.unwrap();
    assert_eq!(
        (ended.end, &*ended.code, &*ended.reference),
        (End::Done, "OK", "r-1")
    );
    assert_eq!((ended.at, ended.entry), (START, Some(entry.position)));
    let follow_up = claim(store, 10).remove(0).operation;
    assert_eq!(
        (follow_up.id, follow_up.wish.origin),
        (entry.received.follow_ups[0], Origin::Entry(entry.position))
    );
    // The event that it brought is known to arrivals.
    assert!(
        matches!(store.commit(&arrival(&["b"])), Ok(silta_store::record::Receipt::Duplicate(at)) if at == entry.position)
    );
}

pub(super) fn ended_known(bed: &mut dyn Bed) {
    let store = bed.store();
    store.commit(&arrival(&["a"])).unwrap();
    store.submit(&submission("list")).unwrap();
    let lease = claim(store, 1)[0].lease;
    let ending = Ending {
        events: vec![event("a")],
        documents: vec![document("x", b"1")],
        follow_ups: vec![follow_up("f")],
        ..Ending::default()
    };
    store.settle(&lease, &over(ending)).unwrap();
    assert_eq!(entries(store).len(), 1);
    assert_eq!(
        store
            .operation(lease.id)
            .unwrap()
            .unwrap()
            .state
            .ended
            .unwrap()
            .entry,
        None
    );
    // Its follow-ups have keys of their own, and are not lost.
    assert_eq!(
        claim(store, 1)[0].operation.wish.origin,
        Origin::Operation(lease.id)
    );
    assert_eq!(store.status().unwrap().bodies, 0);
}

pub(super) fn polls(bed: &mut dyn Bed) {
    let store = bed.store();
    let run = |delay| Submission {
        poll: Some("messages".into()),
        delay,
        ..submission("poll")
    };
    store.submit(&run(Duration::ZERO)).unwrap();
    store.submit(&run(Duration::ZERO)).unwrap();
    let first = claim(store, 10);
    assert_eq!(first.len(), 1, "the runs of a poll are one conversation");
    assert_eq!(
        (&first[0].cursor, store.cursor("vero", "messages")),
        (&None, Ok(None))
    );
    let ending = Ending {
        events: vec![event("a")],
        cursor: Some("at 7".into()),
        ..Ending::default()
    };
    store.settle(&first[0].lease, &over(ending)).unwrap();
    bed.reopen();
    let store = bed.store();
    let second = claim(store, 10).remove(0);
    let cursor = second.cursor.unwrap();
    assert_eq!((&*cursor.value, cursor.at), ("at 7", START));
    // A run that says nothing of the cursor leaves it where it is.
    store
        .settle(
            &second.lease,
            &over(Ending {
                end: End::Refused,
                ..Ending::default()
            }),
        )
        .unwrap();
    assert_eq!(store.cursor("vero", "messages"), Ok(Some(cursor)));
    assert_eq!(store.cursor("tulli", "messages"), Ok(None));
}

pub(super) fn held(bed: &mut dyn Bed) {
    let store = bed.store();
    let in_lane = |operation| Submission {
        lane: Some("x".into()),
        ..submission(operation)
    };
    let Submitted::New(first) = store.submit(&in_lane("1")).unwrap() else {
        panic!("nothing was there");
    };
    store.submit(&in_lane("2")).unwrap();
    let lease = claim(store, 1)[0].lease;
    assert_eq!(
        store.decide(first, None, Decision::Cancel, &Actor::default()),
        Ok(Decided::UnderWay)
    );
    let held = Outcome::Held {
        why: "the certificate has run out".into(),
        progress: None,
        note: None,
    };
    assert_eq!(store.settle(&lease, &held), Ok(Settled::Done));
    assert_eq!(store.settle(&lease, &held), Ok(Settled::Done));
    assert_eq!(
        store.keep(&lease, &Content::from(b"p".as_slice())),
        Ok(Settled::Stale)
    );
    assert_eq!(store.status().unwrap().held, 1);
    bed.clock().set(START.after(10 * MINUTE));
    assert!(claimed_names(store).is_empty());
    assert_eq!(
        store.decide(first, None, Decision::Resume, &Actor::default()),
        Ok(Decided::Done)
    );
    let lease = claim(store, 10).remove(0).lease;
    assert_eq!(lease.id, first);
    store.settle(&lease, &held).unwrap();
    assert_eq!(
        store.decide(first, None, Decision::Cancel, &Actor::default()),
        Ok(Decided::Done)
    );
    assert_eq!(
        store.decide(first, None, Decision::Cancel, &Actor::default()),
        Ok(Decided::Over)
    );
    assert_eq!(
        store
            .operation(first)
            .unwrap()
            .unwrap()
            .state
            .ended
            .unwrap()
            .end,
        End::GivenUp
    );
    assert_eq!(claimed_names(store), ["2"]);
    assert_eq!(
        store.decide(
            OperationId(first.0 + 1_000),
            None,
            Decision::Resume,
            &Actor::default()
        ),
        Ok(Decided::Over)
    );
}
