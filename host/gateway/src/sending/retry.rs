// SPDX-License-Identifier: Apache-2.0
//! From what a run came to, to what becomes of the operation.

use std::time::{Duration, SystemTime};

use silta::{
    Error,
    exchange::{Fault, Outcome, RetryClass},
    observe::masked,
};
use silta_store::record::LastRun;

use super::settings::SendingSettings;
use crate::{
    operation::{RunError, Stopped},
    outbound,
};

/// What becomes of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// It is done: its outcome is handed out.
    Done,
    /// It is over, and was not done.
    Refused(Told),
    /// A human has to decide.
    Held(Told),
    /// It is run again.
    Again(Again),
}

/// The outcome of a run, for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// What kind of end it is.
    pub(super) class: &'static str,
    /// The agency's code, or one of our own.
    pub(super) code: String,
    /// In words.
    pub(super) text: String,
}

/// How it is run again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Again {
    pub(super) told: Told,
    pub(super) pause: Pause,
    /// Not before this moment, whatever the pause.
    pub(super) not_before: Option<SystemTime>,
    /// Whether something was tried. What was only put off does not make the next pause longer.
    pub(super) counts: bool,
    /// Whether the operator has to do something for it to go on.
    pub(super) is_error: bool,
    /// Whether the agency gave out no credential, so that nothing else of it can be sent either.
    pub(super) is_locked: bool,
}

/// How long the pause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pause {
    /// It grows from run to run.
    Growing,
    /// The same, up to the bound for what has not left this machine.
    Unsent,
    /// So long.
    For(Duration),
}

/// A run, and what is known of those before it.
pub(super) struct Run<'a> {
    pub(super) result: &'a Result<Stopped, RunError>,
    /// What the last run before it came to.
    pub(super) last: Option<&'a LastRun>,
    /// Whether nobody knows if the agency has taken what was sent.
    pub(super) is_unresolved: bool,
}

/// Says what becomes of an operation.
pub(super) fn next(run: &Run<'_>, settings: &SendingSettings) -> Next {
    match run.result {
        Ok(Stopped::Outcome(outcome, fact)) => of_outcome(outcome, fact.is_some()),
        Ok(Stopped::NotSent(fact)) => {
            let told = told(NOT_SENT, fact.reason.code(), fact.to_string());
            Next::Again(Again {
                is_error: is_ours(fact.fault()),
                ..Again::unsent(told)
            })
        }
        Ok(Stopped::Misunderstood(problem)) => {
            let told = told("misunderstood", &problem.code, problem.to_string());
            Next::Again(Again::growing(told))
        }
        Err(error) => of_error(error, run, settings),
    }
}

/// How an operation is run again that the store could not read.
pub(super) fn unread(text: String) -> Again {
    Again::put_off(told("not-read", "store.not-read", text), Pause::Unsent)
}

/// Classes of runs to which nobody answered. What waits after one is due once somebody does.
pub(super) const SILENT: [&str; 2] = [UNANSWERED, NOT_SENT];

const UNANSWERED: &str = "unanswered";

const NOT_SENT: &str = "not-sent";

fn of_outcome(outcome: &Outcome, is_unanswered: bool) -> Next {
    // Where the agency's word is that it is not to be asked before, that holds.
    let class = match outcome.class {
        RetryClass::UnknownOutcome if is_unanswered && outcome.not_before.is_none() => UNANSWERED,
        class => class.name(),
    };
    let told = told(class, &outcome.code, outcome.text.clone());
    match outcome.class {
        RetryClass::Done | RetryClass::AlreadyAccepted => Next::Done,
        RetryClass::RetryLaterSameReference
        | RetryClass::RetryLaterNewReference
        | RetryClass::UnknownOutcome => Next::Again(Again {
            not_before: outcome.not_before,
            ..Again::growing(told)
        }),
        RetryClass::FixFirst => Next::Refused(told),
        RetryClass::Denied => Next::Held(Told {
            text: format!(
                "the agency refused us ({}): certificate, authorisation or agreement; {}",
                told.code, told.text
            ),
            ..told
        }),
    }
}

