// SPDX-License-Identifier: Apache-2.0
//! One operation, from its claim to its settlement.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use silta::{Agency, describe::Transport, exchange::Outcome};
use silta_store::{
    Store, StoreError,
    record::{Claimed, Lease, OperationId, Origin},
};

use super::{
    agency::SentAgency,
    belonging::Belongs,
    keeping::{Keeping, ask},
    records,
    retry::{self, Next},
    settling::{Ended, settle},
};
use crate::{
    operation::{Content, Progress, RunError, Sender, Stopped},
    outbound::NotSent,
    telemetry::{Place, SpanKind, Step},
};

/// What an operation begins with, or goes on with.
struct Loaded {
    content: Content,
    progress: Progress,
    belongs: Belongs,
}

/// Carries out an operation as far as it comes, and writes down what came of it.
pub(super) async fn carry_out(sent: Arc<SentAgency>, claimed: Claimed) {
    let (id, now) = (claimed.operation.id, SystemTime::now());
    let step = begun(&sent, &claimed);
    let ended = |claimed| Ended {
        claimed,
        progress: None,
        outcome: None,
        generation: None,
        now,
        step,
    };
    let loaded = {
        let claimed = claimed.clone();
        let is_tried = sent.agency.trial_info().is_some();
        ask(&sent.store, move |store| load(store, &claimed, is_tried)).await
    };
    let Loaded {
        content,
        mut progress,
        belongs,
    } = match loaded {
        Ok(Ok(loaded)) => loaded,
        Ok(Err(unusable)) => {
            let next = Next::Held(records::unusable(id, &unusable));
            return settle(&sent, next, ended(&claimed)).await;
        }
        Err(error) => {
            let (agency, operation) = (&sent.id, id.0);
            tracing::error!(target: "silta::sending", agency, operation, %error, "what is to be sent cannot be read; it is tried again");
            let next = Next::Again(retry::unread(error.to_string()));
            return settle(&sent, next, ended(&claimed)).await;
        }
    };
    let is_lost = Arc::new(AtomicBool::new(false));
    let mut ended = ended(&claimed);
    let step = ended.step.place();
    let agency = belongs.agency(&sent.agency, &claimed.operation.wish.operation);
    let run = run(
        (&sent, &agency),
        &claimed,
        (&mut progress, &content),
        (&is_lost, step),
    );
    let Some(result) = run.await else {
        ended.step.came_to("cut-off", true);
        return give_back(&sent, claimed.lease).await;
    };
    if is_lost.load(Ordering::SeqCst) {
        ended.step.came_to("lease-lost", true);
        let (agency, operation) = (&sent.id, id.0);
        tracing::warn!(target: "silta::sending", agency, operation, "somebody else has the operation by now; nothing more was sent");
        return;
    }
    let unresolved = progress.attempt().map_or(0, |attempt| attempt.unresolved);
    let judged = retry::Run {
        result: &result,
        last: claimed.operation.state.last.as_ref(),
        is_unresolved: unresolved > 0,
    };
    let next = retry::next(&judged, &sent.settings);
    hold_up(&sent, &claimed, &next, &result);
    if let Some(fact) = unsent(&result) {
        let operation = &claimed.operation.wish.operation;
        agency.was_not_sent(operation, fact.reason.code());
    }
    let ended = Ended {
        progress: Some(&progress),
        outcome: outcome(result),
        generation: agency.last_generation_info().ok(),
        now: sent.agency.now().unwrap_or_else(|_| SystemTime::now()),
        ..ended
    };
    settle(&sent, next, ended).await;
}

/// What a run says of those behind it: a credential that is not given out, a rate that allows none now.
fn hold_up(sent: &SentAgency, claimed: &Claimed, next: &Next, result: &Result<Stopped, RunError>) {
    let Next::Again(again) = next else { return };
    if again.is_locked {
        sent.lock_out(transport(sent, claimed));
    }
    if let Err(RunError::NotNow(not_now)) = result
        && !again.counts
    {
        let until = std::time::Instant::now() + not_now.delay;
        let name = &claimed.operation.wish.operation;
        sent.traffic().slow_down(name, until);
    }
}

/// Why nothing of a request was sent, its own or one for a credential.
fn unsent(result: &Result<Stopped, RunError>) -> Option<&NotSent> {
    let stopped = match result {
        Ok(stopped) => stopped,
        Err(RunError::Credential { stopped, .. }) => stopped,
        Err(_) => return None,
    };
    match stopped {
        Stopped::NotSent(fact) => Some(fact),
        _ => None,
    }
}

/// The run as a step of the operation's trace.
fn begun(sent: &SentAgency, claimed: &Claimed) -> Step {
    let operation = &claimed.operation;
    let wish = &operation.wish;
    let what = ("run", SpanKind::Internal);
    let step = sent.metrics.spans.step(what, wish.trace.as_deref());
    let mut step = step.of(&operation.agency, &wish.operation);
    step.say("silta.operation.id", operation.id.0);
    step.say("silta.attempts", operation.state.runs.saturating_add(1));
    let kind = match (&wish.poll, wish.origin) {
        (Some(_), _) => "poll",
        (None, Origin::Submitted) => "submitted",
        (None, Origin::Entry(_) | Origin::Operation(_)) => "follow-up",
    };
    step.say("silta.kind", kind);
    step
}

