// SPDX-License-Identifier: Apache-2.0
use std::{thread, time::Duration};

use silta_store::{
    StoreError, Why,
    record::{Arrival, LeaseWish, Listing, MOST_ROWS, Position, Settled},
};

use crate::{
    bed::{Bed, START},
    given::{MINUTE, arrival, entries, event_keys, lease},
};

pub(super) fn listed(bed: &mut dyn Bed) {
    let store = bed.store();
    for key in ["a", "b", "c"] {
        store.commit(&arrival(&[key])).unwrap();
    }
    store
        .commit(&Arrival {
            agency: "tulli".into(),
            ..arrival(&["d"])
        })
        .unwrap();
    let all = entries(store);
    store.acknowledge(all[1].position, None).unwrap();
    let listed = |listing: Listing| {
        let listed = store
            .list(&Listing {
                limit: 10,
                ..listing
            })
            .unwrap();
        let keys = listed
            .into_iter()
            .map(|entry| entry.received.events[0].deduplication_key.clone());
        keys.collect::<Vec<_>>()
    };
    assert_eq!(listed(Listing::default()), ["a", "b", "c", "d"]);
    assert_eq!(
        listed(Listing {
            after: all[1].position,
            ..Listing::default()
        }),
        ["c", "d"]
    );
    assert_eq!(
        listed(Listing {
            waiting: true,
            ..Listing::default()
        }),
        ["a", "c", "d"]
    );
    assert_eq!(
        listed(Listing {
            agency: Some("tulli".into()),
            ..Listing::default()
        }),
        ["d"]
    );
    let downwards = |after| Listing {
        after,
        newest_first: true,
        ..Listing::default()
    };
    assert_eq!(listed(downwards(Position(0))), ["d", "c", "b", "a"]);
    assert_eq!(listed(downwards(all[2].position)), ["b", "a"]);
    assert!(listed(downwards(all[0].position)).is_empty());
    let first = store
        .list(&Listing {
            limit: 1,
            ..Listing::default()
        })
        .unwrap();
    assert_eq!(first, all[..1]);
    let too_many = store
        .list(&Listing {
            limit: MOST_ROWS + 1,
            ..Listing::default()
        })
        .unwrap_err();
    assert!(
        matches!(too_many, StoreError::Refused(Why::TooMany { .. })),
        "{too_many}"
    );
}

pub(super) fn leased(bed: &mut dyn Bed) {
    let store = bed.store();
    for key in ["a", "b", "c"] {
        store.commit(&arrival(&[key])).unwrap();
    }
    let first = lease(store, 2);
    assert_eq!(first.len(), 2);
    assert_eq!(first[0].lease.until, START.after(MINUTE));
    assert_eq!(first[0].entry.delivery.owner.as_deref(), Some("one"));
    let wish = LeaseWish {
        owner: "two".into(),
        agency: Some("vero".into()),
        limit: 10,
        duration: MINUTE,
        ..LeaseWish::default()
    };
    let second = store.lease(&wish).unwrap();
    assert_eq!(second.len(), 1);
    assert!(lease(store, 10).is_empty());
    let other = LeaseWish {
        agency: Some("tulli".into()),
        ..wish
    };
    bed.clock().set(START.after(MINUTE));
    assert!(store.lease(&other).unwrap().is_empty());
    // Just when they end.
    assert_eq!(lease(store, 10).len(), 3);
    let too_many = store
        .lease(&LeaseWish {
            limit: MOST_ROWS + 1,
            ..other
        })
        .unwrap_err();
    assert!(
        matches!(too_many, StoreError::Refused(Why::TooMany { .. })),
        "{too_many}"
    );
}

pub(super) fn named(bed: &mut dyn Bed) {
    let store = bed.store();
    for key in ["a", "b", "c", "d"] {
        store.commit(&arrival(&[key])).unwrap();
    }
    let positions: Vec<_> = entries(store).iter().map(|entry| entry.position).collect();
    let wish = LeaseWish {
        owner: "one".into(),
        // Twice, in no order, and one that is not there.
        only: vec![positions[2], positions[1], positions[1], Position(10_000)],
        limit: 10,
        duration: MINUTE,
        ..LeaseWish::default()
    };
    let leased = |wish: &LeaseWish| -> Vec<Position> {
        let leased = store.lease(wish).unwrap().into_iter();
        leased.map(|leased| leased.entry.position).collect()
    };
    let of_other = LeaseWish {
        agency: Some("nobody".into()),
        ..wish.clone()
    };
    assert!(leased(&of_other).is_empty());
    let one = LeaseWish {
        limit: 1,
        ..wish.clone()
    };
    assert_eq!(leased(&one), [positions[1]]);
    assert_eq!(
        leased(&wish),
        [positions[2]],
        "the other is given out already"
    );
    assert!(leased(&wish).is_empty());
    store.acknowledge(positions[3], None).unwrap();
    let over = LeaseWish {
        only: vec![positions[3]],
        ..wish
    };
    assert!(leased(&over).is_empty());
}

