// SPDX-License-Identifier: Apache-2.0
//! Validates a call in the sandbox, commits what an accepted one brings, and makes the reply.

use std::time::{Instant, SystemTime};

use silta::{
    Blob, Error, GenerationInfo, Terms,
    exchange::{Acceptance, Call, Fault, Problem, Rejected, Reply, Verdict},
};
use silta_store::record::{Arrival, Receipt};

use crate::{
    agency::ServedAgency,
    inbound::{
        hourly_room::HourlyRoom,
        reply::{HttpReply, ReplyKind, UnusableReply},
        unreadable,
    },
    inbox::{self, Inbox},
    metrics::{CommitOutcome, Metrics},
    telemetry::{Place, SpanKind, Step},
    trace_context,
};

/// Has a call validated by the generation that serves now, and commits what it brings if it is accepted. One that the component fails at is kept for
/// somebody to look at, if its caller is known: strangers do not fill the store.
pub(crate) fn validate(
    agency: &ServedAgency,
    (call, terms): (Call, Terms),
    at: SystemTime,
    keeper: Keeper<'_>,
) -> HttpReply {
    let is_known = !terms.is_stranger;
    // Its body is shared.
    let came = is_known.then(|| call.clone());
    let validation = match agency.agency().validate_on(call, terms) {
        Ok(validation) => validation,
        Err(error) => return failed(&error),
    };
    let generation = validation.generation;
    // Agencies have no field for it: what follows from a call is found by this.
    let trace = trace_context::begun();
    let mut step = keeper.judged(agency.id(), (trace.as_deref(), at), &validation.verdict);
    if !is_known && !matches!(validation.verdict, Ok(Verdict::Accepted(_))) {
        // Strangers do not push out what is of interest.
        step.forget();
    }
    let is_accepted = matches!(validation.verdict, Ok(Verdict::Accepted(_)));
    let reply = match validation.verdict.map(answered) {
        Ok(Verdict::Accepted(accepted)) => {
            let from = (agency.id(), &*generation, at);
            accept(from, accepted, keeper, (trace, step.place()))
        }
        Ok(Verdict::Rejected(rejected)) => {
            if let Some(came) = &came {
                keeper.keep_rejected((agency.id(), &generation, at), came, &rejected);
            }
            reject(rejected)
        }
        Err(error) => {
            if let Some(came) = &came {
                // Kept or not: the caller has to call again.
                let _ = keeper.keep_unreadable((agency.id(), &generation, at), came, &error);
            }
            Ok(failed(&error))
        }
    };
    let reply = reply.unwrap_or_else(|UnusableReply| HttpReply::failure("reply.unusable"));
    if is_accepted && reply.kind == ReplyKind::Failed {
        step.came_to(&reply.code, true);
    }
    reply.by_generation(generation.number)
}

/// Makes both replies before anything is committed, so that one that cannot be sent is known in time.
fn accept(
    (agency, generation, at): (&str, &GenerationInfo, SystemTime),
    accepted: Acceptance,
    keeper: Keeper<'_>,
    (trace, within): (Option<String>, Place),
) -> Result<HttpReply, UnusableReply> {
    let reply = HttpReply::of_component(ReplyKind::Accepted, &accepted.reply)?;
    let to_duplicate = HttpReply::of_component(ReplyKind::Duplicate, &accepted.reply_to_duplicate)?;
    let arrival = inbox::arrival_in(trace, (agency, generation, at), accepted);
    Ok(match keeper.keep_within(&within, &arrival) {
        Ok(Kept::New) => reply,
        Ok(Kept::Known) => to_duplicate,
        Err(code) => HttpReply::failure(code),
    })
}

/// What an accepted call may be answered with.
pub(crate) enum Kept {
    /// It is kept, or brought nothing and could have been.
    New,
    /// It had been kept before.
    Known,
}

/// Where arrivals go, and what counts them.
#[derive(Clone, Copy)]
pub(crate) struct Keeper<'a> {
    inbox: &'a dyn Inbox,
    metrics: &'a Metrics,
    /// For rejected calls; without it, none is kept.
    room: Option<&'a HourlyRoom>,
}

impl<'a> Keeper<'a> {
    pub(crate) fn new(inbox: &'a dyn Inbox, metrics: &'a Metrics) -> Self {
        Self {
            inbox,
            metrics,
            room: None,
        }
    }

