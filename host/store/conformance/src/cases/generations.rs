// SPDX-License-Identifier: Apache-2.0
use std::{sync::Mutex, thread};

use silta_store::{
    Content, Store, StoreError, Why,
    record::{
        GenerationListing, GenerationOutcome, KEPT_REJECTIONS, MOST_ROWS, MOST_SERVICES,
        NewGeneration, PackageTexts, Phase, Promoted, Revision, ServeOrder, Service, Trial,
        TrialEnd, TrialEvidence, TrialMode, TrialOutcome,
    },
};

use crate::{
    bed::{Bed, START},
    given::{MINUTE, generation, generations, order, rejection},
};

/// Numbers and outcomes, the last first.
fn told(store: &dyn Store, agency: &str) -> Vec<(u64, &'static str)> {
    let all = generations(store, agency).into_iter();
    all.map(|one| (one.number, one.outcome.name())).collect()
}

fn revision(store: &dyn Store) -> Revision {
    store.desired().unwrap().revision
}

pub(super) fn served(bed: &mut dyn Bed) {
    let store = bed.store();
    let first = store.record_generation(&generation("vero", b"a")).unwrap();
    assert_eq!((first.number, first.at), (1, START));
    assert_eq!(first.outcome, GenerationOutcome::Prepared);
    assert_eq!(first.component, Content::from(b"a".as_slice()).digest());
    let rejected = NewGeneration {
        rejection: Some(rejection()),
        ..generation("vero", b"b")
    };
    assert_eq!(store.record_generation(&rejected).unwrap().number, 2);
    let other = store.record_generation(&generation("tulli", b"a")).unwrap();
    assert_eq!(other.number, 1);
    // All of them or none.
    let not = |agency: &str, number| {
        let agency = agency.to_owned();
        Err(StoreError::Refused(Why::NotServable { agency, number }))
    };
    for (orders, refused) in [
        ([order("vero", 1), order("tulli", 7)], not("tulli", 7)),
        ([order("tulli", 1), order("vero", 2)], not("vero", 2)),
        (
            [order("tulli", 1), order("vero", u64::MAX)],
            not("vero", u64::MAX),
        ),
    ] {
        assert_eq!(store.serve_generations(Revision(0), &orders), refused);
        assert_eq!(told(store, "vero"), [(2, "rejected"), (1, "prepared")]);
    }
    bed.clock().set(START.after(MINUTE));
    let both = [order("vero", 1), order("tulli", 1)];
    assert_eq!(
        bed.store().serve_generations(Revision(0), &both),
        Ok(Revision(1))
    );
    bed.reopen();
    let store = bed.store();
    let desired = store.desired().unwrap();
    assert_eq!(desired.revision, Revision(1));
    let vero = &desired.value.agencies["vero"];
    assert_eq!(
        (vero.generation, vero.earlier, vero.phase),
        (Some(1), None, Phase::Serve)
    );
    assert_eq!(vero.configured, "d");
    assert_eq!(vero.component, first.component.to_string());
    let serving = &generations(store, "vero")[1];
    let service = Service {
        since: START.after(MINUTE),
        by: "maija".into(),
        why: "a new interface".into(),
    };
    assert_eq!(serving.service(), Some(&service));
    assert_eq!((serving.by.as_str(), serving.at), ("configuration", START));
    // Numbers go on behind what was rejected, and after a restart.
    let third = store.record_generation(&generation("vero", b"c")).unwrap();
    assert_eq!(third.number, 3);
    let revised = Err(StoreError::Refused(Why::Revised(Revision(1))));
    let orders = [order("vero", 3)];
    assert_eq!(store.serve_generations(Revision(0), &orders), revised);
    assert_eq!(
        store.serve_generations(Revision(1), &orders),
        Ok(Revision(2))
    );
    assert_eq!(
        told(store, "vero"),
        [(3, "serving"), (2, "rejected"), (1, "retired")]
    );
    let page = GenerationListing {
        agency: "vero".into(),
        before: 3,
        limit: 1,
    };
    assert_eq!(store.generations(&page).unwrap()[0].number, 2);
    let too_many = GenerationListing {
        limit: MOST_ROWS + 1,
        ..page
    };
    let refused = store.generations(&too_many).unwrap_err();
    assert!(matches!(refused, StoreError::Refused(Why::TooMany { .. })));
}