pub(super) fn stale(bed: &mut dyn Bed) {
    bed.store().commit(&arrival(&["a"])).unwrap();
    let old = lease(bed.store(), 1)[0].lease;
    let extended = bed.store().extend_lease(&old, 2 * MINUTE).unwrap().unwrap();
    assert_eq!(
        (extended.epoch, extended.until),
        (old.epoch, START.after(2 * MINUTE))
    );
    bed.clock().set(START.after(MINUTE));
    assert!(lease(bed.store(), 1).is_empty());
    // It has ended, but nobody else has it: it may still be used.
    bed.clock().set(START.after(3 * MINUTE));
    bed.reopen();
    let store = bed.store();
    let extended = store.extend_lease(&old, MINUTE).unwrap().unwrap();
    assert_eq!(extended.until, START.after(4 * MINUTE));
    bed.clock().set(START.after(4 * MINUTE));
    let new = lease(store, 1)[0].lease;
    assert!(new.epoch > old.epoch);
    assert_eq!(
        store.acknowledge(old.id, Some(old.epoch)),
        Ok(Settled::Stale)
    );
    assert_eq!(store.hand_back(&old, MINUTE), Ok(Settled::Stale));
    assert_eq!(store.extend_lease(&old, MINUTE), Ok(None));
    assert_eq!(entries(store)[0].delivery.until, new.until);
    assert_eq!(
        store.acknowledge(new.id, Some(new.epoch)),
        Ok(Settled::Done)
    );
}

pub(super) fn acknowledged(bed: &mut dyn Bed) {
    bed.store().commit(&arrival(&["a"])).unwrap();
    let leased = lease(bed.store(), 1)[0].lease;
    assert_eq!(
        bed.store().acknowledge(leased.id, Some(leased.epoch)),
        Ok(Settled::Done)
    );
    bed.clock().set(START.after(MINUTE));
    bed.reopen();
    let store = bed.store();
    assert_eq!(
        store.acknowledge(leased.id, Some(leased.epoch)),
        Ok(Settled::Done)
    );
    assert_eq!(store.acknowledge(leased.id, None), Ok(Settled::Done));
    assert_eq!(entries(store)[0].delivery.acknowledged, Some(START));
    assert!(lease(store, 1).is_empty());
    assert_eq!(store.extend_lease(&leased, MINUTE), Ok(None));
    assert_eq!(store.hand_back(&leased, Duration::ZERO), Ok(Settled::Stale));
    assert_eq!(
        store.acknowledge(Position(leased.id.0 + 1_000), None),
        Ok(Settled::Stale)
    );
}

pub(super) fn handed_back(bed: &mut dyn Bed) {
    let store = bed.store();
    store.commit(&arrival(&["a"])).unwrap();
    let leased = lease(store, 1)[0].lease;
    assert_eq!(store.hand_back(&leased, MINUTE), Ok(Settled::Done));
    assert_eq!(store.hand_back(&leased, MINUTE), Ok(Settled::Stale));
    assert_eq!(
        store.acknowledge(leased.id, Some(leased.epoch)),
        Ok(Settled::Stale)
    );
    assert_eq!(entries(store)[0].delivery.owner, None);
    assert!(lease(store, 1).is_empty());
    bed.clock().set(START.after(MINUTE));
    assert_eq!(lease(store, 1).len(), 1);
}

/// One reads by position while others commit.
pub(super) fn followed(bed: &mut dyn Bed) {
    const EACH: usize = 40;
    let store = bed.store();
    thread::scope(|scope| {
        for writer in 0..4 {
            scope.spawn(move || {
                for number in 0..EACH {
                    store
                        .commit(&arrival(&[&format!("{writer}-{number}")]))
                        .unwrap();
                }
            });
        }
        let (mut after, mut seen) = (Position(0), Vec::new());
        while seen.len() < 4 * EACH {
            let page = store
                .list(&Listing {
                    after,
                    limit: 7,
                    ..Listing::default()
                })
                .unwrap();
            for entry in page {
                assert!(entry.position > after);
                after = entry.position;
                seen.push(entry.received.events[0].deduplication_key.clone());
            }
        }
        // What was read on the way is what there is at the end: nothing appeared behind the reader.
        assert_eq!(seen, event_keys(store));
        let one = |writer: usize| {
            seen.iter()
                .filter(move |key| key.starts_with(&format!("{writer}-")))
        };
        assert!((0..4).all(|writer| one(writer).count() == EACH));
    });
}
