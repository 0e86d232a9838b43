// SPDX-License-Identifier: Apache-2.0
use std::{collections::BTreeSet, thread};

use silta_store::{
    StoreError, Why,
    record::{Arrival, Origin, Position, Provenance, Receipt, Source},
};

use crate::{
    bed::{Bed, START},
    given::{arrival, claim, document, entries, event_keys, follow_up},
};

pub(super) fn known_events(bed: &mut dyn Bed) {
    let store = bed.store();
    let Receipt::New(position) = store.commit(&arrival(&["a", "b"])).unwrap() else {
        panic!("nothing was there");
    };
    assert_eq!(
        store.commit(&arrival(&["b", "a"])),
        Ok(Receipt::Duplicate(position))
    );
    let other = Arrival {
        agency: "tulli".into(),
        ..arrival(&["a"])
    };
    assert!(matches!(store.commit(&other), Ok(Receipt::New(next)) if next > position));
    assert_eq!(event_keys(store), ["a", "b", "a"]);
    let entry = &entries(store)[0];
    assert_eq!((entry.position, &*entry.agency), (position, "vero"));
    assert_eq!(
        (entry.received.source, entry.received.at),
        (Source::Call, START)
    );
    assert_eq!(
        (entry.received.committed, &*entry.received.operation),
        (START, "notify")
    );
    assert_eq!(store.show(position).unwrap().as_ref(), Some(entry));
    assert_eq!(store.show(Position(position.0 + 1_000)), Ok(None));
}

pub(super) fn known_in_part(bed: &mut dyn Bed) {
    let store = bed.store();
    store.commit(&arrival(&["a"])).unwrap();
    let mut more = arrival(&["a", "b", "b"]);
    more.documents.push(document("x", b"1"));
    assert!(matches!(store.commit(&more), Ok(Receipt::New(_))));
    assert_eq!(event_keys(store), ["a", "b"]);
    assert_eq!(entries(store)[1].received.documents.len(), 1);
    // Of one all of whose events are known nothing is kept, whatever else it brings.
    let mut known = arrival(&["b", "a"]);
    known.documents.push(document("y", b"2"));
    known.follow_ups.push(follow_up("f"));
    let second = entries(store)[1].position;
    assert_eq!(store.commit(&known), Ok(Receipt::Duplicate(second)));
    assert_eq!(entries(store).len(), 2);
    assert!(claim(store, 10).is_empty());
}

pub(super) fn without_events(bed: &mut dyn Bed) {
    let store = bed.store();
    let with = |documents: &[(&str, &[u8])], follow_ups: &[&str]| Arrival {
        documents: documents
            .iter()
            .map(|(name, content)| document(name, content))
            .collect(),
        follow_ups: follow_ups.iter().map(|key| follow_up(key)).collect(),
        ..arrival(&[])
    };
    let first = with(&[("x", b"1")], &[]);
    let Receipt::New(position) = store.commit(&first).unwrap() else {
        panic!("nothing was there");
    };
    // Another call at another time, judged by another component, brings the same.
    let again = Arrival {
        at: START.after(crate::given::MINUTE),
        provenance: Provenance {
            component: "d".into(),
            settings: "t".into(),
            generation: Some(2),
        },
        ..first.clone()
    };
    assert_eq!(store.commit(&again), Ok(Receipt::Duplicate(position)));
    for other in [
        with(&[("x", b"2")], &[]),
        with(&[("y", b"1")], &[]),
        with(&[("x", b"1"), ("x", b"1")], &[]),
        with(&[("x", b"1")], &["f"]),
        with(&[], &["f"]),
        Arrival {
            operation: "other".into(),
            ..first.clone()
        },
        Arrival {
            agency: "tulli".into(),
            ..first
        },
    ] {
        assert!(
            matches!(store.commit(&other), Ok(Receipt::New(_))),
            "{other:?}"
        );
        assert!(
            matches!(store.commit(&other), Ok(Receipt::Duplicate(_))),
            "{other:?}"
        );
    }
    // What has neither events nor documents is nothing to hand over.
    let is_acknowledged =
        |entry: &silta_store::record::Entry| entry.delivery.acknowledged.is_some();
    let handed_over: Vec<_> = entries(store).iter().map(is_acknowledged).collect();
    assert_eq!(
        handed_over,
        [false, false, false, false, false, true, false, false]
    );
}

