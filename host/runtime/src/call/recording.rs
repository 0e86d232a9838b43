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
    observe::{CallId, PerformedCall, Records, Withheld},
};

/// A call that is being recorded.
pub(super) struct Recording {
    call: CallId,
    function: &'static str,
    arguments: Vec<Value>,
    pub(super) tape: Tape,
}

impl Sandbox {
    /// A call that is to be recorded, with so many bytes of content at least; `None` where nobody records it.
    pub(super) fn recording(
        &self,
        call: &CallId,
        function: &'static str,
        content: u64,
        arguments: impl FnOnce() -> Vec<Value>,
    ) -> Option<Recording> {
        let environment = &*self.environment;
        let records = environment.observer.records(call, function);
        if records == Records::Nothing {
            return None;
        }
        // Before the arguments are copied.
        let is_without = matches!(records, Records::WithoutSecrets { .. });
        if is_without && environment.confidential.contains(&call.operation) {
            environment.observer.withheld(call, Withheld::Secret);
            return None;
        }
        let tape = Tape::new(records);
        if content > tape.most_bytes() {
            environment.observer.withheld(call, Withheld::TooLarge);
            return None;
        }
        Some(Recording {
            call: call.clone(),
            function,
            arguments: arguments(),
            tape,
        })
    }

    /// Adds the result to a recorded call.
    pub(super) fn tell<T>(
        &self,
        recording: Option<Recording>,
        result: &Result<T, Error>,
        returned: impl FnOnce(&T) -> Value,
    ) {
        let Some(recording) = recording else {
            return;
        };
        let (tape, taped) = (recording.tape.clone(), recording.tape.take());
        let Some(at) = taped.at else {
            return;
        };
        let environment = &*self.environment;
        let observer = &environment.observer;
        let result = match result {
            Ok(value) => returned(value),
            Err(Error::Problem(problem)) => form::case("err", Some(form::problem(problem))),
            Err(error) => form::case("stopped", Some(error.code().into())),
        };
        if !matches!(tape.records(), Records::WithoutSecrets { .. }) {
            observer.performed(recording.finish(environment, (at, taped.answers), result));
            return;
        }
        if taped.holds_secret || obtains(&result) {
            observer.withheld(&recording.call, Withheld::Secret);
            return;
        }
        let texts = recording.arguments.iter().chain([&result]);
        if tape.is_too_large(&taped, texts) {
            observer.withheld(&recording.call, Withheld::TooLarge);
            return;
        }
        let performed = recording.finish(environment, (at, taped.answers), result);
        let Some(redaction) = Redaction::of(environment, &performed) else {
            observer.withheld(&performed.call, Withheld::Secret);
            return;
        };
        match redaction.apply(performed) {
            Ok(performed) => observer.performed(performed),
            Err(call) => observer.withheld(&call, Withheld::Secret),
        }
    }
}

/// Whether a result hands out a secret, be it of an operation that does not declare it.
fn obtains(result: &Value) -> bool {
    let obtained = result.pointer("/val/obtained");
    obtained.is_some_and(|obtained| !obtained.is_null())
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
