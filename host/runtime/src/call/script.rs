// SPDX-License-Identifier: Apache-2.0
//! Recorded answers, given again to a component that asks the same in the same order.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::Value;

use crate::exchange::{Parting, RecordedAnswer};

/// The answers of a recorded call, and how far the call that gets them is.
pub(crate) struct Script {
    answers: Vec<RecordedAnswer>,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    given: usize,
    parting: Option<Parting>,
    /// The position of the answer that is none to its function.
    unreadable: Option<usize>,
}

/// Ends a call that asks for something else than was recorded: there is no answer to it.
#[derive(Debug)]
pub(crate) struct NotRecorded;

impl fmt::Display for NotRecorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the recording has no answer to what the component asks")
    }
}

impl std::error::Error for NotRecorded {}

impl Script {
    pub(crate) fn new(answers: Vec<RecordedAnswer>) -> Self {
        Self {
            answers,
            progress: Mutex::default(),
        }
    }

    /// The recorded answer, if it is one to this question.
    pub(crate) fn answer(
        &self,
        function: &str,
        arguments: Vec<Value>,
    ) -> Result<&Value, NotRecorded> {
        let mut progress = self.progress();
        match self.answers.get(progress.given) {
            Some(next) if next.function == function && next.arguments == arguments => {
                progress.given += 1;
                Ok(&next.answer)
            }
            next => {
                let parting = Parting {
                    position: progress.given,
                    recorded: next.cloned(),
                    asked: Some((function.to_owned(), arguments)),
                };
                // What follows the first one follows from it.
                progress.parting.get_or_insert(parting);
                Err(NotRecorded)
            }
        }
    }

    /// Where the call and the recording part, once the call has ended.
    pub(crate) fn parting(&self) -> Option<Parting> {
        let progress = self.progress();
        let unasked = || {
            let recorded = self.answers.get(progress.given)?;
            Some(Parting {
                position: progress.given,
                recorded: Some(recorded.clone()),
                asked: None,
            })
        };
        progress.parting.clone().or_else(unasked)
    }

    /// Whether the component was left without an answer.
    pub(crate) fn left_it_without_answer(&self) -> bool {
        self.progress().parting.is_some()
    }

    /// Notes that the answer given last is none to its function: that is a fault of the recording, and not of the component.
    pub(crate) fn is_unreadable(&self) {
        let mut progress = self.progress();
        let position = progress.given.saturating_sub(1);
        progress.unreadable.get_or_insert(position);
    }

    /// The position of the first answer that is none to its function, and the function.
    pub(crate) fn unreadable(&self) -> Option<(usize, &str)> {
        let position = self.progress().unreadable?;
        Some((position, self.answers.get(position)?.function.as_str()))
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn script() -> Script {
        let answer = |function: &str, argument: &str| RecordedAnswer {
            function: function.into(),
            arguments: vec![json!(argument)],
            answer: json!(argument.len()),
        };
        Script::new(vec![answer("a", "x"), answer("b", "yy")])
    }

    #[test]
    fn the_same_questions_get_the_recorded_answers() {
        let script = script();
        assert_eq!(script.answer("a", vec![json!("x")]).unwrap(), &json!(1));
        assert_eq!(script.answer("b", vec![json!("yy")]).unwrap(), &json!(2));
        assert_eq!(script.parting(), None);
        assert!(script.answer("a", vec![]).is_err());
        let parting = script.parting().unwrap();
        assert_eq!((parting.position, parting.recorded), (2, None));
    }

    #[test]
    fn the_first_other_question_is_where_they_part() {
        for (function, argument) in [("b", "x"), ("a", "z")] {
            let script = script();
            assert!(script.answer(function, vec![json!(argument)]).is_err());
            assert!(script.left_it_without_answer());
            let _ = script.answer("c", vec![]);
            let parting = script.parting().unwrap();
            assert_eq!(parting.position, 0);
            assert_eq!(parting.recorded.unwrap().function, "a");
            assert_eq!(parting.asked.unwrap().0, function);
        }
    }

    #[test]
    fn an_answer_that_is_none_is_the_recordings() {
        let script = script();
        script.answer("a", vec![json!("x")]).unwrap();
        assert_eq!(script.unreadable(), None);
        script.answer("b", vec![json!("yy")]).unwrap();
        script.is_unreadable();
        assert_eq!(script.unreadable(), Some((1, "b")));
    }

    #[test]
    fn a_question_that_is_not_asked_is_told() {
        let script = script();
        script.answer("a", vec![json!("x")]).unwrap();
        let parting = script.parting().unwrap();
        assert!(!script.left_it_without_answer());
        assert_eq!((parting.position, parting.asked), (1, None));
    }
}
