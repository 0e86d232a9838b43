// SPDX-License-Identifier: Apache-2.0
//! Operations as the API shows them.

use serde::Serialize;
use silta::observe::masked;
use silta_store::{
    Timestamp,
    record::{Actor, End, Operation, OperationPhase, Origin, Runs},
};
use utoipa::ToSchema;

use super::{entry::EntryLink, moment::moment};
use crate::{
    operation::Progress,
    platform::token::{Client, Permission},
};

/// An operation, and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationView {
    /// Its number. Numbers grow, and there are gaps.
    #[schema(example = 17)]
    id: u64,
    /// Agency that it is for.
    #[schema(example = "courier")]
    agency: String,
    /// The operation.
    #[schema(example = "deliver")]
    operation: String,
    /// How far it has come.
    state: StateView,
    /// Goes up each time that it is given out to be carried out, or given back.
    epoch: u64,
    /// When it was queued (RFC 3339).
    #[schema(format = DateTime)]
    submitted: String,
    /// Where it comes from.
    origin: OriginView,
    /// Of one that somebody submitted: who.
    #[serde(skip_serializing_if = "Option::is_none")]
    submitted_by: Option<ActorView>,
    /// The conversation whose operations go one after the other.
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<String>,
    /// Of one that is running: when it may be given out again should nothing be heard of it. Of one that is waiting: when it goes on. RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    until: Option<String>,
    /// Of one that is held: why somebody has to decide on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_because: Option<String>,
    /// What was sent so far. Only where one operation is asked for, and only when a request was built.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<ProgressView>,
    /// How its runs ended, the last ones. Only where one operation is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    runs: Option<RunsView>,
    /// Of one that has ended: how.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<EndedView>,
    /// The operation that it does once more, because somebody had that replayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 16)]
    replay_of: Option<u64>,
    /// Trace that it belongs to: the `traceparent` (W3C Trace Context) that it was submitted with, or one that was made then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    trace: Option<String>,
    /// Where it is.
    #[schema(example = "/v1/operations/17")]
    href: String,
}

/// Who did something.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActorView {
    /// By which way: `token`, `page` (the operator's), or another.
    #[schema(example = "token")]
    way: String,
    /// The id of a token, or a user. Told only to that token itself and to tokens that may `decide`; left out, too, where nobody is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "erp")]
    name: Option<String>,
}

impl ActorView {
    fn told_to(client: &Client, actor: Actor) -> Self {
        let may_know = client.actor() == actor || client.token().may.contains(&Permission::Decide);
        let name = (may_know && !actor.name.is_empty()).then_some(actor.name);
        Self {
            way: actor.way.name().to_owned(),
            name,
        }
    }
}

/// How far an operation has come.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum StateView {
    /// Its time has come, and nobody has it; an earlier one of its conversation may hold it up.
    Queued,
    /// It is being carried out.
    Running,
    /// It goes on later.
    Waiting,
    /// Somebody has to decide on it.
    Held,
    /// It is over.
    Ended,
}

/// Where an operation comes from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum OriginView {
    /// Somebody submitted it.
    Submitted,
    /// It follows from the entry of this position.
    Entry(u64),
    /// It follows from the operation of this number.
    Operation(u64),
}

/// What was sent of an operation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProgressView {
    /// Exchanges with the agency that are over.
    exchanges: u32,
    /// How often the request under way may have left.
    sendings: u32,
    /// After how many of these nobody knows whether the agency took it.
    unresolved: u32,
    /// When the first of the unresolved ones was sent (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    first_sent: Option<String>,
    /// The reference under which the request was built.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// Before this moment it does not go on, because the agency said so (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    not_before: Option<String>,
}

/// How runs of an operation ended. What was only put off is no run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunsView {
    /// How many came before these and are not kept any more (`store.kept-runs`).
    cut: u32,
    /// Those that are kept, by number.
    kept: Vec<RunView>,
}

/// How a run of an operation ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunView {
    /// Which one: the first is 1.
    #[schema(example = 1)]
    number: u32,
    /// When (RFC 3339).
    #[schema(format = DateTime)]
    at: String,
    /// What kind of end it is: `not-sent`, `unknown-outcome`, `denied` and others; `done`, `refused` and `given-up` ended the operation.
    #[schema(example = "not-sent")]
    class: String,
    /// The agency's code, or one of our own; empty where there is none.
    code: String,
    /// In words; empty where there are none. What looks like a personal identity code is masked.
    reason: String,
}

