// SPDX-License-Identifier: Apache-2.0
//! Who did what.

use std::time::Duration;

use silta_store::{
    Store, StoreError, Why,
    record::{
        Act, ActId, ActListing, ActRecord, Actor, Decided, Decision, Deed, End, Ending, LeaseWish,
        MOST_ROWS, OperationId, Outcome, Position, Pruned, Retention, Settled, Subject, Submission,
        Submitted, Way,
    },
};

use crate::{
    bed::{Bed, START},
    given::{MINUTE, arrival, claim, ended, key, submission},
};

fn maija() -> Actor {
    Actor {
        way: Way::PAGE,
        name: "maija".into(),
        address: "192.0.2.1".into(),
    }
}

const ALL: ActListing = ActListing {
    after: ActId(0),
    newest_first: false,
    agencies: Vec::new(),
    subject: None,
    limit: 100,
};

fn submit(store: &dyn Store, wish: &Submission) -> OperationId {
    match store.submit(wish).unwrap() {
        Submitted::New(id) => id,
        Submitted::Known(id) => panic!("{id} was there"),
    }
}

fn act(deed: Deed, by: Actor, subject: Subject, new: Option<OperationId>) -> ActRecord {
    ActRecord {
        by,
        deed,
        subject,
        name: "send".into(),
        new,
    }
}

fn records(store: &dyn Store, listing: &ActListing) -> Vec<ActRecord> {
    let acts = store.acts(listing).unwrap();
    acts.into_iter().map(|act| act.record).collect()
}

/// What is done is kept with who did it, and what is not done is not.
pub(super) fn kept(bed: &mut dyn Bed) {
    let store = bed.store();
    let (erp, maija) = (Actor::token("erp"), maija());
    let first = submit(store, &submission("send"));
    let by_erp = Submission {
        by: Some(erp.clone()),
        ..submission("send")
    };
    let second = submit(store, &by_erp);
    let wish = store.operation(second).unwrap().unwrap().wish;
    assert_eq!(wish.by, Some(erp.clone()));
    assert_eq!(store.acts(&ALL), Ok(Vec::new()), "nobody decided anything");
    // Somebody carries it out: nothing is decided.
    let claimed = claim(store, 1).remove(0);
    let refused = store.decide(first, None, Decision::Cancel, &maija);
    assert_eq!(refused, Ok(Decided::UnderWay));
    let ending = Ending {
        end: End::Refused,
        ..Ending::default()
    };
    store.settle(&claimed.lease, &ended(ending)).unwrap();
    let over = store.decide(first, None, Decision::Resume, &maija);
    assert_eq!(over, Ok(Decided::Over));
    assert_eq!(store.acts(&ALL), Ok(Vec::new()), "nothing was done");
    // Done once more, once.
    let replay = Submission {
        replay_of: Some(first),
        idempotency: key("replay", "1"),
        by: Some(erp.clone()),
        ..submission("send")
    };
    let third = submit(store, &replay);
    assert_eq!(store.submit(&replay), Ok(Submitted::Known(third)));
    bed.clock().set(START.after(MINUTE));
    let store = bed.store();
    for (id, decision) in [(second, Decision::Resume), (third, Decision::Cancel)] {
        assert_eq!(store.decide(id, None, decision, &maija), Ok(Decided::Done));
    }
    bed.reopen();
    let store = bed.store();
    let of = Subject::Operation;
    let expected = [
        act(Deed::REPLAY, erp, of(first), Some(third)),
        act(Deed::RESUME, maija.clone(), of(second), None),
        act(Deed::CANCEL, maija, of(third), None),
    ];
    let acts = store.acts(&ALL).unwrap();
    let told: Vec<_> = acts.iter().map(|act| (act.id.0, act.at)).collect();
    let minute = START.after(MINUTE);
    assert_eq!(told, [(1, START), (2, minute), (3, minute)]);
    assert!(acts.iter().all(|act| act.agency == "vero"));
    assert_eq!(records(store, &ALL), expected);
    assert_eq!(store.status().unwrap().acts, 3);
}

/// Who hands an entry back again and again leaves no act: that is no decision, and would grow without bound.
pub(super) fn handed_back(bed: &mut dyn Bed) {
    let store = bed.store();
    store.commit(&arrival(&["a"])).unwrap();
    for _ in 0..3 {
        let wish = LeaseWish {
            owner: "erp".into(),
            limit: 1,
            duration: MINUTE,
            ..LeaseWish::default()
        };
        let lease = store.lease(&wish).unwrap().remove(0).lease;
        assert_eq!(store.hand_back(&lease, Duration::ZERO), Ok(Settled::Done));
        assert_eq!(store.hand_back(&lease, Duration::ZERO), Ok(Settled::Stale));
    }
    assert_eq!(store.acts(&ALL), Ok(Vec::new()));
}

