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
    told: Vec<Told>,
}

/// Somebody who is told of a call, if it fits.
struct Told {
    observer: Arc<dyn Observer>,
    /// Most bytes that the call may have for them.
    most_bytes: u64,
}

impl Told {
    fn new(observer: &Arc<dyn Observer>, records: Records) -> Self {
        Self {
            observer: Arc::clone(observer),
            most_bytes: match records {
                Records::WithoutSecrets { most_bytes } => most_bytes,
                _ => u64::MAX,
            },
        }
    }
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
        let withheld = |why| withheld_from(&told, call, why);
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

    /// How much of a call is recorded, and who is told of it; `None` where nobody is. Where two are, it is as much as either may have, and each is told of what fits; a tap gets no secret.
    fn told(&self, call: &CallId, function: &'static str) -> Option<(Records, Vec<Told>)> {
        let observer = &self.environment.observer;
        let own = observer.records(call, function);
        let tap = self.tap.as_ref();
        let tapped = tap.map_or(Records::Nothing, |tap| tap.records(call, function));
        let told = Told::new(observer, own);
        match (own, tapped, tap) {
            (Records::Nothing, Records::WithoutSecrets { .. }, Some(tap)) => {
                Some((tapped, vec![Told::new(tap, tapped)]))
            }
            (
                Records::WithoutSecrets { most_bytes: own },
                Records::WithoutSecrets { most_bytes },
                Some(tap),
            ) => {
                let most_bytes = own.max(most_bytes);
                let both = vec![told, Told::new(tap, tapped)];
                Some((Records::WithoutSecrets { most_bytes }, both))
            }
            (Records::Nothing, ..) => None,
            (_, Records::WithoutSecrets { .. }, Some(tap)) => {
                // What is recorded has secrets in it.
                tap.withheld(call, Withheld::Secret);
                Some((own, vec![told]))
            }
            _ => Some((own, vec![told])),
        }
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
        let mut recording = recording;
        let mut told = std::mem::take(&mut recording.told);
        let (tape, taped) = (recording.tape.clone(), recording.tape.take());
        let Some(at) = taped.at else {
            return;
        };
        let environment = &*self.environment;
        let is_without = matches!(tape.records(), Records::WithoutSecrets { .. });
        if is_without && (taped.holds_secret || result.as_ref().is_some_and(obtains)) {
            withheld_from(&told, &recording.call, Withheld::Secret);
            return;
        }
        let Some(result) = result.filter(|result| !tape.is_too_large(&taped, result)) else {
            withheld_from(&told, &recording.call, Withheld::TooLarge);
            return;
        };
        let bytes = taped.bytes_with(&result);
        told.retain(|one| {
            let fits = bytes <= one.most_bytes;
            if !fits {
                one.observer.withheld(&recording.call, Withheld::TooLarge);
            }
            fits
        });
        let performed = recording.finish(environment, (at, taped.answers), result);
        if !is_without {
            performed_to(&told, performed);
            return;
        }
        let Some(redaction) = Redaction::of(environment, &performed) else {
            withheld_from(&told, &performed.call, Withheld::Secret);
            return;
        };
        match redaction.apply(performed) {
            Ok(performed) => performed_to(&told, performed),
            Err(call) => withheld_from(&told, &call, Withheld::Secret),
        }
    }
}

/// Tells each of them; the last one gets it without a copy.
fn performed_to(told: &[Told], performed: PerformedCall) {
    if let Some((last, others)) = told.split_last() {
        others
            .iter()
            .for_each(|one| one.observer.performed(performed.clone()));
        last.observer.performed(performed);
    }
}

fn withheld_from(told: &[Told], call: &CallId, why: Withheld) {
    told.iter().for_each(|one| one.observer.withheld(call, why));
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
            Err(error) => form::ended(error),
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
        call::environment::tests::{self as environments, environment},
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
        let environment = environment(&Arc::new(environments::Told::default()));
        for (body, copied) in [(100, 100), (101, 0), (1 << 20, 0)] {
            let recording = Recording {
                call: environment.call_id("validate"),
                function: "notification.validate",
                arguments: Vec::new(),
                tape: Tape::new(Records::WithoutSecrets { most_bytes: 100 }),
                told: Vec::new(),
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
