// SPDX-License-Identifier: Apache-2.0
//! Components are replaced while calls run: no call fails, none is torn, and nothing is left behind.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::json;
use silta::{Agency, Error, Limits};

use crate::{
    gateway::scene::Lingering,
    support::{
        build,
        host::{Host, host, rogue, rogue_version},
        json,
        live_allocations::{self, TELLING_SIZE},
    },
};

fn version(agency: &Agency) -> u64 {
    json(&build(agency, "behave", json!({})).unwrap())["version"]
        .as_u64()
        .unwrap()
}

#[test]
fn every_answer_comes_from_a_generation_that_served_meanwhile() {
    const SWAPS: u64 = 100;
    let host = host();
    let agency = host.rogue(padded(1));
    // What served when, as far as a caller can tell: started is raised before a deployment begins, served after it has ended.
    let (started, served) = (AtomicU64::new(1), AtomicU64::new(1));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let callers: Vec<_> = (0..4)
            .map(|caller| {
                let (agency, started, served, done) = (&agency, &started, &served, &done);
                scope.spawn(move || {
                    let mut calls = 0_u64;
                    while !done.load(Ordering::SeqCst) {
                        let oldest = served.load(Ordering::SeqCst);
                        let text = format!("{caller}/{calls}");
                        let answer = build(agency, "behave", json!({ "text": text })).unwrap();
                        let newest = started.load(Ordering::SeqCst);
                        let answer = json(&answer);
                        assert_eq!(answer["text"], text);
                        let version = answer["version"].as_u64().unwrap();
                        assert!(
                            (oldest..=newest).contains(&version),
                            "{version} is not of {oldest} to {newest}"
                        );
                        // Settings are of one piece with their version.
                        assert_eq!(answer["padding"], version % 7);
                        calls += 1;
                    }
                    calls
                })
            })
            .collect();
        for number in 2..=SWAPS {
            started.store(number, Ordering::SeqCst);
            host.runtime.deploy("rogue", padded(number)).unwrap();
            served.store(number, Ordering::SeqCst);
            // What is refused disturbs nobody.
            let bad = rogue().with_settings(r#"{"bad": true}"#);
            host.runtime.deploy("rogue", bad).unwrap_err();
            let garbage = silta::Deployment::from_bytes(b"garbage".as_slice());
            host.runtime.deploy("rogue", garbage).unwrap_err();
        }
        done.store(true, Ordering::SeqCst);
        for caller in callers {
            assert!(caller.join().unwrap() > 0);
        }
    });
    assert_eq!(version(&agency), SWAPS);
}

fn padded(version: u64) -> silta::Deployment {
    let padding = "x".repeat((version % 7) as usize);
    rogue().with_settings(json!({"version": version, "padding": padding}).to_string())
}

#[test]
fn a_call_keeps_the_generation_it_began_with() {
    let host = host();
    let agency = host.rogue(rogue_version(1));
    let lingering = Lingering::at(&host);
    thread::scope(|scope| {
        let call = scope.spawn(|| build(&agency, "linger", json!({})).unwrap());
        assert_eq!(lingering.wait(), "lingering at 1");
        host.runtime.deploy("rogue", rogue_version(2)).unwrap();
        assert_eq!(version(&agency), 2);
        // Gone from the slot altogether, and still serving the call.
        host.runtime.deploy("rogue", rogue_version(3)).unwrap();
        lingering.let_go();
        let answer = json(&call.join().unwrap());
        assert_eq!(answer, json!({"first": 1, "second": 1}));
    });
    assert_eq!(version(&agency), 3);
}

