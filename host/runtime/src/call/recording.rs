// SPDX-License-Identifier: Apache-2.0
//! Tells an observer that records content of a call that returned.

use serde_json::Value;

use super::sandbox::Sandbox;
use crate::{error::Error, form, observe::PerformedCall};

/// A call that is being recorded: its function and its arguments.
pub(super) struct Recording {
    function: &'static str,
    arguments: Vec<Value>,
}

impl Sandbox {
    /// The function and the arguments of a call that is recorded; `None` where nobody records.
    pub(super) fn recording(
        &self,
        function: &'static str,
        arguments: impl FnOnce() -> Vec<Value>,
    ) -> Option<Recording> {
        let records = self.environment.observer.records_content();
        records.then(|| Recording {
            function,
            arguments: arguments(),
        })
    }

    /// Tells what a recorded call returned; nothing of one that was stopped.
    pub(super) fn tell<T>(
        &self,
        recording: Option<Recording>,
        operation: &str,
        result: &Result<T, Error>,
        returned: impl FnOnce(&T) -> Value,
    ) {
        let Some(Recording {
            function,
            arguments,
        }) = recording
        else {
            return;
        };
        let result = match result {
            Ok(value) => returned(value),
            Err(Error::Problem(problem)) => form::case("err", Some(form::problem(problem))),
            Err(_) => return,
        };
        self.environment.observer.performed(PerformedCall {
            call: self.environment.call_id(operation),
            function,
            arguments,
            result,
        });
    }
}
