// SPDX-License-Identifier: Apache-2.0
//! Tells an observer that records content of a call that has ended.

use std::{sync::Arc, time::SystemTime};

use serde_json::Value;

use super::{redaction::Redaction, sandbox::Sandbox, tape::Tape};
use crate::{
    call::environment::Environment,
    error::Error,
    exchange::RecordedAnswer,
    form::{self, sizes},
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
    /// A call that is to be recorded, and what its arguments have of bytes; `None` where nobody records it.
    pub(super) fn recording(
        &self,
        call: &CallId,
        function: &'static str,
        bytes: impl FnOnce() -> u64,
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
        if !tape.has_room(bytes) {
            withheld(Withheld::TooLarge);
            return None;
        }
        let arguments = arguments();
        tape.counts(&arguments);
        Some(Recording {
            call: call.clone(),
            function,
            arguments,
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

    /// Adds the result to a recorded call, with the bytes that it has.
    pub(super) fn tell<T>(
        &self,
        recording: Option<Recording>,
        result: &Result<T, Error>,
        bytes: impl FnOnce(&T) -> u64,
        returned: impl FnOnce(&T) -> Value,
    ) {
        let Some(recording) = recording else {
            return;
        };
        let result = recording.result(result, bytes, returned);
        let (tape, taped) = (recording.tape.clone(), recording.tape.take());
        let Some(at) = taped.at else {
            return;
        };
        let environment = &*self.environment;
        let told = recording.told.clone();
        let withheld = |call: &CallId, why| told.iter().for_each(|one| one.withheld(call, why));
        let is_without = matches!(tape.records(), Records::WithoutSecrets { .. });
        if is_without && (taped.holds_secret || result.as_ref().is_some_and(obtains)) {
            withheld(&recording.call, Withheld::Secret);
            return;
        }
        let Some(result) = result.filter(|result| !tape.is_too_large(&taped, result)) else {
            withheld(&recording.call, Withheld::TooLarge);
            return;
        };
        let performed = recording.finish(environment, (at, taped.answers), result);
        if !is_without {
            performed_to(&told, performed);
            return;
        }
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
    /// What came of the call, in its form; `None` where there is no room for it, and then it is not copied either.
    fn result<T>(
        &self,
        result: &Result<T, Error>,
        bytes: impl FnOnce(&T) -> u64,
        returned: impl FnOnce(&T) -> Value,
    ) -> Option<Value> {
        let bytes = || match result {
            Ok(value) => bytes(value),
            Err(Error::Problem(problem)) => sizes::problem(problem),
            Err(_) => 0,
        };
        self.tape.has_room(bytes).then(|| match result {
            Ok(value) => returned(value),
            Err(Error::Problem(problem)) => form::case("err", Some(form::problem(problem))),
            Err(error) => form::case("stopped", Some(error.code().into())),
        })
    }

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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        blob::Blob,
        call::environment::tests::{Told, environment},
        exchange::{Fault, Problem, Rejected, Reply, Verdict},
    };

    fn rejected(body: usize) -> Result<Verdict, Error> {
        Ok(Verdict::Rejected(Rejected {
            reply: Reply {
                status: 400,
                headers: Vec::new(),
                body: Blob::from(vec![b'x'; body]),
            },
            reason: Problem {
                fault: Fault::Counterparty,
                code: String::new(),
                path: String::new(),
                message: String::new(),
            },
        }))
    }

    #[test]
    fn a_result_is_copied_only_if_there_is_room_for_it() {
        let environment = environment(&Arc::new(Told::default()));
        for (body, copied) in [(100, 100), (101, 0), (1 << 20, 0)] {
            let recording = Recording {
                call: environment.call_id("validate"),
                function: "notification.validate",
                arguments: Vec::new(),
                tape: Tape::new(Records::WithoutSecrets { most_bytes: 100 }),
                told: vec![Arc::clone(&environment.observer)],
            };
            let result = rejected(body);
            let formed = form::tests::formed(|| {
                let result = recording.result(&result, sizes::verdict, form::verdict);
                assert_eq!(result.is_some(), copied > 0);
            });
            assert_eq!(formed, copied, "{body}");
        }
    }
}
