// SPDX-License-Identifier: Apache-2.0
//! Deciding on an operation: what it comes to is said first, and done when somebody confirms it.

use std::net::IpAddr;

use askama::Template;
use silta_store::{
    StoreError,
    record::{Decided, Decision, OperationId, OperationPhase},
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
    actions: bool,
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
    let may_be_taken = sent.may_be_taken();
    let has_conversation = operation.wish.lane.is_some();
    let is_over = phase == OperationPhase::Ended;
    let (heading, button) = match act {
        Act::Resume => (w.resume_heading, w.do_resume),
        Act::Cancel => (w.cancel_heading, w.do_cancel),
    };
    let confirm = Confirm {
        w,
        id,
        agency: plain(&operation.agency),
        name: plain(&operation.wish.operation),
        state: badge(phase, state.ended.as_ref().map(|ended| ended.end), w),
        consequences: consequences(act, may_be_taken, has_conversation, w),
        button,
        is_final: act == Act::Cancel,
        action: format!("/operations/{id}/{}", act.name()),
        token: (facts.actions && !is_over).then(|| guard.token(id, state.epoch, act)),
        epoch: state.epoch,
        actions: facts.actions,
    };
    Ok(Content {
        title: format!("{heading} {id}"),
        html: confirm.render()?,
    })
}

fn consequences(
    act: Act,
    may_be_taken: bool,
    has_conversation: bool,
    w: &'static Words,
) -> Vec<&'static str> {
    let mut told = match act {
        Act::Resume => vec![w.resume_goes_on, w.resume_counts_anew],
        Act::Cancel => vec![w.cancel_ends, w.cancel_not_undone, w.cancel_event],
    };
    if may_be_taken {
        told.push(match act {
            Act::Resume => w.resume_twice,
            Act::Cancel => w.cancel_taken,
        });
    }
    if act == Act::Cancel && has_conversation {
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

/// What became of it.
pub(super) enum Acted {
    Done,
    /// The form is of another process, or of an operation that has moved on.
    Outdated,
    UnderWay,
    Over,
    Missing,
    /// It was not asked for.
    Unread(StoreError),
    /// It may have been done.
    Unclear,
}

/// Does it. The log has who decided what, whatever became of it.
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
        Acted::Done => "done",
        Acted::Outdated => "outdated",
        Acted::UnderWay => "under-way",
        Acted::Over => "over",
        Acted::Missing => "missing",
        Acted::Unread(_) => "store-failed",
        Acted::Unclear => "unclear",
    };
    match acted {
        Acted::Done => {
            tracing::info!(target: "silta::operator", act, operation, %address, user, outcome, "decided on the operator's page");
        }
        Acted::Unread(_) | Acted::Unclear => {
            tracing::error!(target: "silta::operator", act, operation, %address, user, outcome, "a decision on the operator's page was not, or may not have been, done");
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
    if operation.state.ended.is_some() {
        return Acted::Over;
    }
    if operation.state.epoch != *epoch {
        return Acted::Outdated;
    }
    let decision = match act {
        Act::Resume => Decision::Resume,
        Act::Cancel => Decision::Cancel,
    };
    let decided = facts.store.decide(*id, decision);
    facts.forget();
    match decided {
        Ok(Decided::Done) => Acted::Done,
        Ok(Decided::UnderWay) => Acted::UnderWay,
        Ok(Decided::Over) => Acted::Over,
        Err(error) => {
            let operation = id.0;
            tracing::error!(target: "silta::operator", operation, %error, "the store has not said whether a decision was done");
            Acted::Unclear
        }
    }
}
