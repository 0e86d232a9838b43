// SPDX-License-Identifier: Apache-2.0
use std::{collections::BTreeMap, sync::Mutex, thread, time::Duration};

use silta_store::{
    StoreError, Timestamp, Why,
    record::{
        Actor, BodyId, Budget, Claim, Decided, Decision, Desired, DesiredAgency, Lease, Listing,
        MOST_CALLS, NodeAgency, NodePhase, NodeRefusal, NodeSeen, NodeState, OperationId, Outcome,
        Phase, Position, Reserved, Retention, Revised, Revision, Settled,
    },
};

use crate::{
    bed::{Bed, START},
    given::{MINUTE, arrival, lease},
};

pub(super) fn budgets(bed: &mut dyn Bed) {
    let budget = Budget {
        agency: "vero".into(),
        name: "list".into(),
        calls: 2,
        window: MINUTE,
        margin: Duration::from_secs(30),
    };
    let after = |seconds| START.after(Duration::from_secs(seconds));
    assert_eq!(bed.store().reserve(&budget), Ok(Reserved::Now));
    bed.clock().set(after(10));
    assert_eq!(bed.store().reserve(&budget), Ok(Reserved::Now));
    assert_eq!(
        bed.store().reserve(&budget),
        Ok(Reserved::NotBefore(after(90)))
    );
    bed.reopen();
    assert_eq!(
        bed.store().reserve(&budget),
        Ok(Reserved::NotBefore(after(90)))
    );
    // Whoever sets the clock back does not get another call.
    bed.clock().set(START.before(10 * MINUTE));
    assert_eq!(
        bed.store().reserve(&budget),
        Ok(Reserved::NotBefore(after(90)))
    );
    bed.clock().set(Timestamp(after(90).0 - 1));
    assert_eq!(
        bed.store().reserve(&budget),
        Ok(Reserved::NotBefore(after(90)))
    );
    let store = bed.store();
    for other in [
        Budget {
            agency: "tulli".into(),
            ..budget.clone()
        },
        Budget {
            name: "send".into(),
            ..budget.clone()
        },
    ] {
        assert_eq!(store.reserve(&other), Ok(Reserved::Now));
    }
    bed.clock().set(after(90));
    assert_eq!(store.reserve(&budget), Ok(Reserved::Now));
    assert_eq!(store.reserve(&budget), Ok(Reserved::NotBefore(after(100))));
    // An operator who lowers the limit does not have to wait for more than that.
    let fewer = Budget {
        calls: 1,
        ..budget.clone()
    };
    assert_eq!(store.reserve(&fewer), Ok(Reserved::NotBefore(after(180))));
    for calls in [0, MOST_CALLS + 1] {
        let refused = store
            .reserve(&Budget {
                calls,
                ..budget.clone()
            })
            .unwrap_err();
        assert!(
            matches!(refused, StoreError::Refused(Why::TooMany { .. })),
            "{refused}"
        );
    }
}

pub(super) fn clock(bed: &mut dyn Bed) {
    bed.store().commit(&arrival(&["a"])).unwrap();
    let leased = lease(bed.store(), 1)[0].lease;
    bed.clock().set(START.after(Duration::from_secs(30)));
    let now = bed.store().now().unwrap();
    assert_eq!(now, START.after(Duration::from_secs(30)));
    bed.clock().set(START.before(100 * MINUTE));
    assert_eq!(bed.store().peek_now(), Ok(now));
    assert_eq!(bed.store().now(), Ok(now));
    bed.reopen();
    assert_eq!(bed.store().now(), Ok(now));
    // A lease is neither longer nor shorter for it.
    assert!(lease(bed.store(), 1).is_empty());
    bed.clock().set(leased.until);
    assert_eq!(lease(bed.store(), 1).len(), 1);
    bed.clock().set(START);
    bed.store().commit(&arrival(&["b"])).unwrap();
    assert_eq!(
        crate::given::entries(bed.store())[1].received.committed,
        leased.until
    );
}

/// A clock that was three hours ahead when the store was used, as one is that was set to local time.
pub(super) fn clock_behind(bed: &mut dyn Bed) {
    bed.clock().set(START.after(180 * MINUTE));
    bed.store().commit(&arrival(&["a"])).unwrap();
    let budget = Budget {
        agency: "vero".into(),
        name: "list".into(),
        calls: 1,
        window: MINUTE,
        margin: Duration::ZERO,
    };
    for _ in 0..2 {
        assert_eq!(lease(bed.store(), 1).len(), 1);
        assert_eq!(bed.store().reserve(&budget), Ok(Reserved::Now));
        bed.clock().set(START);
        bed.reopen();
        // Half of what passes.
        bed.clock().pass(MINUTE);
        let half = bed.store().peek_now().unwrap();
        assert_eq!(bed.store().due(&Claim::default()).unwrap().now, half);
        assert_eq!(bed.store().now(), Ok(half));
        assert!(lease(bed.store(), 1).is_empty());
        assert!(matches!(
            bed.store().reserve(&budget),
            Ok(Reserved::NotBefore(_))
        ));
        bed.clock().pass(MINUTE);
    }
    assert_eq!(lease(bed.store(), 1).len(), 1);
    // And it is caught up with.
    bed.clock().set(START.after(181 * MINUTE));
    let now = bed.store().now().unwrap();
    assert_eq!(now, START.after(182 * MINUTE));
    bed.clock().set(START.after(183 * MINUTE));
    assert_eq!(bed.store().now(), Ok(START.after(183 * MINUTE)));
}