pub(super) fn listed(bed: &mut dyn Bed) {
    let store = bed.store();
    let ids: Vec<_> = ["vero", "tulli", "vero"]
        .iter()
        .map(|agency| {
            let wish = Submission {
                agency: (*agency).into(),
                ..submission("send")
            };
            submit(store, &wish)
        })
        .collect();
    for id in &ids {
        store.decide(*id, None, Decision::Resume, &maija()).unwrap();
    }
    store
        .decide(ids[0], None, Decision::Cancel, &maija())
        .unwrap();
    let of = |id| Some(Subject::Operation(id));
    for (listing, expected) in [
        (ALL, vec![1, 2, 3, 4]),
        (
            ActListing {
                after: ActId(1),
                limit: 2,
                ..ALL
            },
            vec![2, 3],
        ),
        (
            ActListing {
                newest_first: true,
                limit: 3,
                ..ALL
            },
            vec![4, 3, 2],
        ),
        (
            ActListing {
                after: ActId(3),
                newest_first: true,
                ..ALL
            },
            vec![2, 1],
        ),
        (
            ActListing {
                agencies: vec!["tulli".into(), "nobody".into()],
                ..ALL
            },
            vec![2],
        ),
        (
            ActListing {
                subject: of(ids[0]),
                ..ALL
            },
            vec![1, 4],
        ),
        (
            ActListing {
                subject: of(ids[0]),
                after: ActId(1),
                ..ALL
            },
            vec![4],
        ),
        (
            ActListing {
                subject: Some(Subject::Entry(Position(ids[0].0))),
                ..ALL
            },
            vec![],
        ),
        (
            ActListing {
                subject: of(OperationId(u64::MAX)),
                ..ALL
            },
            vec![],
        ),
        (
            ActListing {
                after: ActId(u64::MAX),
                ..ALL
            },
            vec![],
        ),
        (ActListing { limit: 0, ..ALL }, vec![]),
    ] {
        let acts: Vec<Act> = store.acts(&listing).unwrap();
        let numbers: Vec<_> = acts.iter().map(|act| act.id.0).collect();
        assert_eq!(numbers, expected, "{listing:?}");
    }
    let too_many = store.acts(&ActListing {
        limit: MOST_ROWS + 1,
        ..ALL
    });
    assert!(matches!(
        too_many,
        Err(StoreError::Refused(Why::TooMany { .. }))
    ));
}

/// Of two who have seen the same, the second decides on nothing; nor is there an act of what changes nothing.
pub(super) fn decided_once(bed: &mut dyn Bed) {
    let store = bed.store();
    let id = submit(store, &submission("send"));
    let lease = claim(store, 1).remove(0).lease;
    let held = Outcome::Held {
        why: "why".into(),
        progress: None,
        note: None,
    };
    let decide = |epoch, decision| store.decide(id, epoch, decision, &maija());
    let under_way = decide(Some(lease.epoch), Decision::Resume);
    assert_eq!(under_way, Ok(Decided::UnderWay));
    store.settle(&lease, &held).unwrap();
    let seen = store.operation(id).unwrap().unwrap().state.epoch;
    assert_eq!(decide(Some(seen), Decision::Resume), Ok(Decided::Done));
    let state = || store.operation(id).unwrap().unwrap().state;
    let resumed = state();
    assert_eq!(decide(Some(seen), Decision::Resume), Ok(Decided::Moved));
    assert_eq!(decide(Some(seen), Decision::Cancel), Ok(Decided::Moved));
    assert_eq!(decide(Some(u64::MAX), Decision::Cancel), Ok(Decided::Moved));
    for epoch in [None, Some(resumed.epoch)] {
        assert_eq!(decide(epoch, Decision::Resume), Ok(Decided::Done));
    }
    assert_eq!(state(), resumed);
    let once = act(Deed::RESUME, maija(), Subject::Operation(id), None);
    assert_eq!(records(store, &ALL), [once]);
    // It was held again meanwhile: who has seen that may let it go on once more.
    let lease = claim(store, 1).remove(0).lease;
    store.settle(&lease, &held).unwrap();
    assert_eq!(decide(Some(seen), Decision::Resume), Ok(Decided::Moved));
    let seen = state().epoch;
    assert_eq!(decide(Some(seen), Decision::Resume), Ok(Decided::Done));
    assert_eq!(store.status().unwrap().acts, 2);
    let epoch = Some(state().epoch);
    assert_eq!(decide(epoch, Decision::Cancel), Ok(Decided::Done));
    assert_eq!(decide(epoch, Decision::Cancel), Ok(Decided::Over));
}

/// They go by an age of their own, and their numbers are not given again.
pub(super) fn removed(bed: &mut dyn Bed) {
    let resume = |bed: &dyn Bed| {
        let id = submit(bed.store(), &submission("send"));
        bed.store().decide(id, None, Decision::Resume, &maija())
    };
    resume(bed).unwrap();
    bed.clock().set(START.after(MINUTE));
    resume(bed).unwrap();
    let retention = |limit| Retention {
        acts_age: Some(MINUTE),
        limit,
        ..Retention::default()
    };
    let others = Retention {
        ended_age: Some(Duration::ZERO),
        keys_age: Some(Duration::ZERO),
        limit: 10,
        ..Retention::default()
    };
    bed.clock().set(START.after(10 * MINUTE));
    assert_eq!(bed.store().prune(&others), Ok(Pruned::default()));
    let one = Pruned {
        acts: 1,
        ..Pruned::default()
    };
    let first = bed.store().prune(&retention(1));
    assert_eq!(first, Ok(Pruned { more: true, ..one }));
    assert_eq!(bed.store().acts(&ALL).unwrap()[0].id, ActId(2));
    assert_eq!(bed.store().prune(&retention(10)), Ok(one));
    bed.reopen();
    resume(bed).unwrap();
    assert_eq!(bed.store().acts(&ALL).unwrap()[0].id, ActId(3));
    // Not yet.
    assert_eq!(bed.store().prune(&retention(10)), Ok(Pruned::default()));
}