pub(super) fn raced(bed: &mut dyn Bed) {
    let store = bed.store();
    let numbers = 1..=4;
    for number in numbers.clone() {
        let component = [b'a' + number as u8];
        let recorded = store.record_generation(&generation("vero", &component));
        assert_eq!(recorded.unwrap().number, number);
    }
    let won = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for number in numbers {
            let won = &won;
            scope.spawn(move || {
                if store
                    .serve_generations(Revision(0), &[order("vero", number)])
                    .is_ok()
                {
                    won.lock().unwrap().push(number);
                }
            });
        }
    });
    let won = won.into_inner().unwrap();
    assert_eq!(won.len(), 1, "{won:?}");
    let desired = store.desired().unwrap();
    assert_eq!(desired.revision, Revision(1));
    assert_eq!(desired.value.agencies["vero"].generation, Some(won[0]));
    let serving = told(store, "vero").into_iter();
    let serving: Vec<_> = serving.filter(|(_, is)| *is == "serving").collect();
    assert_eq!(serving, [(won[0], "serving")]);
}

/// Files that are renewed are no reason to forget the component that served before.
pub(super) fn renewed(bed: &mut dyn Bed) {
    let package = PackageTexts {
        manifest: "{}".into(),
        signatures: None,
    };
    let serve = |store: &dyn Store, component: &[u8]| {
        let wish = NewGeneration {
            package: Some(package.clone()),
            ..generation("vero", component)
        };
        let number = store.record_generation(&wish).unwrap().number;
        let orders = [order("vero", number)];
        store.serve_generations(revision(store), &orders).unwrap();
        let desired = store.desired().unwrap().value;
        let vero = &desired.agencies["vero"];
        assert_eq!(vero.generation, Some(number));
        vero.earlier
    };
    assert_eq!(serve(bed.store(), b"a"), None);
    assert_eq!(serve(bed.store(), b"a"), None);
    assert_eq!(serve(bed.store(), b"b"), Some(2));
    for _ in 0..3 {
        assert_eq!(serve(bed.store(), b"b"), Some(2));
    }
    bed.reopen();
    let store = bed.store();
    // What is needed to judge it again stays as long as its bytes do.
    let all = generations(store, "vero").into_iter();
    let packaged = all.filter(|one| one.package.is_some());
    let packaged: Vec<_> = packaged.map(|one| one.number).collect();
    assert_eq!(packaged, [6, 2]);
    assert_eq!(told(store, "vero")[4], (2, "retired"));
    let component = Content::from(b"a".as_slice());
    let found = store.component(&component.digest()).unwrap();
    assert_eq!(found, Some(component));
    let back = [order("vero", 2)];
    store.serve_generations(revision(store), &back).unwrap();
    let desired = store.desired().unwrap().value;
    assert_eq!(desired.agencies["vero"].earlier, Some(6));
}

pub(super) fn rejected(bed: &mut dyn Bed) {
    let refuse = |store: &dyn Store| {
        let rejected = NewGeneration {
            rejection: Some(rejection()),
            ..generation("vero", b"b")
        };
        store.record_generation(&rejected).unwrap().number
    };
    let store = bed.store();
    store.record_generation(&generation("vero", b"a")).unwrap();
    let orders = [order("vero", 1)];
    store.serve_generations(Revision(0), &orders).unwrap();
    let last = u64::from(KEPT_REJECTIONS) + 4;
    for number in 2..=last {
        assert_eq!(refuse(store), number);
    }
    bed.reopen();
    let told = told(bed.store(), "vero");
    let numbers: Vec<u64> = told.iter().map(|(number, _)| *number).collect();
    let expected: Vec<u64> = (5..=last).rev().chain([1]).collect();
    assert_eq!(numbers, expected);
    assert_eq!(told[told.len() - 1], (1, "serving"));
    assert_eq!(refuse(bed.store()), last + 1);
}

