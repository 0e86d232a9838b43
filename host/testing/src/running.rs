// SPDX-License-Identifier: Apache-2.0
//! Runs cases, and says what came of them.

use std::fmt;

use serde_json::Value;
use silta::{
    Agency, Error,
    exchange::{Call, Response, Sending, Verdict as Judgement},
};

use crate::{
    case::Case,
    difference::Difference,
    error::TestingError,
    events::unpublished,
    exercise::Exercise,
    folder::{CASE, EXPECTED, remove, write},
    host::MockHost,
    input::Input,
    rendering::Rendering,
};

/// Whether a case came out as it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It did.
    Passed,
    /// It did not.
    Failed(Vec<Difference>),
    /// Nobody has said yet what has to come of it: there is no `expected.json`.
    NothingExpected,
    /// The case could not be run; why.
    NotRun(String),
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Failed(differences) => f.write_str(&told(differences)),
            Self::NothingExpected => f.write_str(
                "nothing says what has to come of it: read what comes of it and keep it with --bless, as expected.json",
            ),
            Self::NotRun(why) => f.write_str(why),
        }
    }
}

/// Whether a case was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blessing {
    /// How it stood before; or, where two runs come out otherwise, in which places.
    pub verdict: Verdict,
    /// Whether what came of it is what has to come of it from now on.
    pub is_kept: bool,
}

fn told(differences: &[Difference]) -> String {
    let told: Vec<String> = differences.iter().map(Difference::to_string).collect();
    told.join("\n")
}

/// What came of a case.
struct Came {
    rendering: Rendering,
    /// What is wrong with it whatever was expected.
    flaws: Vec<Difference>,
    /// The sentence of a problem, for people.
    sentence: Option<String>,
}

impl Case {
    /// Runs it, and compares what came of it with what has to.
    pub fn run(&self, host: &MockHost) -> Verdict {
        let came = match self.exercise_in(host) {
            Ok(came) => came,
            Err(why) => return Verdict::NotRun(why),
        };
        let Some(expected) = &self.expected else {
            return match came.flaws.is_empty() {
                true => Verdict::NothingExpected,
                false => Verdict::Failed(came.flaws),
            };
        };
        let mut differences = came.rendering.differences_from(expected);
        let is_problem_new = !differences.is_empty();
        if let Some(sentence) = came.sentence.filter(|_| is_problem_new) {
            differences.push(Difference {
                place: "what the problem says".into(),
                expected: None,
                found: Some(sentence),
            });
        }
        differences.extend(came.flaws);
        match differences.is_empty() {
            true => Verdict::Passed,
            false => Verdict::Failed(differences),
        }
    }

    /// Runs it, and keeps what came of it as what has to, unless that is the same already. Where the expected texts had `{{any}}` and still match, they stay.
    ///
    /// # Errors
    /// The files cannot be written. What could not be run, is a defect, has events that are not published, or comes out otherwise at a second run, is not kept:
    /// that is in the verdict.
    pub fn bless(&self, host: &MockHost) -> Result<Blessing, TestingError> {
        let verdict = self.run(host);
        let unkept = |verdict| Blessing {
            verdict,
            is_kept: false,
        };
        let is_new = matches!(verdict, Verdict::Failed(_) | Verdict::NothingExpected);
        let Ok(came) = self.exercise_in(host) else {
            return Ok(unkept(verdict));
        };
        if !is_new || !came.flaws.is_empty() {
            return Ok(unkept(verdict));
        }
        let kept = match &self.expected {
            Some(expected) => came.rendering.with_any_of(expected),
            None => came.rendering,
        };
        let unsteady = self.differences_at_another_run(host, &kept);
        if !unsteady.is_empty() {
            return Ok(unkept(Verdict::Failed(unsteady)));
        }
        self.keep(&kept)?;
        Ok(Blessing {
            verdict,
            is_kept: true,
        })
    }