    pub(crate) fn with_room(self, room: Option<&'a HourlyRoom>) -> Self {
        Self { room, ..self }
    }

    /// Commits a call that the component rejected for a reason that is not ours to mend, within the room there is for it. The reply is the same whether it is kept or not.
    fn keep_rejected(
        self,
        (agency, generation, at): (&str, &GenerationInfo, SystemTime),
        call: &Call,
        rejected: &Rejected,
    ) {
        let Some(room) = self.room.filter(|_| !is_ours(&rejected.reason)) else {
            return;
        };
        let code = rejected.reason.code.as_str();
        if !room.take(agency, Instant::now()) {
            self.metrics.unreadable_left_out(agency);
            tracing::warn!(target: "silta::gateway", agency, code, "a call was rejected; it is not kept, since as many were in this hour as may be (`listener.limits.rejected-calls-per-hour`)");
            return;
        }
        let arrival = unreadable::rejected(agency, (generation, at), call, rejected);
        if matches!(self.keep(&arrival), Ok(Kept::New)) {
            self.metrics.unreadable(agency);
            tracing::warn!(target: "silta::gateway", agency, generation = generation.number, code, "a call was rejected; it is kept in the inbox as `silta.unreadable`, for somebody to look at");
        }
    }

    /// Commits what the component has failed at and would fail at again; `None` for another error.
    pub(crate) fn keep_unreadable(
        self,
        (agency, generation, at): (&str, &GenerationInfo, SystemTime),
        call: &Call,
        error: &Error,
    ) -> Option<Result<Kept, &'static str>> {
        if !unreadable::fails_each_time(error) {
            return None;
        }
        let arrival = unreadable::arrival(agency, generation, at, call, error);
        let kept = self.keep(&arrival);
        if matches!(kept, Ok(Kept::New)) {
            let code = error.code();
            self.metrics.unreadable(agency);
            tracing::error!(target: "silta::gateway", agency, generation = generation.number, code, "the component fails at what came; it is kept in the inbox as `silta.unreadable`, for somebody to look at");
        }
        Some(kept)
    }

    /// A call that has been judged, as the first step of its trace.
    pub(crate) fn judged(
        self,
        agency: &str,
        (trace, at): (Option<&str>, SystemTime),
        verdict: &Result<Verdict, Error>,
    ) -> Step {
        let what = ("call", SpanKind::Server);
        let mut step = self.metrics.spans.first(what, trace).since(at);
        match verdict {
            Ok(Verdict::Accepted(accepted)) => {
                step = step.of(agency, &accepted.operation);
                step.say("silta.events", accepted.events.len() as u64);
                step.came_to("accepted", false);
            }
            Ok(Verdict::Rejected(rejected)) => {
                step.say("silta.agency", agency);
                step.say("silta.code", rejected.reason.code.as_str());
                step.came_to("rejected", is_ours(&rejected.reason));
            }
            Err(error) => {
                step.say("silta.agency", agency);
                step.came_to(&error.code(), true);
            }
        }
        step
    }

    /// Commits an arrival as a step of its trace.
    pub(crate) fn keep_within(
        self,
        within: &Place,
        arrival: &Arrival,
    ) -> Result<Kept, &'static str> {
        let step = within.step("commit", SpanKind::Internal);
        let mut step = step.of(&arrival.agency, &arrival.operation);
        let kept = self.keep(arrival);
        match &kept {
            Ok(Kept::New) => step.came_to("new", false),
            Ok(Kept::Known) => step.came_to("duplicate", false),
            Err(code) => step.came_to(code, true),
        }
        kept
    }

    /// Commits an arrival, counts and logs it; the code of a failure.
    ///
    /// One that brings nothing, as a health check does, is answered well only if the next call could be committed.
    pub(crate) fn keep(self, arrival: &Arrival) -> Result<Kept, &'static str> {
        let agency = arrival.agency.as_str();
        if arrival.is_empty() {
            return self.inbox.ready().map(|()| Kept::New).map_err(|error| {
                tracing::error!(target: "silta::gateway", agency, %error, "no arrival could be committed now");
                "inbox.not-ready"
            });
        }
        let begun = Instant::now();
        let receipt = self.inbox.commit(arrival).map_err(|error| {
            self.metrics.arrival(agency, CommitOutcome::Failed);
            tracing::error!(target: "silta::gateway", agency, %error, "arrival not committed");
            "inbox.not-committed"
        })?;
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let (events, documents) = (arrival.events.len(), arrival.documents.len());
        let follow_ups = arrival.follow_ups.len();
        Ok(match receipt {
            Receipt::New(position) => {
                self.metrics.arrival(agency, CommitOutcome::New);
                let position = position.0;
                let trace = trace_context::id(arrival.trace.as_deref());
                tracing::info!(target: "silta::inbox", agency, position, events, documents, follow_ups, micros, trace, "arrival committed");
                Kept::New
            }
            Receipt::Duplicate(position) => {
                self.metrics.arrival(agency, CommitOutcome::Duplicate);
                let position = position.0;
                tracing::info!(target: "silta::inbox", agency, position, micros, "arrival known");
                Kept::Known
            }
        })
    }
}

