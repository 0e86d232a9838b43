// SPDX-License-Identifier: Apache-2.0
use std::{thread, time::Duration};

use silta_store::{
    StoreError, Why,
    record::{Arrival, Ending, MOST_ROWS, Pruned, Receipt, Retention, Submission, Submitted},
};

use crate::{
    bed::{Bed, START},
    given::{
        MINUTE, arrival, claim, document, ended, entries, event_keys, follow_up, key, submission,
    },
};

pub(super) fn retention(bed: &mut dyn Bed) {
    let store = bed.store();
    let old = Arrival {
        documents: vec![document("x", b"1")],
        follow_ups: vec![follow_up("f")],
        ..arrival(&["a"])
    };
    store.commit(&old).unwrap();
    store.commit(&arrival(&["b"])).unwrap();
    store.acknowledge(entries(store)[0].position, None).unwrap();
    let all_of_it = Retention {
        acknowledged_age: Some(MINUTE),
        acknowledged_bytes: Some(0),
        ended_age: Some(MINUTE),
        keys_age: Some(MINUTE),
        unacknowledged_age: None,
        acts_age: None,
        nodes_age: None,
        limit: 100,
    };
    let nothing = Retention {
        limit: 100,
        ..Retention::default()
    };
    bed.clock().set(START.after(100 * MINUTE));
    assert_eq!(store.prune(&nothing), Ok(Pruned::default()));
    let by_age = Retention {
        acknowledged_bytes: None,
        ..all_of_it.clone()
    };
    // The key of what goes was last seen long ago and goes with it; then the arrival is new again. The follow-up's key stays with its operation.
    let pruned = Pruned {
        acknowledged: 1,
        keys: 1,
        ..Pruned::default()
    };
    assert_eq!(store.prune(&by_age), Ok(pruned));
    assert_eq!(event_keys(store), ["b"]);
    assert_eq!(store.status().unwrap().bodies, 0);
    assert!(
        matches!(store.commit(&arrival(&["b"])), Ok(Receipt::Duplicate(_))),
        "it is there"
    );
    assert!(matches!(store.commit(&old), Ok(Receipt::New(_))));
    assert_eq!(claim(store, 10).len(), 1, "the follow-up was queued once");
    // What nobody has acknowledged goes only when that is asked for in so many words.
    bed.clock().set(START.after(200 * MINUTE));
    assert_eq!(store.prune(&all_of_it), Ok(Pruned::default()));
    let also = Retention {
        unacknowledged_age: Some(MINUTE),
        keys_age: None,
        ..all_of_it.clone()
    };
    let pruned = Pruned {
        unacknowledged: 2,
        ..Pruned::default()
    };
    assert_eq!(store.prune(&also), Ok(pruned));
    assert!(entries(store).is_empty());
    // Keys without an entry: known until they are old, counted from when they came last.
    assert!(matches!(
        store.commit(&arrival(&["b"])),
        Ok(Receipt::Duplicate(_))
    ));
    assert_eq!(
        store.prune(&all_of_it),
        Ok(Pruned {
            keys: 1,
            ..Pruned::default()
        })
    );
    assert!(matches!(
        store.commit(&arrival(&["b"])),
        Ok(Receipt::Duplicate(_))
    ));
    operations(bed, &all_of_it);
    let too_many = bed
        .store()
        .prune(&Retention {
            limit: MOST_ROWS + 1,
            ..nothing
        })
        .unwrap_err();
    assert!(
        matches!(too_many, StoreError::Refused(Why::TooMany { .. })),
        "{too_many}"
    );
}

fn operations(bed: &dyn Bed, retention: &Retention) {
    let store = bed.store();
    let wish = Submission {
        attachments: vec![document("x", b"1")],
        idempotency: key("client", "k"),
        ..submission("send")
    };
    let submitted = store.submit(&wish).unwrap();
    for claimed in claim(store, 10) {
        store
            .settle(&claimed.lease, &ended(Ending::default()))
            .unwrap();
    }
    bed.clock()
        .set(START.after(201 * MINUTE - Duration::from_millis(1)));
    assert_eq!(store.prune(retention).unwrap().operations, 0);
    assert!(matches!(store.submit(&wish), Ok(Submitted::Known(_))));
    bed.clock().set(START.after(201 * MINUTE));
    let pruned = store.prune(retention).unwrap();
    assert_eq!(pruned.operations, 2);
    assert_eq!(store.status().unwrap().bodies, 0);
    let again = store.submit(&wish).unwrap();
    assert!(matches!((submitted, again), (Submitted::New(old), Submitted::New(new)) if new > old));
}

pub(super) fn by_size(bed: &mut dyn Bed) {
    let store = bed.store();
    for key in ["a", "b", "c", "d"] {
        let documents = vec![document("x", &[0; 1_000])];
        store
            .commit(&Arrival {
                documents,
                ..arrival(&[key])
            })
            .unwrap();
    }
    let all = entries(store);
    // The second waits; of the others the oldest go.
    for entry in [&all[0], &all[2], &all[3]] {
        store.acknowledge(entry.position, None).unwrap();
    }
    let each = store.status().unwrap().entry_bytes / 4;
    let retention = |acknowledged_bytes, limit| Retention {
        acknowledged_bytes: Some(acknowledged_bytes),
        limit,
        ..Retention::default()
    };
    assert_eq!(store.prune(&retention(3 * each, 10)), Ok(Pruned::default()));
    let one = Pruned {
        acknowledged: 1,
        ..Pruned::default()
    };
    assert_eq!(store.prune(&retention(3 * each - 1, 10)), Ok(one));
    assert_eq!(event_keys(store), ["b", "c", "d"]);
    assert_eq!(
        store.prune(&retention(0, 1)),
        Ok(Pruned { more: true, ..one })
    );
    assert_eq!(store.prune(&retention(0, 10)), Ok(one));
    assert_eq!(event_keys(store), ["b"]);
}

pub(super) fn wakeups(bed: &mut dyn Bed) {
    let store = bed.store();
    let mut wakeups = store.wakeups();
    store.commit(&arrival(&["a"])).unwrap();
    let long = Duration::from_secs(60);
    assert!(
        wakeups.wait(long),
        "what was committed before the wait counts"
    );
    thread::scope(|scope| {
        let waiter = scope.spawn(move || wakeups.wait(long));
        store.commit(&arrival(&["b"])).unwrap();
        assert!(waiter.join().unwrap());
    });
    // One that comes later has heard what was there.
    assert!(!store.wakeups().wait(Duration::ZERO));
}