#[test]
fn a_call_of_a_replaced_generation_is_told_and_cut_off_by_itself() {
    let host = Host::fresh(|builder| builder);
    let agency = host.runtime.deploy("rogue", rogue_version(1)).unwrap();
    let lingering = Lingering::at(&host);
    thread::scope(|scope| {
        let call = scope.spawn(|| build(&agency, "linger", json!({})));
        lingering.wait();
        // What serves drains nothing, and is not cut off.
        assert_eq!(agency.draining(), []);
        assert_eq!(agency.cut_drained(Duration::ZERO), 0);
        let next = rogue_version(2).with_limits(Limits {
            deadline: Duration::from_secs(5),
            ..Limits::default()
        });
        host.runtime.deploy("rogue", next).unwrap();
        let draining = agency.draining();
        assert_eq!(draining.len(), 1);
        assert_eq!((draining[0].number, draining[0].calls), (1, 1));
        assert_eq!(agency.cut_drained(Duration::from_secs(3_600)), 0);
        assert_eq!(agency.cut_drained(Duration::ZERO), 1);
        assert_eq!(agency.cut_drained(Duration::ZERO), 0, "once");
        // Others of the new generation know nothing of it.
        assert_eq!(version(&agency), 2);
        // Until the runtime's clock has ticked: only a tick ends this.
        build(&agency, "loop-forever", json!({})).unwrap_err();
        lingering.let_go();
        let cut = call.join().unwrap().unwrap_err();
        assert_eq!(cut.code(), "limit.drain", "{cut}");
    });
    assert_eq!(agency.draining(), []);
    assert_eq!(version(&agency), 2);
}

#[test]
fn what_served_before_a_start_is_returned_to_under_its_number() {
    let host = Host::fresh(|builder| builder);
    let prepare = |number| {
        let deployment = rogue_version(number).with_generation(0);
        host.runtime.prepare("rogue", deployment).unwrap()
    };
    let agency = prepare(2).numbered(7).serve();
    assert_eq!(agency.earlier_generation_info(), None);
    prepare(1).numbered(5).stand_by();
    assert_eq!(agency.earlier_generation_info().unwrap().number, 5);
    assert_eq!(version(&agency), 2);
    assert_eq!(agency.roll_back().unwrap().number, 5);
    assert_eq!(version(&agency), 1);
    assert_eq!(agency.earlier_generation_info().unwrap().number, 7);
    // Whoever counts goes on behind the largest.
    let next = host.runtime.prepare("rogue", rogue_version(3)).unwrap();
    assert_eq!(next.generation_info().number, 8);
}

#[test]
fn the_same_component_by_other_settings_is_nothing_to_return_to() {
    let host = Host::fresh(|builder| builder);
    let prepare = |number| {
        let deployment = rogue_version(number).with_generation(0);
        host.runtime.prepare("rogue", deployment).unwrap()
    };
    let agency = prepare(1).numbered(1).serve_or_renew();
    prepare(2).numbered(2).stand_by();
    // What stood by has the files of before.
    prepare(3).numbered(3).serve_or_renew();
    assert_eq!(version(&agency), 3);
    assert_eq!(agency.earlier_generation_info(), None);
    prepare(2).numbered(2).stand_by();
    assert_eq!(agency.roll_back().unwrap().number, 2);
}

