//! Between the contract's types and the protocol's.

use agency_guest::{
    Fault, Problem, exports::message::RetryClass, imports::clock, internal, problem,
};

use crate::wire::{AnswerError, Class, Environment, SettingsError};

/// Key role of the client certificate for Vero API.
pub(crate) const CLIENT: &str = "client";

/// Secret role of what the Tax Administration repeats in each call.
pub(crate) const CALLBACK: &str = "callback";

/// Anchor set of the callers in the test environment.
pub(crate) const TEST: &str = "vero-test";

/// Anchor set of the callers in production.
pub(crate) const PRODUCTION: &str = "vero-production";

/// The anchor set that callers of an environment lead to. The two have authorities of their own, and neither passes for the other.
pub(crate) fn anchor_set(environment: Environment) -> &'static str {
    match environment {
        Environment::FIS => TEST,
        Environment::FIP => PRODUCTION,
    }
}

/// The host's time in UTC, to the second.
pub(crate) fn moment(now: clock::Instant) -> Result<String, Problem> {
    let moment = rfc3339::Moment::new(now.seconds, 0);
    let moment = moment.ok_or_else(|| internal("the host's time is beyond the calendar"))?;
    Ok(moment.to_string())
}

pub(crate) fn retry_class(class: Class) -> RetryClass {
    match class {
        Class::Done => RetryClass::Done,
        Class::RetryLater => RetryClass::RetryLaterNewReference,
        Class::UnknownOutcome => RetryClass::UnknownOutcome,
        Class::FixFirst => RetryClass::FixFirst,
        Class::Denied => RetryClass::Denied,
    }
}

pub(crate) fn settings_problem(error: SettingsError) -> Problem {
    problem(
        Fault::Configuration,
        "setting.invalid",
        error.pointer,
        error.message,
    )
}

pub(crate) fn answer_problem(error: AnswerError) -> Problem {
    problem(Fault::Counterparty, error.code, error.path, error.message)
}
