// SPDX-License-Identifier: Apache-2.0
//! Tells an observer that records content of a call that has ended.

use std::{sync::Arc, time::SystemTime};

use serde_json::Value;

use super::{redaction::Redaction, sandbox::Sandbox, tape::Tape};
use crate::{
    call::environment::Environment,
    error::Error,
    exchange::RecordedAnswer,
    form,
    observe::{CallId, Observer, PerformedCall, Records, Withheld},
};

/// A call that is being recorded.
pub(super) struct Recording {
    call: CallId,
    function: &'static str,
    arguments: Vec<Value>,
    pub(super) tape: Tape,
    /// Who is told of it.
    told: Vec<Arc<dyn Observer>>,
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
        let (records, told) = self.told(call, function)?;
        let withheld = |why| told.iter().for_each(|one| one.withheld(call, why));
        // Before the arguments are copied.
        let is_without = matches!(records, Records::WithoutSecrets { .. });
        if is_without && environment.confidential.contains(&call.operation) {
            withheld(Withheld::Secret);
            return None;
        }
        let tape = Tape::new(records);
        if content > tape.most_bytes() {
            withheld(Withheld::TooLarge);
            return None;
        }
        Some(Recording {
            call: call.clone(),
            function,
            arguments: arguments(),
            tape,
            told,
        })
    }

    /// How much of a call is recorded, and who is told of it; `None` where nobody is. Where two are, it is what both may have; a tap gets no secret.
    fn told(
        &self,
        call: &CallId,
        function: &'static str,
    ) -> Option<(Records, Vec<Arc<dyn Observer>>)> {
        let observer = &self.environment.observer;
        let own = observer.records(call, function);
        let tap = self.tap.as_ref();
        let tapped = tap.map_or(Records::Nothing, |tap| tap.records(call, function));
        let (most, tap) = match (own, tapped, tap) {
            (Records::Nothing, Records::WithoutSecrets { .. }, Some(tap)) => {
                return Some((tapped, vec![Arc::clone(tap)]));
            }
            (
                Records::WithoutSecrets { most_bytes: own },
                Records::WithoutSecrets { most_bytes },
                Some(tap),
            ) => (own.min(most_bytes), tap),
            (Records::Nothing, ..) => return None,
            (own, ..) => return Some((own, vec![Arc::clone(observer)])),
        };
        let both = vec![Arc::clone(observer), Arc::clone(tap)];
        Some((Records::WithoutSecrets { most_bytes: most }, both))
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
        let (tape, taped) = (recording.tape.clone(), recording.tape.take());
        let Some(at) = taped.at else {
            return;
        };
        let environment = &*self.environment;
        let told = recording.told.clone();
        let withheld = |call: &CallId, why| told.iter().for_each(|one| one.withheld(call, why));
        let result = match result {
            Ok(value) => returned(value),
            Err(Error::Problem(problem)) => form::case("err", Some(form::problem(problem))),
            Err(error) => form::case("stopped", Some(error.code().into())),
        };
        if !matches!(tape.records(), Records::WithoutSecrets { .. }) {
            let performed = recording.finish(environment, (at, taped.answers), result);
            performed_to(&told, performed);
            return;
        }
        if taped.holds_secret || obtains(&result) {
            withheld(&recording.call, Withheld::Secret);
            return;
        }
        let texts = recording.arguments.iter().chain([&result]);
        if tape.is_too_large(&taped, texts) {
            withheld(&recording.call, Withheld::TooLarge);
            return;
        }
        let performed = recording.finish(environment, (at, taped.answers), result);
        let Some(redaction) = Redaction::of(environment, &performed) else {
            withheld(&performed.call, Withheld::Secret);
            return;
        };
        match redaction.apply(performed) {
            Ok(performed) => performed_to(&told, performed),
            Err(call) => withheld(&call, Withheld::Secret),
        }
    }
}

/// Tells each of them; the last one gets it without a copy.
fn performed_to(told: &[Arc<dyn Observer>], performed: PerformedCall) {
    if let Some((last, others)) = told.split_last() {
        others
            .iter()
            .for_each(|one| one.performed(performed.clone()));
        last.performed(performed);
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