#[test]
fn what_is_prepared_serves_when_it_is_told_to() {
    let host = host();
    let agency = host.rogue(rogue_version(1));
    let first = agency.generation_info().unwrap();
    let ready = host.runtime.prepare("rogue", rogue_version(2)).unwrap();
    assert_eq!(ready.description().agency, "rogue");
    let second = ready.generation_info();
    assert!(second.number > first.number);
    assert_eq!(version(&agency), 1);
    let served = ready.serve();
    assert_eq!((version(&served), version(&agency)), (2, 2));
    assert_eq!(agency.generation_info().unwrap(), second);
    // What is prepared and dropped leaves no trace.
    drop(host.runtime.prepare("rogue", rogue_version(3)).unwrap());
    let bad = rogue().with_settings(r#"{"bad": true}"#);
    host.runtime.prepare("rogue", bad).unwrap_err();
    assert_eq!(agency.roll_back().unwrap(), first);
    assert_eq!(version(&agency), 1);
}

#[test]
fn numbers_of_generations_are_given_or_counted() {
    let host = Host::fresh(|builder| builder);
    let number = |deployment| {
        let agency = host.runtime.deploy("rogue", deployment).unwrap();
        agency.generation_info().unwrap().number
    };
    assert_eq!(number(rogue_version(1)), 1);
    assert_eq!(number(rogue_version(2).with_generation(7)), 7);
    assert_eq!(number(rogue_version(3)), 8);
    // Whoever gives numbers may return to an earlier one; counting goes on from the largest.
    assert_eq!(number(rogue_version(2).with_generation(7)), 7);
    assert_eq!(number(rogue_version(4)), 9);
    let prepared = host.runtime.prepare("rogue", rogue_version(5)).unwrap();
    assert_eq!(prepared.generation_info().number, 10);
    let refused = host.runtime.deploy("other", rogue_version(1)).unwrap_err();
    assert!(matches!(refused, Error::Rejected { .. }), "{refused}");
    let handle = host.runtime.handle("other");
    let unserved = handle.generation_info().unwrap_err();
    assert_eq!(unserved.code(), "agency.unknown");
}

#[test]
fn a_rollback_returns_to_the_generation_before_and_back() {
    let host = host();
    let agency = host.rogue(rogue_version(1));
    let first = agency.generation_info().unwrap();
    host.runtime.deploy("rogue", rogue_version(2)).unwrap();
    let second = agency.generation_info().unwrap();
    assert!(second.number > first.number);
    assert_eq!(agency.roll_back().unwrap(), first);
    assert_eq!(version(&agency), 1);
    assert_eq!(agency.roll_back().unwrap(), second);
    assert_eq!(version(&agency), 2);
}

#[test]
fn a_deployment_after_a_rollback_has_a_number_of_its_own() {
    let host = host();
    let agency = host.rogue(rogue_version(1));
    host.runtime.deploy("rogue", rogue_version(2)).unwrap();
    let second = agency.generation_info().unwrap();
    agency.roll_back().unwrap();
    host.runtime.deploy("rogue", rogue_version(3)).unwrap();
    assert!(agency.generation_info().unwrap().number > second.number);
    agency.roll_back().unwrap();
    assert_eq!(
        version(&agency),
        1,
        "what served before is what is returned to"
    );
}

#[test]
fn the_first_generation_has_nothing_to_return_to() {
    let host = Host::fresh(|builder| builder);
    let agency = host.rogue(rogue_version(1));
    let error = agency.roll_back().unwrap_err();
    assert!(
        matches!(error, Error::NoEarlierGeneration { .. }),
        "{error}"
    );
    assert_eq!(version(&agency), 1);
}

#[test]
fn a_rejected_deployment_is_nothing_to_return_to() {
    let host = host();
    let agency = host.rogue(rogue_version(1));
    host.runtime.deploy("rogue", rogue_version(2)).unwrap();
    let bad = rogue().with_settings(r#"{"bad": true}"#);
    host.runtime.deploy("rogue", bad).unwrap_err();
    agency.roll_back().unwrap();
    assert_eq!(version(&agency), 1);
}

#[test]
fn deployments_at_once_come_into_service_in_their_order() {
    let host = host();
    let agency = host.rogue(rogue_version(0));
    let numbers = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for version in 1..=4 {
            let (host, numbers) = (&*host, &numbers);
            scope.spawn(move || {
                let agency = host
                    .runtime
                    .deploy("rogue", rogue_version(version))
                    .unwrap();
                numbers
                    .lock()
                    .unwrap()
                    .push(agency.generation_info().unwrap().number);
            });
        }
    });
    let last = numbers.lock().unwrap().iter().copied().max().unwrap();
    assert_eq!(agency.generation_info().unwrap().number, last);
}

#[test]
fn two_hundred_swaps_keep_two_generations() {
    let before = live_allocations::live();
    let host = Host::fresh(|builder| builder);
    for number in 0..200 {
        host.runtime.deploy("rogue", telling(number)).unwrap();
        // Serving, and to return to.
        let alive = live_allocations::live() - before;
        assert!(
            alive <= 2,
            "{alive} generations are alive after {number} swaps"
        );
    }
    let agency = host.runtime.agency("rogue").unwrap();
    assert_eq!(version(&agency), 199);
    assert_eq!(live_allocations::live() - before, 2);
    drop((host, agency));
    assert_eq!(live_allocations::live() - before, 0);
}

/// Settings of a size that nothing else has, so that the generations that hold them can be counted.
fn telling(version: u64) -> silta::Deployment {
    let mut settings = String::with_capacity(TELLING_SIZE);
    settings.push_str(&format!(r#"{{"version": {version}"#));
    while settings.len() < TELLING_SIZE - 1 {
        settings.push(' ');
    }
    settings.push('}');
    rogue().with_settings(settings)
}