fn outcome(result: Result<Stopped, RunError>) -> Option<Outcome> {
    match result {
        Ok(Stopped::Outcome(outcome, _)) => Some(*outcome),
        _ => None,
    }
}

pub(super) fn transport(sent: &SentAgency, claimed: &Claimed) -> Transport {
    let description = sent.agency.description().ok();
    let name = &claimed.operation.wish.operation;
    let known = description.as_ref().and_then(|it| it.operation(name));
    known.map_or(Transport::Https, |known| known.transport)
}

/// Reads content and progress; what is wrong with them where they cannot be used.
fn load(
    store: &dyn Store,
    claimed: &Claimed,
    is_tried: bool,
) -> Result<Result<Loaded, String>, StoreError> {
    let operation = &claimed.operation;
    let Some(content) = records::content(store, operation)? else {
        return Ok(Err("its payload or an attachment is gone".to_owned()));
    };
    let kept = match operation.state.progress {
        Some(body) => store.body(body)?,
        None => None,
    };
    let progress = match kept {
        Some(kept) => Progress::from_bytes(&kept.to_vec()).map_err(|error| error.to_string()),
        None if operation.state.progress.is_some() => Err("its progress is gone".to_owned()),
        None => {
            let wish = &operation.wish;
            let (agency, name) = (&operation.agency, &wish.operation);
            let begun = Progress::new(agency, name, &wish.parameters, &content);
            let cursor = claimed.cursor.as_ref().map(|cursor| cursor.value.clone());
            Ok(begun.with_cursor(cursor))
        }
    };
    let belongs = match is_tried {
        true => Belongs::of(store, operation)?,
        false => Belongs::ToServing,
    };
    Ok(progress.map(|progress| Loaded {
        content,
        progress,
        belongs,
    }))
}

/// Runs it while its lease is extended; `None` where the gateway has no more time for it.
async fn run(
    (sent, agency): (&SentAgency, &Agency),
    claimed: &Claimed,
    (progress, content): (&mut Progress, &Content),
    (is_lost, step): (&Arc<AtomicBool>, Place),
) -> Option<Result<Stopped, RunError>> {
    let trace = claimed.operation.wish.trace.clone();
    let sender = sent.sender().with_agency(agency.clone());
    let sender = sender.in_trace(trace).within_step(step);
    let mut keeping = Keeping {
        store: Arc::clone(&sent.store),
        lease: claimed.lease,
        is_lost: Arc::clone(is_lost),
    };
    // What a human has let go on goes on in spite of what it was held for.
    let is_resumed = claimed.operation.state.resumed;
    let running = async {
        if !is_resumed {
            may_run(sent, &sender, progress)?;
        }
        let result = sender.run(progress, content, &mut keeping).await;
        if is_left_to_what_serves(agency, &result) {
            return sender.run(progress, content, &mut keeping).await;
        }
        result
    };
    let extending = extend(sent, claimed.lease, is_lost);
    let out_of_time = async {
        sent.stopping.cancelled().await;
        tokio::time::sleep(sent.settings.stop_time).await;
    };
    tokio::select! {
        biased;
        result = running => Some(result),
        () = out_of_time => None,
        never = extending => match never {},
    }
}

/// The agency gives a candidate no credential. It may give one to what serves, which nothing of a candidate's holds up.
fn is_left_to_what_serves(agency: &Agency, result: &Result<Stopped, RunError>) -> bool {
    let Err(RunError::Credential { stopped, .. }) = result else {
        return false;
    };
    !matches!(**stopped, Stopped::NotSent(_)) && agency.leave_to_what_serves()
}

fn may_run(sent: &SentAgency, sender: &Sender, progress: &Progress) -> Result<(), RunError> {
    sender.may_run(progress, sent.agency.now()?)
}

/// Extends a lease for as long as it is waited for.
async fn extend(
    sent: &SentAgency,
    lease: Lease<OperationId>,
    is_lost: &AtomicBool,
) -> std::convert::Infallible {
    let duration = sent.settings.lease;
    let interval = (duration / 3).max(Duration::from_millis(1));
    loop {
        tokio::time::sleep(interval).await;
        if is_lost.load(Ordering::SeqCst) {
            continue;
        }
        let extended = ask(&sent.store, move |store| store.extend(&lease, duration));
        match extended.await {
            Ok(Some(_)) => {}
            Ok(None) => is_lost.store(true, Ordering::SeqCst),
            Err(error) => {
                let (agency, operation) = (&sent.id, lease.id.0);
                tracing::warn!(target: "silta::sending", agency, operation, %error, "the lease of an operation was not extended; it is tried again");
            }
        }
    }
}

/// Lets another go on at once with what was cut off. Its progress is kept.
async fn give_back(sent: &SentAgency, lease: Lease<OperationId>) {
    let again = silta_store::record::Outcome::Again {
        delay: Duration::ZERO,
        progress: None,
        note: None,
    };
    let given = ask(&sent.store, move |store| store.settle(&lease, &again)).await;
    if let Err(error) = given {
        let (agency, operation) = (&sent.id, lease.id.0);
        tracing::warn!(target: "silta::sending", agency, operation, %error, "an operation that was cut off could not be given back; it goes on after its lease");
    }
}
