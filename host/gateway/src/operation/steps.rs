// SPDX-License-Identifier: Apache-2.0
//! What is said of an exchange in its trace: statuses, classes and codes, and nothing of what was sent or answered.

use silta::{Error, exchange::Response};

use super::{
    exchange::Exchanged,
    stopped::{RunError, Stopped},
};
use crate::telemetry::Step;

/// What building a request came to, for its trace.
pub(super) fn say_built<T>(step: &mut Step, built: &Result<T, Error>) {
    match built {
        Ok(_) => step.came_to("built", false),
        Err(error) => step.came_to(&error.code(), true),
    }
}

/// The outcome of a request, for its trace.
pub(super) fn say_sent(step: &mut Step, sent: &Result<Exchanged, RunError>) {
    match sent {
        Ok(Exchanged::Response(Response::Answered(answer), _)) => {
            step.say("http.response.status_code", answer.status);
            step.came_to("answered", answer.status >= 400);
        }
        Ok(Exchanged::Response(Response::MailAnswered(answer), _)) => {
            step.say("silta.reply.code", answer.reply.code);
            step.came_to("answered", answer.reply.code >= 400);
        }
        Ok(Exchanged::Response(Response::Unanswered, fact)) => {
            step.came_to("unknown", true);
            if let Some(fact) = fact {
                step.say("silta.code", fact.reason.code());
            }
        }
        Ok(Exchanged::NotSent(fact)) => {
            step.came_to("not-sent", true);
            step.say("silta.code", fact.reason.code());
        }
        // Its text may repeat what the component said.
        Err(_) => step.came_to("not-sent", true),
    }
}

/// What an answer came to, for its trace.
pub(super) fn say_parsed(step: &mut Step, parsed: &Result<Stopped, RunError>) {
    match parsed {
        Ok(Stopped::Outcome(outcome, _)) => {
            step.say("silta.code", outcome.code.as_str());
            step.say("silta.events", outcome.events.len() as u64);
            step.came_to(outcome.class.name(), !outcome.class.is_done());
        }
        Ok(Stopped::Misunderstood(problem)) => {
            step.say("silta.code", problem.code.as_str());
            step.came_to("misunderstood", true);
        }
        Ok(Stopped::NotSent(_)) | Err(_) => step.came_to("not-read", true),
    }
}