fn of_error(error: &RunError, run: &Run<'_>, settings: &SendingSettings) -> Next {
    let text = error.to_string();
    match error {
        RunError::Runtime(Error::UnknownAgency { .. }) => Next::Again(Again {
            is_error: true,
            ..Again::put_off(told("not-served", "agency.unknown", text), Pause::Growing)
        }),
        // It may be there again with the component before this one, or after it.
        RunError::Runtime(Error::UnknownOperation { .. }) => {
            Next::Held(told("unknown-operation", "operation.unknown", text))
        }
        RunError::Runtime(error @ Error::Audit { .. }) => {
            Next::Again(configuration(told("configuration", &error.code(), text)))
        }
        RunError::Runtime(error) => of_fault(error.fault(), &error.code(), run, settings),
        RunError::TooManySteps { .. } => {
            of_fault(Fault::Internal, "component.contract", run, settings)
        }
        RunError::NoRelay(_) => Next::Held(told("no-relay", "relay.missing", text)),
        RunError::MayRepeat => Next::Held(told("may-repeat", "send.may-repeat", text)),
        RunError::Exhausted { .. } => Next::Held(told("exhausted", "send.exhausted", text)),
        RunError::Content(_) => Next::Held(told("other-content", "state.other-content", text)),
        RunError::Ended { .. } => Next::Held(told("ended", "state.ended", text)),
        RunError::TooEarly { until } => {
            let told = told("too-early", "send.too-early", text);
            Next::Again(Again {
                not_before: Some(*until),
                ..Again::put_off(told, Pause::For(Duration::ZERO))
            })
        }
        RunError::NotNow(not_now) => {
            let told = told("put-off", "limit.agency", text);
            Next::Again(Again::put_off(told, Pause::For(not_now.delay)))
        }
        RunError::NotKept(_) => {
            let told = told("not-kept", "state.not-kept", text);
            Next::Again(Again::put_off(told, Pause::Unsent))
        }
        RunError::Credential { stopped, .. } => of_credential(stopped, text),
    }
}

/// Where a credential was not obtained, nothing of the operation has been sent for it.
fn of_credential(stopped: &Stopped, text: String) -> Next {
    let again = match stopped {
        Stopped::NotSent(fact) => Again {
            is_error: is_ours(fact.fault()),
            ..Again::unsent(told("credential", fact.reason.code(), text))
        },
        Stopped::Misunderstood(problem) => Again::growing(told("credential", &problem.code, text)),
        Stopped::Outcome(outcome, _) => {
            let is_refused = matches!(outcome.class, RetryClass::Denied | RetryClass::FixFirst);
            Again {
                not_before: outcome.not_before,
                is_error: is_refused,
                is_locked: is_refused,
                ..Again::growing(told("credential", &outcome.code, text))
            }
        }
    };
    Next::Again(again)
}

/// Whoever is at fault has to act.
fn of_fault(fault: Fault, code: &str, run: &Run<'_>, settings: &SendingSettings) -> Next {
    let text = match run.result {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    match fault {
        // It may have been taken: nobody may say that it was refused.
        Fault::Caller if run.is_unresolved => Next::Held(told("refused", code, text)),
        Fault::Caller => Next::Refused(told("refused", code, text)),
        Fault::Counterparty => Next::Again(Again::growing(told("misunderstood", code, text))),
        Fault::Configuration => Next::Again(configuration(told("configuration", code, text))),
        Fault::Internal => {
            let told = told(INTERNAL, code, text);
            let before = run.last.filter(|last| last.class == INTERNAL);
            let times = before.map_or(0, |last| last.times).saturating_add(1);
            match times >= settings.internal_faults {
                true => Next::Held(told),
                false => Next::Again(Again {
                    is_error: true,
                    ..Again::growing(told)
                }),
            }
        }
    }
}

/// Runs that end by a defect of ours are counted in a row.
const INTERNAL: &str = "internal";

fn configuration(told: Told) -> Again {
    Again {
        is_error: true,
        ..Again::growing(told)
    }
}

fn is_ours(fault: outbound::Fault) -> bool {
    matches!(
        fault,
        outbound::Fault::Configuration | outbound::Fault::Caller
    )
}

fn told(class: &'static str, code: &str, text: impl Into<String>) -> Told {
    Told {
        class,
        code: code.to_owned(),
        text: masked(&text.into()).into_owned(),
    }
}

impl Again {
    fn growing(told: Told) -> Self {
        Self {
            told,
            pause: Pause::Growing,
            not_before: None,
            counts: true,
            is_error: false,
            is_locked: false,
        }
    }

    fn unsent(told: Told) -> Self {
        Self {
            pause: Pause::Unsent,
            ..Self::growing(told)
        }
    }

    fn put_off(told: Told, pause: Pause) -> Self {
        Self {
            pause,
            counts: false,
            ..Self::growing(told)
        }
    }
}

#[cfg(test)]
mod tests;