    fn differences_at_another_run(&self, host: &MockHost, kept: &Rendering) -> Vec<Difference> {
        let differences = match self.exercise_in(host) {
            Ok(again) => again.rendering.differences_from(kept),
            Err(why) => vec![Difference {
                place: "the whole case".into(),
                expected: Some("a result, as at the run before".into()),
                found: Some(why),
            }],
        };
        let unsteady = differences.into_iter().map(|difference| Difference {
            place: format!(
                "{}, which comes out otherwise at each run (write `{{{{any}}}}` for it in {EXPECTED})",
                difference.place
            ),
            ..difference
        });
        unsteady.collect()
    }

    fn keep(&self, kept: &Rendering) -> Result<(), TestingError> {
        let before = self.expected.iter().flat_map(|before| before.files.keys());
        for name in before.filter(|name| !kept.files.contains_key(*name)) {
            remove(self.folder().join(name))?;
        }
        for (name, bytes) in &kept.files {
            write(self.folder().join(name), bytes)?;
        }
        let text = format!("{:#}\n", kept.value);
        write(self.folder().join(EXPECTED), text.as_bytes())
    }

    /// What comes of it, whatever is expected.
    ///
    /// # Errors
    /// Why the case could not be run, or what is wrong with what came of it whatever is expected: a crash, an exceeded limit, a broken contract, an event that is
    /// not published.
    pub fn render(&self, host: &MockHost) -> Result<Rendering, String> {
        let came = self.exercise_in(host)?;
        match came.flaws.is_empty() {
            true => Ok(came.rendering),
            false => Err(told(&came.flaws)),
        }
    }

    fn exercise_in(&self, host: &MockHost) -> Result<Came, String> {
        let settings = Value::from(self.settings.clone()).to_string();
        let agency = match host.deploy(settings, self.at) {
            Ok(agency) => agency,
            // That settings are refused is what comes of a deployment; of a call, nothing has come.
            Err(error @ Error::Problem(_)) => {
                return match &self.exercise {
                    Exercise::Deploy {} => Ok(failed(&error)),
                    _ => Err(format!(
                        "{CASE}: the component refuses the settings: {error}"
                    )),
                };
            }
            Err(error) => return Err(error.to_string()),
        };
        Ok(match self.input(host)? {
            Input::Deployed => succeeded(Rendering::of_deployment()),
            Input::Build(input) => match agency.build(input) {
                Ok(request) => succeeded(Rendering::of_request(&request)),
                Err(error) => failed(&error),
            },
            Input::Parse(operation, response, sending) => {
                parsed(host, &agency, &operation, response, sending)
            }
            Input::Validate(call) => judged(host, &agency, call),
        })
    }
}

fn succeeded(rendering: Rendering) -> Came {
    Came {
        rendering,
        flaws: Vec::new(),
        sentence: None,
    }
}

fn failed(error: &Error) -> Came {
    let came = succeeded(Rendering::of_error(error));
    match is_defect(error) {
        true => Came {
            flaws: vec![Difference {
                place: "the component".into(),
                expected: None,
                found: Some(error.to_string()),
            }],
            ..came
        },
        false => Came {
            sentence: Some(error.to_string()),
            ..came
        },
    }
}

/// Whether an error is none that a component may answer with, so that nobody can mean to expect it.
fn is_defect(error: &Error) -> bool {
    matches!(
        error,
        Error::Crash { .. }
            | Error::Limit { .. }
            | Error::Contract { .. }
            | Error::Audit { .. }
            | Error::Engine(_)
    )
}

fn parsed(
    host: &MockHost,
    agency: &Agency,
    operation: &str,
    response: Response,
    sending: Sending,
) -> Came {
    match agency.parse(operation, response, sending) {
        Ok(outcome) => Came {
            flaws: unpublished(host.description(), &outcome.events),
            ..succeeded(Rendering::of_outcome(&outcome))
        },
        Err(error) => failed(&error),
    }
}

fn judged(host: &MockHost, agency: &Agency, call: Call) -> Came {
    let verdict = match agency.validate(call) {
        Ok(verdict) => verdict,
        Err(error) => return failed(&error),
    };
    let came = succeeded(Rendering::of_verdict(&verdict));
    match verdict {
        Judgement::Accepted(acceptance) => Came {
            flaws: unpublished(host.description(), &acceptance.events),
            ..came
        },
        Judgement::Rejected(rejected) => Came {
            sentence: Some(rejected.reason.to_string()),
            ..came
        },
    }
}