pub(super) fn components(bed: &mut dyn Bed) {
    let large = vec![b'x'; 70_000];
    let record = |store: &dyn Store, component: &[u8]| {
        let recorded = store.record_generation(&generation("vero", component));
        recorded.unwrap().number
    };
    let content = |bytes: &[u8]| Content::from(bytes);
    let kept = |store: &dyn Store| {
        [b"a".as_slice(), &large, b"c"].map(|bytes| {
            let found = store.component(&content(bytes).digest()).unwrap();
            found.is_some_and(|found| found == content(bytes))
        })
    };
    let serve = |store: &dyn Store, number| {
        let served = store.serve_generations(revision(store), &[order("vero", number)]);
        served.unwrap();
    };
    let bodies = |store: &dyn Store| store.status().unwrap().bodies;
    record(bed.store(), b"a");
    record(bed.store(), &large);
    // Once, whoever names it.
    let same = generation("tulli", &large);
    bed.store().record_generation(&same).unwrap();
    assert_eq!(bodies(bed.store()), 2);
    serve(bed.store(), 1);
    // Of what was prepared and overtaken the component is kept only for the other agency.
    bed.reopen();
    assert_eq!(kept(bed.store()), [true, true, false]);
    assert_eq!(told(bed.store(), "vero"), [(2, "retired"), (1, "serving")]);
    assert_eq!(record(bed.store(), &large), 3);
    serve(bed.store(), 3);
    let tulli = [order("tulli", 1)];
    let store = bed.store();
    store.serve_generations(revision(store), &tulli).unwrap();
    assert_eq!(kept(bed.store()), [true, true, false]);
    // Back, and back again: both stay.
    serve(bed.store(), 1);
    assert_eq!(told(bed.store(), "vero")[0], (3, "retired"));
    serve(bed.store(), 3);
    let desired = bed.store().desired().unwrap();
    assert_eq!(desired.value.agencies["vero"].earlier, Some(1));
    assert_eq!(record(bed.store(), b"c"), 4);
    serve(bed.store(), 4);
    bed.reopen();
    let store = bed.store();
    assert_eq!(kept(store), [false, true, true]);
    assert_eq!(bodies(store), 2);
    let gone = store.serve_generations(revision(store), &[order("vero", 1)]);
    assert!(matches!(
        gone,
        Err(StoreError::Refused(Why::NotServable { number: 1, .. }))
    ));
    // Of what serves only the configuration is renewed.
    let before = generations(store, "vero");
    let mut again = order("vero", 4);
    again.configured = "e".into();
    store.serve_generations(revision(store), &[again]).unwrap();
    assert_eq!(generations(store, "vero"), before);
    let desired = store.desired().unwrap();
    let vero = &desired.value.agencies["vero"];
    assert_eq!((vero.configured.as_str(), vero.earlier), ("e", Some(3)));
    // What is put into service often has a record that is no longer than others.
    for _ in 0..MOST_SERVICES {
        serve(store, 3);
        serve(store, 4);
    }
    let last = &generations(store, "vero")[0];
    assert_eq!(last.services.len(), MOST_SERVICES);
    assert_eq!(last.services_left_out, 1);
}

fn trial(same: u64) -> Trial {
    Trial {
        mode: TrialMode::Shadow,
        of_thousand: 100,
        since: START,
        by: "maija".into(),
        why: "a new interface".into(),
        evidence: TrialEvidence {
            same,
            ..TrialEvidence::default()
        },
        end: None,
    }
}

/// States and evidence, the last first.
fn tried_out(store: &dyn Store) -> Vec<(u64, String, Option<u64>)> {
    let all = generations(store, "vero").into_iter();
    all.map(|one| {
        let same = one.trial.as_ref().map(|trial| trial.evidence.same);
        (one.number, one.state().to_owned(), same)
    })
    .collect()
}

fn on_trial(store: &dyn Store) -> Option<u64> {
    store.desired().unwrap().value.agencies["vero"].trial
}

