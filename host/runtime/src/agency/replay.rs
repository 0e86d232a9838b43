// SPDX-License-Identifier: Apache-2.0
//! Does a recorded call again: the component gets the recorded answers in the place of keys, anchors, secrets, clock and identifiers.

pub(super) mod arguments;

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::{Agency, deploy::Candidate};
use crate::{
    call::{sandbox::Sandbox, script::Script},
    error::Error,
    exchange::{Fault, Problem, RecordedAnswer, RecordedCall, Replayed},
    observe::{CallId, Observer, PerformedCall, Records},
};
use arguments::Arguments;

/// Takes the result of the one call.
#[derive(Default)]
struct Returned(Mutex<Option<Value>>);

impl Observer for Returned {
    fn records(&self, _: &CallId, _: &'static str) -> Records {
        Records::Everything
    }

    fn performed(&self, call: PerformedCall) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(call.result);
    }
}

impl Agency {
    /// Does a recorded call anew by its arguments, as one that has just come: keys, anchors, secrets, clock and identifiers are those of this host. What comes
    /// of it, the [`Observer`] is told.
    ///
    /// # Errors
    /// As [`build`](Self::build), [`parse`](Self::parse) and [`validate`](Self::validate); [`Error::Problem`] of code `recording.arguments` when the arguments
    /// are not those of the function, or the function is one that only a deployment calls.
    pub fn call_anew(&self, function: &str, arguments: Vec<Value>) -> Result<(), Error> {
        match Arguments::read(function, arguments)? {
            Arguments::Build(input) => self.build(*input).map(drop),
            Arguments::Parse(operation, response, sending) => {
                self.parse(&operation, response, sending).map(drop)
            }
            Arguments::Validate(call) => self.validate(*call).map(drop),
            Arguments::Describe | Arguments::CheckSettings => Err(arguments::unreadable(
                "only a deployment calls this function",
            )),
        }
    }
}

impl Candidate {
    /// Does a call again with the answers that were recorded.
    pub(crate) fn replay(self, recorded: RecordedCall) -> Result<Replayed, Error> {
        let RecordedCall {
            function,
            arguments,
            answers,
            ..
        } = recorded;
        let arguments = Arguments::read(&function, arguments)?;
        self.sandbox.repeat(arguments, answers)
    }
}

impl Sandbox {
    /// Does a call again with the answers that were recorded, by its own settings and limits.
    pub(super) fn repeat(
        &self,
        arguments: Arguments,
        answers: Vec<RecordedAnswer>,
    ) -> Result<Replayed, Error> {
        let script = Arc::new(Script::new(answers));
        let returned = Arc::new(Returned::default());
        let sandbox = self.replay(Arc::clone(&script), Arc::clone(&returned) as _);
        let ended = match arguments {
            Arguments::Describe => sandbox.describe().map(drop),
            Arguments::CheckSettings => sandbox.check_settings().map(drop),
            Arguments::Build(input) => sandbox.build(*input, None).map(drop),
            Arguments::Parse(operation, response, sending) => {
                sandbox.parse(&operation, response, sending).map(drop)
            }
            Arguments::Validate(call) => sandbox.validate(*call).map(drop),
        };
        let result = returned
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some((position, function)) = script.unreadable() {
            return Err(unreadable_answer(position, function));
        }
        // What ended a call that began, the error included, is in what was recorded of it. One for which there was no room did not begin.
        if result.is_none() {
            ended?;
        }
        Ok(Replayed {
            result: result.filter(|_| !script.left_it_without_answer()),
            parting: script.parting(),
        })
    }
}

fn unreadable_answer(position: usize, function: &str) -> Error {
    Error::Problem(Problem {
        fault: Fault::Caller,
        code: "recording.answer".into(),
        path: format!("/answers/{position}/answer"),
        message: format!(
            "answer {} of the recorded call is none of {function}: it is of another contract, or was not made by a recording",
            position + 1
        ),
    })
}