pub(super) fn nothing(bed: &mut dyn Bed) {
    let refused = bed.store().commit(&arrival(&[]));
    assert_eq!(refused, Err(StoreError::Refused(Why::Nothing)));
    assert!(entries(bed.store()).is_empty());
}

pub(super) fn follow_ups(bed: &mut dyn Bed) {
    let store = bed.store();
    let mut first = arrival(&["a"]);
    first.follow_ups = vec![follow_up("f"), follow_up("f"), follow_up("g")];
    store.commit(&first).unwrap();
    let mut second = arrival(&["b"]);
    second.follow_ups = vec![follow_up("g"), follow_up("h")];
    store.commit(&second).unwrap();
    let entries = entries(store);
    let queued: Vec<_> = entries
        .iter()
        .flat_map(|entry| &entry.received.follow_ups)
        .copied()
        .collect();
    let claimed = claim(store, 10);
    assert_eq!(
        claimed
            .iter()
            .map(|claimed| claimed.operation.id)
            .collect::<Vec<_>>(),
        queued
    );
    let parameters = claimed
        .iter()
        .map(|claimed| &*claimed.operation.wish.parameters);
    assert_eq!(
        parameters.collect::<Vec<_>>(),
        [r#"{"of":"f"}"#, r#"{"of":"g"}"#, r#"{"of":"h"}"#]
    );
    let origins: Vec<_> = claimed
        .iter()
        .map(|claimed| claimed.operation.wish.origin)
        .collect();
    let [first, second] = [entries[0].position, entries[1].position].map(Origin::Entry);
    assert_eq!(origins, [first, first, second]);
}

/// Two that name the same keys in another order, at the same time.
pub(super) fn crossed_keys(bed: &mut dyn Bed) {
    let store = bed.store();
    for round in 0..10 {
        let (a, b) = (format!("a{round}"), format!("b{round}"));
        let receipts: Vec<_> = thread::scope(|scope| {
            let pairs = [[&*a, &*b], [&*b, &*a], [&*a, &*b], [&*b, &*a]];
            let threads =
                pairs.map(|keys| scope.spawn(move || store.commit(&arrival(&keys)).unwrap()));
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let is_new = |receipt: &&Receipt| matches!(receipt, Receipt::New(_));
        assert_eq!(receipts.iter().filter(is_new).count(), 1, "{receipts:?}");
    }
    let keys = event_keys(store);
    assert_eq!(keys.len(), 20);
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 20);
}

pub(super) fn after_restart(bed: &mut dyn Bed) {
    let mut whole = arrival(&[]);
    whole.documents.push(document("x", b"1"));
    let first = bed.store().commit(&arrival(&["a"])).unwrap();
    let second = bed.store().commit(&whole).unwrap();
    let before = entries(bed.store());
    bed.reopen();
    assert_eq!(entries(bed.store()), before);
    let (Receipt::New(first), Receipt::New(second)) = (first, second) else {
        panic!("nothing was there");
    };
    assert_eq!(
        bed.store().commit(&arrival(&["a"])),
        Ok(Receipt::Duplicate(first))
    );
    assert_eq!(bed.store().commit(&whole), Ok(Receipt::Duplicate(second)));
    // Positions are not used twice, also when the last entry is gone.
    bed.store().acknowledge(second, None).unwrap();
    let all = silta_store::record::Retention {
        acknowledged_age: Some(std::time::Duration::ZERO),
        limit: 10,
        ..Default::default()
    };
    assert_eq!(bed.store().prune(&all).unwrap().acknowledged, 1);
    bed.reopen();
    let next = bed.store().commit(&arrival(&["b"])).unwrap();
    assert!(
        matches!(next, Receipt::New(next) if next > second),
        "{next:?}"
    );
}