/// The verdict as the caller gets it.
///
/// A call that is rejected for a reason of ours (a revocation list that has run out, say) may be right, and the caller has to call again. So the
/// component's reply is replaced by an empty 503, as if there were no verdict.
pub fn answered(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Rejected(Rejected { reason, .. }) if is_ours(&reason) => {
            let reply = Reply {
                status: 503,
                headers: Vec::new(),
                body: Blob::empty(),
            };
            Verdict::Rejected(Rejected { reply, reason })
        }
        verdict => verdict,
    }
}

/// Whether the operator has to act, and not the caller.
pub(crate) fn is_ours(reason: &Problem) -> bool {
    matches!(reason.fault, Fault::Configuration | Fault::Internal)
}

fn reject(rejected: Rejected) -> Result<HttpReply, UnusableReply> {
    if is_ours(&rejected.reason) {
        return Ok(HttpReply::failure(String::new())
            .with_code(rejected.reason.code)
            .with_detail(rejected.reason.message));
    }
    let answer = HttpReply::of_component(ReplyKind::Rejected, &rejected.reply)?;
    Ok(answer.with_code(rejected.reason.code))
}

/// Why there is no verdict. The caller is at fault only for a call that is too large for a component that was swapped in after the call had been read.
fn failed(error: &Error) -> HttpReply {
    match error {
        Error::TooLarge { .. } => HttpReply::refusal(413, "call.too-large"),
        _ => HttpReply::failure(error.code()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(fault: Fault, status: u16) -> Rejected {
        Rejected {
            reply: Reply {
                status,
                headers: vec![("X-Component".into(), "1".into())],
                body: Blob::from(b"<Fault/>".as_slice()),
            },
            reason: Problem {
                fault,
                code: "some.code".into(),
                path: String::new(),
                message: "Renew it.".into(),
            },
        }
    }

    #[test]
    fn what_is_ours_to_mend_is_answered_with_503_whatever_the_component_replies() {
        for fault in [Fault::Configuration, Fault::Internal] {
            for status in [200, 403, 500] {
                let verdict = answered(Verdict::Rejected(rejected(fault, status)));
                let Verdict::Rejected(shown) = verdict else {
                    panic!("still rejected");
                };
                assert_eq!(shown.reply.status, 503);
                assert!(shown.reply.headers.is_empty() && shown.reply.body.size() == 0);
                assert_eq!(shown.reason.code, "some.code");
                let answer = reject(rejected(fault, status)).ok().unwrap();
                assert_eq!((answer.status(), answer.kind), (503, ReplyKind::Failed));
                assert_eq!((&*answer.code, &*answer.detail), ("some.code", "Renew it."));
            }
        }
    }

    #[test]
    fn what_is_the_callers_is_answered_by_the_component() {
        for fault in [Fault::Counterparty, Fault::Caller] {
            let verdict = answered(Verdict::Rejected(rejected(fault, 403)));
            let Verdict::Rejected(shown) = verdict else {
                panic!("still rejected");
            };
            assert_eq!((shown.reply.status, shown.reply.body.size()), (403, 8));
            let answer = reject(rejected(fault, 403)).ok().unwrap();
            assert_eq!((answer.status(), answer.kind), (403, ReplyKind::Rejected));
            assert_eq!((&*answer.code, &*answer.detail), ("some.code", ""));
        }
    }
}
