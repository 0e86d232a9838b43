// SPDX-License-Identifier: Apache-2.0
//! Tells an observer that records content of a call that has ended.

use std::time::SystemTime;

use serde_json::Value;

use super::{redaction::Redaction, sandbox::Sandbox, tape::Tape};
use crate::{
    call::environment::Environment,
    error::Error,
    exchange::RecordedAnswer,
    form,
    observe::{CallId, PerformedCall, Records},
};

/// A call that is being recorded.
pub(super) struct Recording {
    call: CallId,
    function: &'static str,
    arguments: Vec<Value>,
    pub(super) tape: Tape,
}

impl Sandbox {
    /// A call that is to be recorded; `None` where nobody records it.
    pub(super) fn recording(
        &self,
        call: &CallId,
        function: &'static str,
        arguments: impl FnOnce() -> Vec<Value>,
    ) -> Option<Recording> {
        let environment = &*self.environment;
        let records = environment.observer.records(call, function);
        if records == Records::Nothing {
            return None;
        }
        // Before the arguments are copied.
        if records == Records::WithoutSecrets && environment.confidential.contains(&call.operation)
        {
            environment.observer.withheld(call);
            return None;
        }
        Some(Recording {
            call: call.clone(),
            function,
            arguments: arguments(),
            tape: Tape::new(records),
        })
    }

    /// Tells of a recorded call what it came to.
    pub(super) fn tell<T>(
        &self,
        recording: Option<Recording>,
        result: &Result<T, Error>,
        returned: impl FnOnce(&T) -> Value,
    ) {
        let Some(recording) = recording else {
            return;
        };
        let environment = &*self.environment;
        let (records, taped) = (recording.tape.records(), recording.tape.take());
        let Some(at) = taped.at else {
            return;
        };
        if records == Records::WithoutSecrets && taped.holds_secret {
            environment.observer.withheld(&recording.call);
            return;
        }
        let result = match result {
            Ok(value) => returned(value),
            Err(Error::Problem(problem)) => form::case("err", Some(form::problem(problem))),
            Err(error) => form::case("stopped", Some(error.code().into())),
        };
        let performed = recording.finish(environment, (at, taped.answers), result);
        match records {
            Records::WithoutSecrets => {
                match Redaction::of(environment, &performed).apply(performed) {
                    Ok(performed) => environment.observer.performed(performed),
                    Err(call) => environment.observer.withheld(&call),
                }
            }
            _ => environment.observer.performed(performed),
        }
    }
}

impl Recording {
    fn finish(
        self,
        environment: &Environment,
        (at, answers): (SystemTime, Vec<RecordedAnswer>),
        result: Value,
    ) -> PerformedCall {
        PerformedCall {
            call: self.call,
            served_by: environment.served_by.clone(),
            settings: environment.settings.clone(),
            limits: environment.limits.clone(),
            at,
            function: self.function,
            arguments: self.arguments,
            answers,
            result,
        }
    }
}
