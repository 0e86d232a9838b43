// SPDX-License-Identifier: Apache-2.0
//! The outcome of a run, written into the store.

use std::{
    sync::{Arc, PoisonError},
    time::{Duration, SystemTime},
};

use silta::{GenerationInfo, exchange::Outcome};
use silta_store::{
    StoreError,
    record::{self, Claimed, IdempotencyKey, Settled, Submission},
};

use super::{
    agency::SentAgency,
    delay, held,
    keeping::ask,
    records,
    retry::{Again, Next, Pause, Told},
    settings::SendingSettings,
};
use crate::{
    operation::Progress,
    telemetry::{SpanKind, Step},
    trace_context,
};

/// Pause before the store is asked again to take what it did not take.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// A run that has ended, with its outcome.
pub(super) struct Ended<'a> {
    pub(super) claimed: &'a Claimed,
    pub(super) progress: Option<&'a Progress>,
    pub(super) outcome: Option<Outcome>,
    /// What was served when its answer was read.
    pub(super) generation: Option<GenerationInfo>,
    /// By the clock of the agency's component.
    pub(super) now: SystemTime,
    /// The run as a step of its trace.
    pub(super) step: Step,
}

/// Writes it down, and goes on with the poll that it is a run of, where more waits.
pub(super) async fn settle(sent: &Arc<SentAgency>, next: Next, ended: Ended<'_>) {
    let Ended {
        claimed,
        progress,
        outcome,
        generation,
        now,
        mut step,
    } = ended;
    let operation = &claimed.operation;
    let read = (records::provenance(generation.as_ref()), SystemTime::now());
    tell(sent, claimed, &next);
    say(&mut step, &next);
    let events = told_of(operation, &next, outcome.as_ref(), &read);
    for arrival in events {
        let committed = until_taken(sent, move |store| store.commit(&arrival));
        if committed.await.is_none() {
            return;
        }
    }
    let more_waits = outcome.as_ref().is_some_and(|outcome| outcome.more_waits);
    let is_done = next == Next::Done;
    let result = match next {
        Next::Done => {
            // Only an outcome is done.
            let Some(outcome) = outcome else {
                return;
            };
            let (provenance, at) = read;
            record::Outcome::Ended(Box::new(records::done(outcome, provenance, at)))
        }
        Next::Refused(told) => {
            let handed_out = match progress {
                Some(progress) => records::handed_out(progress, outcome.as_ref()),
                None => Default::default(),
            };
            let key = told_under(sent, operation, &told.code).await;
            let ending = records::refused((operation, key), &told, handed_out, read);
            record::Outcome::Ended(Box::new(ending))
        }
        Next::Held(told) => record::Outcome::Held {
            note: Some(records::note(&told, true)),
            why: told.text,
            progress: None,
        },
        Next::Again(again) => record::Outcome::Again {
            delay: pause(&again, operation.state.runs, now, &bounds(sent, claimed)),
            note: Some(records::note(&again.told, again.counts)),
            progress: None,
        },
    };
    if commit(sent, claimed, step, result).await && is_done && more_waits {
        go_on(sent, claimed).await;
    }
}

/// What the inbox is told of a run whose operation is not over: what its answer brought, and that a human has to decide.
fn told_of(
    operation: &record::Operation,
    next: &Next,
    outcome: Option<&Outcome>,
    (provenance, at): &(record::Provenance, SystemTime),
) -> Vec<record::Arrival> {
    let goes_on = matches!(next, Next::Held(_) | Next::Again(_));
    // What it handed out is not handed out again: its end is that of another answer.
    let brought = outcome
        .filter(|_| goes_on)
        .and_then(|outcome| records::brought(operation, outcome, (provenance.clone(), *at)));
    let held = match next {
        Next::Held(told) => Some(held::arrival(operation, told, SystemTime::now())),
        _ => None,
    };
    brought.into_iter().chain(held).collect()
}

