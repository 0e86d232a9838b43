// SPDX-License-Identifier: Apache-2.0
//! How runs ended.

use std::time::Duration;

use silta_store::{
    Store,
    record::{
        Actor, Decision, End, Ending, KEPT_RUNS, Note, OperationId, Outcome, Retention, Run, Runs,
        Submitted,
    },
};

use crate::{
    bed::{Bed, START},
    given::{MINUTE, claim, ended, submission},
};

fn note(class: &str, counts: bool) -> Option<Note> {
    Some(Note {
        class: class.into(),
        code: format!("{class}-code"),
        text: format!("{class} in words"),
        counts,
    })
}

fn again(class: &str, counts: bool) -> Outcome {
    Outcome::Again {
        delay: Duration::ZERO,
        progress: None,
        note: note(class, counts),
    }
}

fn submit(store: &dyn Store) -> OperationId {
    match store.submit(&submission("send")).unwrap() {
        Submitted::New(id) | Submitted::Known(id) => id,
    }
}

fn settle(store: &dyn Store, outcome: &Outcome) {
    let lease = claim(store, 1)[0].lease;
    store.settle(&lease, outcome).unwrap();
}

/// Number and class of each.
fn told(runs: &Runs) -> Vec<(u32, &str)> {
    let kept = runs.kept.iter();
    kept.map(|run| (run.number, run.class.as_str())).collect()
}

pub(super) fn kept(bed: &mut dyn Bed) {
    let id = submit(bed.store());
    let runs = |bed: &dyn Bed| bed.store().runs(id).unwrap();
    assert_eq!(runs(bed), Runs::default());
    settle(bed.store(), &again("not-sent", true));
    bed.clock().set(START.after(MINUTE));
    // Nothing was tried.
    settle(bed.store(), &again("put-off", false));
    let given_back = Outcome::Again {
        delay: Duration::ZERO,
        progress: None,
        note: None,
    };
    settle(bed.store(), &given_back);
    let held = Outcome::Held {
        why: "why".into(),
        progress: None,
        note: note("exhausted", false),
    };
    settle(bed.store(), &held);
    bed.reopen();
    let first = Run {
        number: 1,
        at: START,
        class: "not-sent".into(),
        code: "not-sent-code".into(),
        text: "not-sent in words".into(),
    };
    assert_eq!(runs(bed).kept[0], first);
    assert_eq!(told(&runs(bed)), [(1, "not-sent"), (2, "exhausted")]);
    assert_eq!(runs(bed).kept[1].at, START.after(MINUTE));
    // A human lets it go on: what was before is kept.
    let store = bed.store();
    store
        .decide(id, None, Decision::Resume, &Actor::default())
        .unwrap();
    let other = submit(store);
    let refused = Ending {
        end: End::Refused,
        code: "474".into(),
        ..Ending::default()
    };
    let lease = claim(store, 1)[0].lease;
    for _ in 0..2 {
        // Asked twice, it is one run.
        store.settle(&lease, &ended(refused.clone())).unwrap();
    }
    let expected = [(1, "not-sent"), (2, "exhausted"), (3, "refused")];
    assert_eq!(told(&runs(bed)), expected);
    assert_eq!(runs(bed).kept[2].code, "474");
    // Of many the last ones are kept.
    for number in 0..KEPT_RUNS + 3 {
        settle(store, &again(&number.to_string(), true));
    }
    let many = store.runs(other).unwrap();
    assert_eq!((many.kept.len(), many.cut), (KEPT_RUNS as usize, 3));
    assert_eq!(told(&many)[0], (4, "3"));
    let last = (KEPT_RUNS + 3, (KEPT_RUNS + 2).to_string());
    assert_eq!(told(&many).last(), Some(&(last.0, last.1.as_str())));
    // Cancelling is no run.
    store
        .decide(other, None, Decision::Cancel, &Actor::default())
        .unwrap();
    assert_eq!(store.runs(other).unwrap(), many);
    // They go with the operation.
    let all = Retention {
        ended_age: Some(Duration::ZERO),
        limit: 10,
        ..Retention::default()
    };
    assert_eq!(store.prune(&all).unwrap().operations, 2);
    assert_eq!(runs(bed), Runs::default());
    assert_eq!(bed.store().runs(OperationId(u64::MAX)), Ok(Runs::default()));
}