impl From<Runs> for RunsView {
    fn from(runs: Runs) -> Self {
        let kept = runs.kept.into_iter().map(|run| RunView {
            number: run.number,
            at: moment(run.at),
            reason: masked(&run.text).into(),
            class: run.class,
            code: run.code,
        });
        Self {
            cut: runs.cut,
            kept: kept.collect(),
        }
    }
}

/// How an operation ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EndedView {
    /// Which way.
    end: EndView,
    /// The agency's code; empty where there is none.
    code: String,
    /// What the agency calls the transmission; empty where there is nothing.
    reference: String,
    /// When (RFC 3339).
    #[schema(format = DateTime)]
    at: String,
    /// The entry of the inbox with what it brought, if that was anything new.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<EntryLink>,
}

/// Which way an operation ended.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum EndView {
    /// Done.
    Done,
    /// The agency refused it for good.
    Refused,
    /// It was given up, or somebody cancelled it.
    GivenUp,
}

/// Operations, by their numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OperationList {
    /// Moment that their states are of (RFC 3339).
    #[schema(format = DateTime)]
    pub(crate) now: String,
    /// The operations.
    pub(crate) operations: Vec<OperationView>,
    /// There may be more: ask again with `after` set to this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) more: Option<u64>,
}

impl OperationView {
    /// As a client gets to see it.
    pub(crate) fn new(operation: Operation, now: Timestamp, client: &Client) -> Self {
        let phase = operation.state.phase(now);
        let until = matches!(phase, OperationPhase::Running | OperationPhase::Waiting);
        let (id, wish, state) = (operation.id.0, operation.wish, operation.state);
        Self {
            id,
            agency: operation.agency,
            operation: wish.operation,
            state: match phase {
                OperationPhase::Queued => StateView::Queued,
                OperationPhase::Running => StateView::Running,
                OperationPhase::Waiting => StateView::Waiting,
                OperationPhase::Held => StateView::Held,
                OperationPhase::Ended => StateView::Ended,
            },
            epoch: state.epoch,
            submitted: moment(wish.submitted),
            origin: match wish.origin {
                Origin::Submitted => OriginView::Submitted,
                Origin::Entry(position) => OriginView::Entry(position.0),
                Origin::Operation(id) => OriginView::Operation(id.0),
            },
            submitted_by: wish.by.map(|by| ActorView::told_to(client, by)),
            conversation: wish.lane,
            until: until.then(|| moment(state.until)),
            held_because: state.held,
            progress: None,
            runs: None,
            ended: state.ended.map(|ended| EndedView {
                end: match ended.end {
                    End::Done => EndView::Done,
                    End::Refused => EndView::Refused,
                    End::GivenUp => EndView::GivenUp,
                },
                code: ended.code,
                reference: ended.reference,
                at: moment(ended.at),
                entry: ended.entry.map(|position| EntryLink {
                    position: position.0,
                    href: format!("/v1/inbox/{position}"),
                }),
            }),
            replay_of: wish.replay_of.map(|old| old.0),
            trace: wish.trace,
            href: format!("/v1/operations/{id}"),
        }
    }

    pub(crate) fn with_runs(self, runs: Runs) -> Self {
        Self {
            runs: Some(runs.into()),
            ..self
        }
    }

    pub(crate) fn with_progress(self, progress: &Progress) -> Self {
        let attempt = progress.attempt();
        let shown = |at: std::time::SystemTime| moment(at.into());
        let progress = ProgressView {
            exchanges: progress.exchanges(),
            sendings: attempt.map_or(0, |attempt| attempt.sendings),
            unresolved: attempt.map_or(0, |attempt| attempt.unresolved),
            first_sent: attempt.and_then(|attempt| attempt.first_sent).map(shown),
            reference: attempt.map(|attempt| attempt.request.reference.clone()),
            not_before: progress.not_before().map(shown),
        };
        Self {
            progress: Some(progress),
            ..self
        }
    }
}
