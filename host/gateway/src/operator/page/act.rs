// SPDX-License-Identifier: Apache-2.0
//! Deciding on an operation: what it comes to is said first, and done when somebody confirms it.

use std::net::IpAddr;

use askama::Template;
use silta_store::{
    StoreError,
    record::{
        Actor, Decided, Decision, End, Operation, OperationId, OperationPhase, Submitted, Way,
    },
};

use super::{
    facts::{Facts, NoPage},
    guard::Guard,
    language::Language,
    layout::{Badge, Content, Prose, plain},
    operations::badge,
    route::Act,
    words::Words,
};
use crate::operation::{self, NotReplayed, Replayed};

#[derive(Template)]
#[template(path = "confirm.html")]
struct Confirm {
    w: &'static Words,
    id: OperationId,
    agency: String,
    name: String,
    state: Badge,
    consequences: Vec<&'static str>,
    button: &'static str,
    is_final: bool,
    action: String,
    /// `None` where nothing may be decided here.
    token: Option<String>,
    epoch: u64,
    /// Why nothing may be decided.
    refused: &'static str,
}

/// Asks whether it is meant.
pub(super) fn confirm(
    facts: &Facts,
    guard: &Guard,
    language: Language,
    (id, act): (OperationId, Act),
) -> Result<Content, NoPage> {
    let w = language.words();
    let operation = facts.store.operation(id)?.ok_or(NoPage::Missing)?;
    let now = facts.store.now()?;
    let state = &operation.state;
    let phase = state.phase(now);
    let sent = facts.sent.of(&*facts.store, &operation)?;
    let mut may = acts(&operation, phase, replay_of(facts, &operation, phase)?);
    let is_possible =
        may.any(|may| may == act) || (act == Act::Replay && phase == OperationPhase::Held);
    let (heading, button) = match act {
        Act::Resume => (w.resume_heading, w.do_resume),
        Act::Cancel => (w.cancel_heading, w.do_cancel),
        Act::Replay => (w.replay_heading, w.do_replay),
    };
    let confirm = Confirm {
        w,
        id,
        agency: plain(&operation.agency),
        name: plain(&operation.wish.operation),
        state: badge(phase, state.ended.as_ref().map(|ended| ended.end), w),
        consequences: consequences(act, &operation, sent.may_be_taken(), w),
        button,
        is_final: act == Act::Cancel,
        action: format!("/operations/{id}/{}", act.name()),
        token: (facts.actions && is_possible).then(|| guard.token(id, state.epoch, act)),
        epoch: state.epoch,
        refused: match (facts.actions, act) {
            (false, _) => w.actions_off,
            (true, Act::Replay) => not_replayable(operation::obstacle(&operation, phase), w),
            (true, Act::Resume | Act::Cancel) => w.is_over,
        },
    };
    Ok(Content {
        title: format!("{heading} {id}"),
        html: confirm.render()?,
    })
}

/// What is offered on an operation that has come so far, and that another one may do once more already. What is held is replayed by `Resume`, which is the same.
pub(super) fn acts(
    operation: &Operation,
    phase: OperationPhase,
    replay: Option<OperationId>,
) -> impl Iterator<Item = Act> + use<> {
    let is_over = phase == OperationPhase::Ended;
    let may_be_replayed = operation::obstacle(operation, phase).is_none() && replay.is_none();
    Act::ALL.into_iter().filter(move |act| match act {
        Act::Resume | Act::Cancel => !is_over,
        Act::Replay => is_over && may_be_replayed,
    })
}

/// The operation that does one that has ended once more. Asked only of what can be replayed: nothing else ever was.
pub(super) fn replay_of(
    facts: &Facts,
    operation: &Operation,
    phase: OperationPhase,
) -> Result<Option<OperationId>, StoreError> {
    let is_over = phase == OperationPhase::Ended;
    if !is_over || operation::obstacle(operation, phase).is_some() {
        return Ok(None);
    }
    operation::replay_of(&*facts.store, operation.id)
}

