// SPDX-License-Identifier: Apache-2.0
use std::time::{Duration, Instant};

use crate::failure::Failure;

/// How often a failed step is tried again although its files have not changed: a certificate may have become valid, say.
const INTERVAL: Duration = Duration::from_secs(60);

/// The last failure of a step that is tried again and again.
#[derive(Default)]
pub(super) struct Retry(Option<LastFailure>);

struct LastFailure {
    message: String,
    tried: Instant,
}

impl Retry {
    /// The step failed. `report` gets code and message, unless the last failure was the same.
    pub(super) fn failed(&mut self, failure: &Failure, report: impl FnOnce(&str, &str)) {
        let message = failure.message().to_owned();
        let is_known = self.0.as_ref().is_some_and(|last| last.message == message);
        if !is_known {
            report(failure.code(), &message);
        }
        let tried = Instant::now();
        self.0 = Some(LastFailure { message, tried });
    }

    /// Whether the last try failed.
    pub(super) fn is_under_way(&self) -> bool {
        self.0.is_some()
    }

    /// The step succeeded. True if it had failed before.
    pub(super) fn succeeded(&mut self) -> bool {
        self.0.take().is_some()
    }

    /// Whether the last failure is long enough ago.
    pub(super) fn is_due(&self) -> bool {
        self.0
            .as_ref()
            .is_some_and(|last| last.tried.elapsed() >= INTERVAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_failure_is_reported_once() {
        let mut retry = Retry::default();
        let mut reported = Vec::new();
        for message in ["a", "a", "b", "a"] {
            let failure = Failure::internal("some.code", message);
            retry.failed(&failure, |code, reason| {
                reported.push(format!("{code} {reason}"))
            });
        }
        assert_eq!(reported, ["some.code a", "some.code b", "some.code a"]);
        assert!(!retry.is_due());
        assert!(retry.succeeded() && !retry.succeeded());
    }
}
