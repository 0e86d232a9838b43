// SPDX-License-Identifier: Apache-2.0
//! Calls with all of their content, in the contract's form as JSON (`wit/README.md`), and what came of one that was done again.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::limits::Limits;

/// What the host answered a component.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedAnswer {
    /// The contract's function, such as `keys.sign`.
    pub function: String,
    /// What it was asked.
    pub arguments: Vec<Value>,
    /// What it answered.
    pub answer: Value,
}

/// A call of a component as [`PerformedCall`](crate::observe::PerformedCall) tells it.
#[derive(Clone, PartialEq)]
pub struct RecordedCall {
    /// The exported function: `envelope.build`, `message.parse`, `notification.validate`, `descriptor.describe` or `descriptor.check-settings`.
    pub function: String,
    /// The settings that the component saw.
    pub settings: String,
    /// What the call was allowed to use.
    pub limits: Limits,
    /// The arguments.
    pub arguments: Vec<Value>,
    /// What the host answered, in its order.
    pub answers: Vec<RecordedAnswer>,
}

/// What came of a recorded call that was done again.
#[derive(Clone, PartialEq)]
pub struct Replayed {
    /// The result, in the form in which it was recorded; `None` where the component asked for something else than was recorded, and had no answer.
    pub result: Option<Value>,
    /// The first question that is another one, or one that was not asked.
    pub parting: Option<Parting>,
}

/// Where a call and its recording part.
#[derive(Clone, PartialEq)]
pub struct Parting {
    /// The how manieth question it is, from 0.
    pub position: usize,
    /// The question and answer of the recording; `None` where it has no more.
    pub recorded: Option<RecordedAnswer>,
    /// What the component asks in its place, function and arguments; `None` where it asks nothing more.
    pub asked: Option<(String, Vec<Value>)>,
}

/// Without arguments and answer: what is signed may be about people.
impl fmt::Debug for RecordedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedAnswer")
            .field("function", &self.function)
            .finish_non_exhaustive()
    }
}

/// Without content.
impl fmt::Debug for RecordedCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedCall")
            .field("function", &self.function)
            .field("answers", &self.answers)
            .finish_non_exhaustive()
    }
}

/// Without the result.
impl fmt::Debug for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replayed")
            .field("parting", &self.parting)
            .finish_non_exhaustive()
    }
}

/// Without what was asked.
impl fmt::Debug for Parting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parting")
            .field("position", &self.position)
            .field("recorded", &self.recorded)
            .field("asked", &self.asked.as_ref().map(|(function, _)| function))
            .finish()
    }
}