pub(super) fn tried(bed: &mut dyn Bed) {
    let store = bed.store();
    let not = |number| {
        let agency = "vero".to_owned();
        Err(StoreError::Refused(Why::NotServable { agency, number }))
    };
    for component in [b"a", b"b", b"c"] {
        store
            .record_generation(&generation("vero", component))
            .unwrap();
    }
    // Beside nothing there is no trial, of what serves there is none, and one is at a time.
    assert_eq!(store.keep_trial("vero", 1, &trial(0)), not(1));
    store
        .serve_generations(Revision(0), &[order("vero", 1)])
        .unwrap();
    assert_eq!(store.keep_trial("vero", 1, &trial(0)), not(1));
    assert_eq!(store.keep_trial("vero", 2, &trial(0)), not(2));
    let fourth = store.record_generation(&generation("vero", b"d")).unwrap();
    let fifth = store.record_generation(&generation("vero", b"e")).unwrap();
    assert_eq!(store.keep_trial("vero", 4, &trial(0)), Ok(()));
    assert_eq!(store.keep_trial("vero", 5, &trial(0)), not(5));
    assert_eq!(store.keep_trial("vero", 4, &trial(3)), Ok(()));
    assert_eq!(on_trial(store), Some(4));
    // Its beginning is a revision, and what is seen of it is none.
    assert_eq!(revision(store), Revision(2));
    bed.reopen();
    let store = bed.store();
    assert_eq!(tried_out(store)[1], (4, "on-trial".to_owned(), Some(3)));
    // Renewed settings leave it on trial; the one that nobody tries is retired.
    let renewed = store.record_generation(&generation("vero", b"a")).unwrap();
    let orders = [order("vero", renewed.number)];
    store.serve_generations(Revision(2), &orders).unwrap();
    assert_eq!(on_trial(store), Some(4));
    assert!(store.component(&fourth.component).unwrap().is_some());
    assert!(store.component(&fifth.component).unwrap().is_none());
    // Its end is kept, and its component is not.
    let ended = Trial {
        end: Some(TrialEnd {
            at: START,
            outcome: TrialOutcome::DISCARDED,
            by: "maija".into(),
            why: "it answers otherwise".into(),
            lacked: String::new(),
        }),
        ..trial(5)
    };
    assert_eq!(store.keep_trial("vero", 4, &ended), Ok(()));
    assert_eq!(on_trial(store), None);
    assert!(store.component(&fourth.component).unwrap().is_none());
    assert_eq!(store.keep_trial("vero", 4, &trial(6)), not(4));
    // One beside which another component is put into service, and one that is put into service.
    let mut recorded = Vec::new();
    for component in [b"f", b"g"] {
        let new = store.record_generation(&generation("vero", component));
        recorded.push(new.unwrap().number);
    }
    store.keep_trial("vero", recorded[0], &trial(7)).unwrap();
    let orders = [order("vero", recorded[1])];
    store.serve_generations(revision(store), &orders).unwrap();
    assert_eq!(on_trial(store), None);
    let last = store.record_generation(&generation("vero", b"h")).unwrap();
    store.keep_trial("vero", last.number, &trial(8)).unwrap();
    let promoted = ServeOrder {
        promoted: Some(Promoted {
            settings: "renewed".into(),
            lacked: "time".into(),
        }),
        ..order("vero", last.number)
    };
    store
        .serve_generations(revision(store), &[promoted])
        .unwrap();
    bed.reopen();
    let store = bed.store();
    assert_eq!(on_trial(store), None);
    let all = tried_out(store);
    assert_eq!(all[0], (last.number, "serving".to_owned(), Some(8)));
    assert_eq!(all[1].1, "retired");
    assert_eq!(all[2], (recorded[0], "replaced".to_owned(), Some(7)));
    let discarded = all.iter().find(|(number, ..)| *number == 4).unwrap();
    assert_eq!(*discarded, (4, "discarded".to_owned(), Some(5)));
    let promoted = &generations(store, "vero")[0];
    let end = promoted.trial.as_ref().unwrap().end.as_ref().unwrap();
    assert_eq!(end.outcome, TrialOutcome::PROMOTED);
    assert_eq!(
        (end.by.as_str(), end.why.as_str()),
        ("maija", "a new interface")
    );
    // With what it lacked, and what it serves by now.
    let desired = store.desired().unwrap().value.agencies["vero"].clone();
    assert_eq!(
        (end.lacked.as_str(), promoted.settings.as_str()),
        ("time", "renewed")
    );
    assert_eq!(desired.settings, "renewed");
}