/// Why there is nothing to do once more; nothing stands against it but that it was done, where there is no reason.
pub(super) fn not_replayable(why: Option<NotReplayed>, w: &'static Words) -> &'static str {
    match why {
        None => w.replay_known,
        Some(NotReplayed::Waits) => w.replay_waits,
        Some(NotReplayed::Done) => w.replay_done,
        Some(NotReplayed::Poll) => w.replay_poll,
        Some(NotReplayed::UnderWay) => w.under_way,
        Some(NotReplayed::Over) => w.is_over,
        Some(NotReplayed::Gone) => w.content_gone,
        Some(NotReplayed::Moved) => w.wrong_token,
    }
}

fn consequences(
    act: Act,
    operation: &Operation,
    may_be_taken: bool,
    w: &'static Words,
) -> Vec<&'static str> {
    let ended = operation.state.ended.as_ref().map(|ended| ended.end);
    let mut told = match (act, ended) {
        (Act::Cancel, _) => vec![w.cancel_ends, w.cancel_not_undone, w.cancel_event],
        (Act::Resume, _) | (Act::Replay, None) => vec![w.resume_goes_on, w.resume_counts_anew],
        (Act::Replay, Some(End::Refused)) => vec![w.replay_anew, w.replay_once, w.replay_refused],
        // What was sent of it is not kept any more.
        (Act::Replay, Some(_)) => vec![w.replay_anew, w.replay_once, w.replay_twice],
    };
    if may_be_taken {
        told.push(match act {
            Act::Resume | Act::Replay => w.resume_twice,
            Act::Cancel => w.cancel_taken,
        });
    }
    if act == Act::Cancel && operation.wish.lane.is_some() {
        told.push(w.cancel_conversation);
    }
    told.push(w.is_logged);
    told
}

/// What somebody has confirmed.
pub(super) struct Confirmed {
    pub(super) id: OperationId,
    pub(super) act: Act,
    pub(super) token: String,
    pub(super) epoch: u64,
    pub(super) address: IpAddr,
    /// By the word of a proxy.
    pub(super) user: Option<String>,
}

impl Confirmed {
    fn actor(&self) -> Actor {
        Actor {
            way: Way::PAGE,
            name: self.user.clone().unwrap_or_default(),
            address: self.address.to_string(),
        }
    }
}

/// What became of it.
pub(super) enum Acted {
    /// It was, and that is the operation to look at now.
    Done(OperationId),
    /// Somebody had done it before, and that is the operation to look at.
    Known(OperationId),
    /// The form is of another process, or of an operation that has moved on.
    Outdated,
    UnderWay,
    Over,
    /// There is nothing to do once more.
    NotReplayable(NotReplayed),
    /// Files of it are gone.
    Gone,
    Missing,
    /// It was not asked for.
    Unread(StoreError),
    /// It may have been done.
    Unclear,
}

/// Does it. The log has who decided what, whatever became of it; the store, what was done.
pub(super) fn decide(facts: &Facts, guard: &Guard, confirmed: &Confirmed) -> Acted {
    let acted = decided(facts, guard, confirmed);
    let Confirmed {
        id,
        act,
        address,
        user,
        ..
    } = confirmed;
    let (operation, act) = (id.0, act.name());
    let user = user.as_deref().unwrap_or_default();
    let outcome = match &acted {
        Acted::Done(_) => "done",
        Acted::Known(_) => "known",
        Acted::Outdated => "outdated",
        Acted::UnderWay => "under-way",
        Acted::Over => "over",
        Acted::NotReplayable(_) => "not-replayable",
        Acted::Gone => "content-gone",
        Acted::Missing => "missing",
        Acted::Unread(_) => "store-failed",
        Acted::Unclear => "unclear",
    };
    match acted {
        Acted::Known(OperationId(goes_on)) => {
            tracing::info!(target: "silta::operator", act, operation, goes_on, %address, user, outcome, "a decision on the operator's page had been done before");
        }
        Acted::Done(OperationId(goes_on)) => {
            tracing::info!(target: "silta::operator", act, operation, goes_on, %address, user, outcome, "decided on the operator's page");
        }
        Acted::Unread(_) => {
            tracing::error!(target: "silta::operator", act, operation, %address, user, outcome, "a decision on the operator's page was not done: the store failed");
        }
        Acted::Unclear => {
            tracing::error!(target: "silta::operator", act, operation, %address, user, outcome, "a decision on the operator's page may have been done");
        }
        _ => {
            tracing::warn!(target: "silta::operator", act, operation, %address, user, outcome, "a decision on the operator's page was not done");
        }
    }
    acted
}