/// Writes the result down; whether it is.
async fn commit(
    sent: &Arc<SentAgency>,
    claimed: &Claimed,
    step: Step,
    result: record::Outcome,
) -> bool {
    let operation = &claimed.operation;
    let end = match &result {
        record::Outcome::Ended(ending) => Some(ending.end),
        _ => None,
    };
    let lease = claimed.lease;
    let mut commit = committing(&step, &result).of(&sent.id, &operation.wish.operation);
    let settled = until_taken(sent, move |store| store.settle(&lease, &result)).await;
    let is_settled = settled == Some(Settled::Done);
    commit.came_to(
        match settled {
            Some(Settled::Done) => "done",
            Some(Settled::Stale) => "lease-lost",
            None => "not-kept",
        },
        !is_settled,
    );
    drop(commit);
    drop(step);
    if settled == Some(Settled::Stale) {
        let (agency, operation) = (&sent.id, operation.id.0);
        tracing::warn!(target: "silta::sending", agency, operation, "somebody else has the operation by now; what came of this run is left to it");
    }
    if let Some(end) = end.filter(|_| is_settled) {
        sent.metrics.operation_ended(&sent.id, end);
    }
    is_settled
}

/// The deduplication key of the event that says that an operation was refused: its own, and that of the first of the runs in a row of a poll that were refused
/// for the same reason.
async fn told_under(sent: &Arc<SentAgency>, operation: &record::Operation, code: &str) -> String {
    let id = operation.id;
    let own = format!("silta.operation-{id}");
    let Some(poll) = operation.wish.poll.clone() else {
        return own;
    };
    let known = Arc::clone(&sent.streaks);
    let (agency, name, code) = (sent.id.clone(), poll.clone(), code.to_owned());
    let first = until_taken(sent, move |store| {
        let mut streaks = known.lock().unwrap_or_else(PoisonError::into_inner);
        let streak = streaks.entry(name.clone()).or_default();
        streak.first(store, (&agency, &name), (id, &code))
    });
    match first.await {
        Some(first) => format!("silta.poll-{poll}/refused/{first}"),
        None => own,
    }
}

/// The next run of a poll, at once. Should the process end before it is queued, the schedule goes on from the cursor.
async fn go_on(sent: &Arc<SentAgency>, claimed: &Claimed) {
    let wish = &claimed.operation.wish;
    let Some(poll) = &wish.poll else {
        return;
    };
    let next = Submission {
        agency: claimed.operation.agency.clone(),
        operation: wish.operation.clone(),
        parameters: wish.parameters.clone(),
        poll: Some(poll.clone()),
        trace: wish.trace.clone(),
        idempotency: Some(key(format!(
            "{}/{poll}/after {}",
            sent.id, claimed.lease.id
        ))),
        ..Submission::default()
    };
    let submitted = ask(&sent.store, move |store| store.submit(&next)).await;
    if let Err(error) = submitted {
        let (agency, poll) = (&sent.id, poll.as_str());
        tracing::warn!(target: "silta::sending", agency, poll, %error, "the next run of the poll was not queued at once; it comes with the schedule");
    }
}

/// Whose idempotency keys the gateway's own are.
pub(super) fn key(key: String) -> IdempotencyKey {
    IdempotencyKey {
        client: "silta.polls".to_owned(),
        key,
    }
}

/// Asks the store until it says what it did; `None` where it refuses, or where the gateway has no time left. The operation is gone on with after its lease then.
async fn until_taken<T: Send + 'static>(
    sent: &Arc<SentAgency>,
    question: impl Fn(&dyn silta_store::Store) -> Result<T, StoreError> + Clone + Send + 'static,
) -> Option<T> {
    let agency = &sent.id;
    let mut is_told = false;
    loop {
        match ask(&sent.store, question.clone()).await {
            Ok(answer) => return Some(answer),
            Err(error @ StoreError::Refused(_)) => {
                tracing::error!(target: "silta::sending", agency, %error, "the store refuses what an operation came to; it is run again after its lease");
                return None;
            }
            Err(error) => {
                if !std::mem::replace(&mut is_told, true) {
                    tracing::error!(target: "silta::sending", agency, %error, "the store does not take what an operation came to; it is asked again");
                }
                tokio::select! {
                    () = sent.stopping.cancelled() => return None,
                    () = tokio::time::sleep(STORE_PAUSE) => {}
                }
            }
        }
    }
}

