// SPDX-License-Identifier: Apache-2.0
//! Each limit just below and just above it; what a component cannot do; that others go on working meanwhile.

mod memory;
mod quantities;

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use silta::{Agency, Error, Limit, LimitExceeded, Limits};

use crate::support::{
    build, build_with, exceeded,
    host::{CONCURRENT_CALLS, Host, host, rogue, rogue_within},
    json,
};

/// A runaway has to be stopped at its deadline; this is for machines that are busy with something else.
const PATIENCE: Duration = Duration::from_secs(20);

/// A component that has gone wrong has to leave nothing behind: the next call is served as ever.
#[track_caller]
fn assert_still_serves(agency: &Agency) {
    let request = build(agency, "behave", json!({"text": "still here"})).unwrap();
    assert_eq!(json(&request)["text"], "still here");
}

/// Runs an operation within limits that it just keeps, and within limits that it just does not.
#[track_caller]
fn at_the_limit(
    operation: &str,
    parameters: Value,
    payload: &[u8],
    kept: Limits,
    broken: Limits,
) -> LimitExceeded {
    let host = host();
    let roomy = host.rogue(rogue_within(kept));
    build_with(&roomy, operation, parameters.clone(), payload.to_vec()).unwrap();
    let tight = host.rogue(rogue_within(broken));
    let result = build_with(&tight, operation, parameters, payload.to_vec());
    let exceeded = match result {
        Err(Error::Limit { exceeded, .. }) => exceeded,
        other => panic!("{operation}: no limit but {:?}", other.err()),
    };
    assert_still_serves(&tight);
    exceeded
}

#[test]
fn a_loop_ends_at_the_deadline() {
    let host = host();
    let agency = host.rogue(rogue_within(Limits {
        deadline: Duration::from_secs(1),
        ..Limits::default()
    }));
    let started = Instant::now();
    let result = build(&agency, "loop-forever", json!({}));
    let elapsed = started.elapsed();
    assert_eq!(
        exceeded(result, Limit::Deadline),
        LimitExceeded {
            limit: Limit::Deadline,
            allowed: 1000,
            asked: None
        }
    );
    assert!(elapsed >= Duration::from_secs(1) && elapsed < PATIENCE);
    assert_still_serves(&agency);
}

#[test]
fn runaways_disturb_no_sibling() {
    let host = host();
    let agency = host.rogue(rogue_within(Limits {
        deadline: Duration::from_secs(2),
        ..Limits::default()
    }));
    thread::scope(|scope| {
        let runaways: Vec<_> = ["loop-forever", "allocate-forever", "crash", "hoard-forever"]
            .map(|operation| {
                let agency = agency.clone();
                scope.spawn(move || build(&agency, operation, json!({})).unwrap_err().code())
            })
            .into();
        // At least as long as the loop runs, and at least so many.
        let mut siblings = 0;
        while siblings < 500 || !runaways[0].is_finished() {
            let text = format!("sibling {siblings}");
            let request = build(&agency, "behave", json!({ "text": text })).unwrap();
            assert_eq!(json(&request)["text"], text);
            siblings += 1;
        }
        let codes: Vec<_> = runaways
            .into_iter()
            .map(|runaway| runaway.join().unwrap())
            .collect();
        let expected = [
            "limit.deadline",
            "limit.memory",
            "component.crash",
            "limit.handles",
        ];
        assert_eq!(codes, expected);
    });
}

#[test]
fn a_panic_is_a_crash_that_says_who_is_at_fault() {
    let host = host();
    let agency = host.rogue(rogue());
    let error = build(&agency, "crash", json!({})).unwrap_err();
    assert_eq!(error.code(), "component.crash");
    assert!(
        error.to_string().contains("`rogue` crashed in `crash`"),
        "{error}"
    );
    assert!(!error.to_string().contains("on request"), "{error}");
    assert_still_serves(&agency);
}

#[test]
fn a_hundred_crashes_leave_nothing_behind() {
    let host = host();
    let agency = host.rogue(rogue());
    for _ in 0..100 {
        build(&agency, "crash", json!({})).unwrap_err();
        exceeded(build(&agency, "hoard-forever", json!({})), Limit::Handles);
    }
    assert_still_serves(&agency);
    let failed = host
        .recorder
        .calls()
        .iter()
        .filter(|call| call.error.is_some())
        .count();
    assert_eq!(failed, 200);
}

#[test]
fn concurrent_calls() {
    let host = Host::fresh(|builder| builder.concurrent_calls(2));
    let agency = host.rogue(rogue());
    let (arrived, arrivals) = std::sync::mpsc::channel();
    let (leave, may_leave) = std::sync::mpsc::channel::<()>();
    let may_leave = std::sync::Mutex::new(may_leave);
    host.recorder.on_line(move |_| {
        arrived.send(()).unwrap();
        may_leave.lock().unwrap().recv().unwrap();
    });
    thread::scope(|scope| {
        let occupants = [(); 2].map(|()| scope.spawn(|| build(&agency, "linger", json!({}))));
        arrivals.iter().take(2).for_each(drop);
        let refused = exceeded(build(&agency, "behave", json!({})), Limit::ConcurrentCalls);
        assert_eq!((refused.allowed, refused.asked), (2, Some(3)));
        // A deployment calls the component as well, so it needs a place like any other.
        let deployed = host.runtime.deploy("rogue", rogue());
        let error = deployed.unwrap_err().to_string();
        assert!(error.contains("concurrent-calls"), "{error}");
        (0..2).for_each(|_| leave.send(()).unwrap());
        for occupant in occupants {
            occupant.join().unwrap().unwrap();
        }
    });
    assert_still_serves(&agency);
}

#[test]
fn every_call_is_reported_with_what_it_used() {
    let host = host();
    let agency = host.rogue(rogue());
    build(&agency, "write", json!({"bytes": 5000})).unwrap();
    build(&agency, "crash", json!({})).unwrap_err();
    let calls = host.recorder.calls();
    let told: Vec<_> = calls
        .iter()
        .map(|call| (call.call.operation.as_str(), call.error.as_deref()))
        .collect();
    assert_eq!(told, [("write", None), ("crash", Some("component.crash"))]);
    assert_eq!(calls[0].blob_bytes, 5000);
    assert!(calls[0].peak_memory > 0 && calls[0].peak_memory < 2 << 20);
}

#[test]
fn as_many_calls_at_once_as_the_runtime_has_places() {
    let host = host();
    let agency = host.rogue(rogue());
    let (waiting, all) = (
        std::sync::Barrier::new(CONCURRENT_CALLS as usize),
        0..CONCURRENT_CALLS,
    );
    let waiting = std::sync::Arc::new(waiting);
    host.recorder.on_line(move |_| {
        waiting.wait();
    });
    thread::scope(|scope| {
        let calls: Vec<_> = all
            .map(|_| scope.spawn(|| build(&agency, "linger", json!({}))))
            .collect();
        for call in calls {
            call.join().unwrap().unwrap();
        }
    });
}
