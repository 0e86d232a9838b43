// SPDX-License-Identifier: Apache-2.0
//! Waiting for what has to come: for a condition, never for a time.

use std::{
    thread,
    time::{Duration, Instant},
};

/// No honest step takes as long, on a busy machine either.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until something holds.
#[track_caller]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "not yet: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