pub(super) fn desired(bed: &mut dyn Bed) {
    let desired = |component: &str| {
        let agency = DesiredAgency {
            component: component.into(),
            settings: "s".into(),
            phase: Phase::Prepare,
            ..DesiredAgency::default()
        };
        Desired {
            agencies: [("vero".to_owned(), agency)].into(),
        }
    };
    assert_eq!(bed.store().desired(), Ok(Revised::default()));
    assert_eq!(
        bed.store().set_desired(Revision(0), &desired("a")),
        Ok(Revision(1))
    );
    let refused = bed.store().set_desired(Revision(0), &desired("b"));
    assert_eq!(refused, Err(StoreError::Refused(Why::Revised(Revision(1)))));
    bed.reopen();
    let store = bed.store();
    assert_eq!(
        store.desired(),
        Ok(Revised {
            revision: Revision(1),
            value: desired("a")
        })
    );
    // Several who try until they succeed: each revision is one's.
    let won = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for name in ["b", "c", "d", "e"] {
            let won = &won;
            scope.spawn(move || {
                loop {
                    let from = store.desired().unwrap().revision;
                    match store.set_desired(from, &desired(name)) {
                        Ok(revision) => break won.lock().unwrap().push((revision, name)),
                        Err(StoreError::Refused(Why::Revised(_))) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
    });
    let mut won = won.into_inner().unwrap();
    won.sort();
    assert_eq!(
        won.iter()
            .map(|(revision, _)| revision.0)
            .collect::<Vec<_>>(),
        [2, 3, 4, 5]
    );
    assert_eq!(store.desired().unwrap().value, desired(won[3].1));
}

pub(super) fn nodes(bed: &mut dyn Bed) {
    let cannot = NodeRefusal {
        number: 9,
        code: "component.rejected.linked".into(),
        reason: "another contract".into(),
    };
    let of_vero = NodeAgency {
        serving: Some(7),
        since: Some(START),
        prepared: Some(8),
        cannot: Some(cannot),
    };
    let agencies = [("tulli", NodeAgency::default()), ("vero", of_vero)];
    let agencies = agencies.map(|(agency, of_agency)| (agency.to_owned(), of_agency));
    let state = |node: &str, phase| NodeState {
        node: node.into(),
        revision: Revision(3),
        phase,
        detail: String::new(),
        agencies: BTreeMap::from(agencies.clone()),
    };
    bed.store()
        .report(&state("b", NodePhase::Preparing))
        .unwrap();
    bed.store().report(&state("a", NodePhase::Serving)).unwrap();
    bed.clock().set(START.after(MINUTE));
    bed.store().report(&state("b", NodePhase::Failed)).unwrap();
    bed.reopen();
    let seen = |node, phase, at| NodeSeen {
        state: state(node, phase),
        at,
    };
    let expected = vec![
        seen("a", NodePhase::Serving, START),
        seen("b", NodePhase::Failed, START.after(MINUTE)),
    ];
    assert_eq!(bed.store().nodes(), Ok(expected.clone()));
    let retention = Retention {
        nodes_age: Some(MINUTE),
        limit: 10,
        ..Retention::default()
    };
    assert_eq!(bed.store().prune(&retention).unwrap().nodes, 1);
    assert_eq!(bed.store().nodes().unwrap(), expected[1..]);
}

/// Whoever asks may have got a number from a stranger.
pub(super) fn strange_numbers(bed: &mut dyn Bed) {
    let store = bed.store();
    store.commit(&arrival(&["a"])).unwrap();
    for number in [0, i64::MAX as u64, i64::MAX as u64 + 1, u64::MAX] {
        let (position, operation) = (Position(number), OperationId(number));
        let after = Listing {
            after: position,
            limit: 10,
            ..Listing::default()
        };
        assert_eq!(store.list(&after).unwrap().len(), usize::from(number == 0));
        assert_eq!(store.show(position), Ok(None));
        assert_eq!(store.body(BodyId(number)), Ok(None));
        assert_eq!(store.operation(operation), Ok(None));
        assert_eq!(
            store.acknowledge(position, Some(number)),
            Ok(Settled::Stale)
        );
        assert_eq!(
            store.decide(operation, None, Decision::Cancel, &Actor::default()),
            Ok(Decided::Over)
        );
        let lease = Lease {
            id: position,
            epoch: number,
            until: START,
        };
        assert_eq!(store.extend_lease(&lease, MINUTE), Ok(None));
        assert_eq!(store.hand_back(&lease, Duration::MAX), Ok(Settled::Stale));
        let claim = Lease {
            id: operation,
            epoch: number,
            until: START,
        };
        assert_eq!(store.extend(&claim, Duration::MAX), Ok(None));
        let over = Outcome::Ended(Box::default());
        assert_eq!(store.settle(&claim, &over), Ok(Settled::Stale));
        if number > 0 {
            let refused = store.set_desired(Revision(number), &Desired::default());
            assert_eq!(refused, Err(StoreError::Refused(Why::Revised(Revision(0)))));
        }
    }
    // A wait without an end.
    let leased = lease(store, 1)[0].lease;
    assert_eq!(store.hand_back(&leased, Duration::MAX), Ok(Settled::Done));
    assert!(lease(store, 1).is_empty());
}