fn decided(facts: &Facts, guard: &Guard, confirmed: &Confirmed) -> Acted {
    let Confirmed {
        id,
        act,
        token,
        epoch,
        ..
    } = confirmed;
    if !guard.is_token(token, *id, *epoch, *act) {
        return Acted::Outdated;
    }
    let operation = match facts.store.operation(*id) {
        Ok(Some(operation)) => operation,
        Ok(None) => return Acted::Missing,
        Err(error) => return Acted::Unread(error),
    };
    if *act != Act::Replay && operation.state.ended.is_some() {
        return Acted::Over;
    }
    if operation.state.epoch != *epoch {
        return Acted::Outdated;
    }
    let by = confirmed.actor();
    let acted = match act {
        Act::Resume => decide_so(facts, (*id, *epoch), Decision::Resume, &by),
        Act::Cancel => decide_so(facts, (*id, *epoch), Decision::Cancel, &by),
        Act::Replay => replay(facts, &operation, by),
    };
    facts.forget();
    acted.unwrap_or_else(|error| unanswered(*id, error))
}

/// What is known of a decision where the store has answered with an error.
fn unanswered(OperationId(operation): OperationId, error: StoreError) -> Acted {
    match error {
        StoreError::Unknown(_) => {
            tracing::error!(target: "silta::operator", operation, %error, "the store has not said whether a decision was done");
            Acted::Unclear
        }
        // All others say that nothing was changed.
        error => Acted::Unread(error),
    }
}

fn decide_so(
    facts: &Facts,
    (id, epoch): (OperationId, u64),
    decision: Decision,
    by: &Actor,
) -> Result<Acted, StoreError> {
    Ok(match facts.store.decide(id, Some(epoch), decision, by)? {
        Decided::Done => Acted::Done(id),
        Decided::UnderWay => Acted::UnderWay,
        Decided::Over => Acted::Over,
        Decided::Moved => Acted::Outdated,
    })
}

fn replay(facts: &Facts, operation: &Operation, by: Actor) -> Result<Acted, StoreError> {
    Ok(match operation::replay(&*facts.store, operation, by)? {
        Replayed::Resumed => Acted::Done(operation.id),
        Replayed::Anew(Submitted::New(new)) => Acted::Done(new),
        Replayed::Anew(Submitted::Known(new)) => Acted::Known(new),
        Replayed::Not(NotReplayed::UnderWay) => Acted::UnderWay,
        Replayed::Not(NotReplayed::Over) => Acted::Over,
        Replayed::Not(NotReplayed::Gone) => Acted::Gone,
        Replayed::Not(NotReplayed::Moved) => Acted::Outdated,
        Replayed::Not(why @ (NotReplayed::Waits | NotReplayed::Done | NotReplayed::Poll)) => {
            Acted::NotReplayable(why)
        }
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use silta_store::Cause;

    use super::*;

    /// Somebody who is told that it may have been done has to look; who knows that it was not decides again.
    #[test]
    fn only_what_nobody_knows_is_unclear() {
        let cause = || Cause::new("the disk is full");
        let closed = StoreError::Unavailable {
            reason: cause(),
            retry_after: Duration::from_secs(1),
        };
        for error in [closed, StoreError::Broken(cause())] {
            let acted = unanswered(OperationId(17), error.clone());
            assert!(matches!(acted, Acted::Unread(told) if told == error));
        }
        let acted = unanswered(OperationId(17), StoreError::Unknown(cause()));
        assert!(matches!(acted, Acted::Unclear));
    }
}
