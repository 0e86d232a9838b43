// SPDX-License-Identifier: Apache-2.0
//! Memory of the component's own: its heap and its stack.

use serde_json::json;
use silta::{Error, Limit, LimitExceeded, Limits};

use super::{assert_still_serves, at_the_limit};
use crate::support::{
    build, exceeded,
    host::{MEMORY_CEILING, host, rogue, rogue_within},
};

#[test]
fn memory() {
    let peak = {
        let host = host();
        let agency = host.rogue(rogue());
        build(&agency, "allocate", json!({"bytes": 3 << 20})).unwrap();
        host.recorder.calls()[0].peak_memory
    };
    assert!(peak > 3 << 20);
    let limits = |memory| Limits {
        memory,
        ..Limits::default()
    };
    assert_eq!(
        at_the_limit(
            "allocate",
            json!({"bytes": 3 << 20}),
            b"",
            limits(peak),
            limits(peak - 1)
        ),
        LimitExceeded {
            limit: Limit::Memory,
            allowed: peak - 1,
            asked: Some(peak)
        }
    );
}

#[test]
fn memory_in_one_huge_step() {
    let host = host();
    let agency = host.rogue(rogue());
    let result = build(&agency, "allocate", json!({"bytes": 2_000_000_000}));
    assert!(exceeded(result, Limit::Memory).asked > Some(2_000_000_000));
    assert_still_serves(&agency);
}

#[test]
fn memory_without_end() {
    let host = host();
    let agency = host.rogue(rogue());
    let result = build(&agency, "allocate-forever", json!({}));
    assert_eq!(
        exceeded(result, Limit::Memory).allowed,
        Limits::default().memory
    );
    assert_still_serves(&agency);
}

#[test]
fn the_runtimes_ceiling_over_memory_is_a_limit_as_well() {
    let host = host();
    let agency = host.rogue(rogue_within(Limits {
        memory: 2 * MEMORY_CEILING,
        ..Limits::default()
    }));
    let result = build(&agency, "allocate-forever", json!({}));
    assert_eq!(exceeded(result, Limit::Memory).allowed, MEMORY_CEILING);
    assert_still_serves(&agency);
}

#[test]
fn a_deep_recursion_is_a_crash_of_the_component_alone() {
    let host = host();
    let agency = host.rogue(rogue());
    build(&agency, "recurse", json!({"count": 100})).unwrap();
    let error = build(&agency, "recurse", json!({"count": 1_000_000})).unwrap_err();
    assert!(matches!(error, Error::Crash { .. }), "{error}");
    assert_still_serves(&agency);
}