/// How long pauses may be. A run of a poll waits no longer than to the next: nothing is gained by that.
fn bounds(sent: &SentAgency, claimed: &Claimed) -> SendingSettings {
    let mut settings = sent.settings.clone();
    let poll = claimed.operation.wish.poll.as_deref();
    let description = poll.and_then(|_| sent.agency.description().ok());
    let interval = description.and_then(|description| {
        let declared = description.operation(poll?)?.poll?;
        let declared = Duration::from_secs(declared.interval_seconds.into());
        let configured = sent.polls.get(poll?).and_then(|poll| poll.interval);
        Some(configured.unwrap_or(declared))
    });
    if let Some(interval) = interval {
        settings.longest_delay = settings.longest_delay.min(interval);
    }
    settings
}

fn pause(again: &Again, runs: u32, now: SystemTime, settings: &SendingSettings) -> Duration {
    let runs = runs.saturating_add(1);
    let grown = |most| {
        let longest = delay::longest(settings.first_delay, most, runs);
        delay::jittered(longest, delay::random())
    };
    let pause = match again.pause {
        Pause::Growing => grown(settings.longest_delay),
        Pause::Unsent => grown(settings.longest_unsent_delay.min(settings.longest_delay)),
        Pause::For(pause) => pause,
    };
    let until = again
        .not_before
        .map(|at| at.duration_since(now).unwrap_or_default());
    pause.max(until.unwrap_or_default())
}

/// Counts it, and says what the operator has to know.
fn tell(sent: &SentAgency, claimed: &Claimed, next: &Next) {
    let (agency, id) = (&sent.id, claimed.operation.id.0);
    let name = claimed.operation.wish.operation.as_str();
    let trace = trace_context::id(claimed.operation.wish.trace.as_deref());
    let class = match next {
        Next::Done => "done",
        Next::Refused(told) | Next::Held(told) => told.class,
        Next::Again(again) => again.told.class,
    };
    sent.metrics.run(agency, class);
    let Some(Told { code, text, .. }) = words(next) else {
        tracing::info!(target: "silta::sending", agency, operation = id, name, trace, class, "done");
        return;
    };
    match next {
        // The agency's own words are in the store.
        Next::Held(_) if class == "denied" => {
            tracing::error!(target: "silta::sending", agency, operation = id, name, trace, class, code, "held: a human has to decide");
        }
        Next::Held(_) => {
            tracing::error!(target: "silta::sending", agency, operation = id, name, trace, class, code, text, "held: a human has to decide");
        }
        Next::Refused(_) => {
            tracing::warn!(target: "silta::sending::refused", agency, operation = id, name, trace, class, code, "refused: it is over");
        }
        Next::Again(again) if again.is_error => {
            tracing::error!(target: "silta::sending", agency, operation = id, name, trace, class, code, text, "it goes on later, and not before somebody acts");
        }
        Next::Again(again) if again.counts => {
            tracing::info!(target: "silta::sending", agency, operation = id, name, trace, class, code, "it goes on later");
        }
        Next::Again(_) | Next::Done => {}
    }
}

/// What the run came to, for its trace.
fn say(step: &mut Step, next: &Next) {
    let (outcome, failed) = match next {
        Next::Done => ("done", false),
        Next::Refused(told) | Next::Held(told) => (told.class, true),
        // What was only put off has not failed.
        Next::Again(again) => (again.told.class, again.counts),
    };
    step.came_to(outcome, failed);
    if let Some(told) = words(next) {
        step.say("silta.code", told.code.as_str());
    }
}

/// The commit of it as a step of the trace.
fn committing(run: &Step, result: &record::Outcome) -> Step {
    let mut commit = run.place().step("commit", SpanKind::Internal);
    if let record::Outcome::Ended(ending) = result {
        commit.say("silta.events", ending.events.len() as u64);
        commit.say("silta.documents", ending.documents.len() as u64);
    }
    commit
}

fn words(next: &Next) -> Option<&Told> {
    match next {
        Next::Done => None,
        Next::Refused(told) | Next::Held(told) => Some(told),
        Next::Again(again) => Some(&again.told),
    }
}
