// SPDX-License-Identifier: Apache-2.0
//! Trials as the API shows them.

use std::collections::BTreeMap;

use serde::Serialize;
use silta_store::record::{
    ServedCalls, Trial, TrialDifference, TrialEnd, TrialMode, TrialOutcome, WrongEnd,
};
use utoipa::ToSchema;

use super::view::moment;
use crate::generations::TrialStanding;

/// A trial: the component did calls again that what served had answered, and nothing was answered by it (`shadow`); or it served a share of the conversations itself (`canary`).
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrialView {
    /// `shadow` or `canary`.
    #[schema(example = "shadow")]
    mode: &'static str,
    /// Of a thousand calls, so many are done again; or of a thousand conversations, it serves so many.
    #[schema(example = 100)]
    share: u32,
    /// Since when (RFC 3339).
    #[schema(format = DateTime)]
    since: String,
    /// Who wanted it.
    #[schema(example = "token operations")]
    by: String,
    /// Why.
    why: String,
    /// Calls that were done again with the same result.
    same: u64,
    /// Calls of which the result differs.
    different: u64,
    /// Calls that were drawn and not done again, by the reason: `most-waiting` and `most-bytes` (there was no room), `withheld` (a secret is not told apart from the rest of it),
    /// `other-settings` (they were served by other settings, keys or limits than the candidate has), `limit.concurrent-calls`, `limit.drain`, `not-repeatable`, `failed` (a defect).
    left_out: BTreeMap<String, u64>,
    /// What differs: kinds and places, at most 50, and nothing that a call holds.
    differences: Vec<DifferenceView>,
    /// Differences that are not among these.
    differences_left_out: u64,
    /// Of one that serves or served a share of the conversations: how its calls ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    candidate_calls: Option<ServedCallsView>,
    /// How those of what serves the others ended, over the same time.
    #[serde(skip_serializing_if = "Option::is_none")]
    serving_calls: Option<ServedCallsView>,
    /// Why it serves no conversation any more, where it was worse than what serves.
    #[serde(skip_serializing_if = "Option::is_none")]
    rollback: Option<String>,
    /// How it ended; not there while it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<TrialEndView>,
}

/// Something that differs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DifferenceView {
    /// `question` (it asked the host for something else), `stopped` (it trapped, or exceeded a limit), `result` (another case), `bytes` or `value`.
    #[schema(example = "bytes")]
    kind: String,
    /// The contract's function.
    #[schema(example = "envelope.build")]
    function: String,
    /// The operation, or `validate`.
    #[schema(example = "upload")]
    operation: String,
    /// Where: a JSON pointer into the result with `*` for the number of an item; the question; the code of the error; or the cases.
    #[schema(example = "/val/body")]
    place: String,
    /// The element of the XML that it is in; empty where it is in none.
    #[schema(example = "/Envelope/Header/Security")]
    element: String,
    /// How often.
    count: u64,
}

/// How calls ended: numbers and codes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServedCallsView {
    /// All of them.
    calls: u64,
    /// Those of which the component found something wrong.
    problems: u64,
    /// Those in which it was stopped: it crashed, broke the contract, or met a limit or its deadline.
    stopped: u64,
    /// What was wrong, at most 50.
    wrong: Vec<WrongEndView>,
    /// Calls with something wrong that are not among these.
    wrong_left_out: u64,
}

/// What was wrong with calls.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WrongEndView {
    /// `problem` or `stopped`.
    #[schema(example = "problem")]
    kind: String,
    /// The contract's function.
    #[schema(example = "message.parse")]
    function: String,
    /// The operation, or `validate`.
    #[schema(example = "upload")]
    operation: String,
    /// The code.
    #[schema(example = "component.crash")]
    code: String,
    /// How often.
    count: u64,
}

/// How a trial ended.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrialEndView {
    /// When (RFC 3339).
    #[schema(format = DateTime)]
    at: String,
    /// `promoted`, `discarded`, `replaced` (another component was put into service), `refused` (it cannot be prepared any more) or `rolled-back` (it was worse than what serves).
    #[schema(example = "promoted")]
    outcome: String,
    /// By whom.
    by: String,
    /// Why. Of one that was `refused`, only for tokens that may `deploy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// What it lacked when somebody promoted it all the same, in words; not there where it lacked nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    lacked: String,
}

impl TrialView {
    /// For whoever need not know of the gateway's files.
    pub(crate) fn without_reason(self) -> Self {
        let is_refused = |end: &TrialEndView| end.outcome == TrialOutcome::REFUSED.name();
        let end = self.end.map(|end| match is_refused(&end) {
            true => TrialEndView { why: None, ..end },
            false => end,
        });
        Self { end, ..self }
    }
}

/// What is on trial.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OnTrialView {
    /// Number of the generation.
    #[schema(example = 18)]
    generation: u64,
    /// Version of its component.
    version: String,
    /// SHA-256 of its component.
    component: String,
    /// The trial.
    #[serde(flatten)]
    trial: TrialView,
    /// What it lacks before it may serve, in words; nothing where it may.
    lacking: Vec<String>,
    /// Why it does not go on for the moment; not there while it does. It is tried again each minute.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<WaitingView>,
}

/// Why a trial does not go on for the moment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WaitingView {
    /// Since when (RFC 3339).
    #[schema(format = DateTime)]
    since: String,
    /// In words; for a token that may `deploy`, since files of the gateway may be named.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

impl OnTrialView {
    /// For whoever need not know of the gateway's files.
    pub(crate) fn without_reason(self) -> Self {
        let waiting = self.waiting.map(|waiting| WaitingView {
            why: None,
            ..waiting
        });
        Self { waiting, ..self }
    }
}

impl From<Trial> for TrialView {
    fn from(trial: Trial) -> Self {
        let evidence = trial.evidence;
        let differences = evidence.differences.into_iter();
        let served = |served: ServedCalls| {
            (trial.mode == TrialMode::Canary).then(|| ServedCallsView::from(served))
        };
        Self {
            mode: trial.mode.name(),
            candidate_calls: served(evidence.candidate),
            serving_calls: served(evidence.serving),
            rollback: evidence.rollback,
            share: trial.of_thousand,
            since: moment(trial.since),
            by: trial.by,
            why: trial.why,
            same: evidence.same,
            different: evidence.different,
            left_out: evidence.left_out,
            differences: differences.map(DifferenceView::from).collect(),
            differences_left_out: evidence.differences_left_out,
            end: trial.end.map(TrialEndView::from),
        }
    }
}

impl From<TrialDifference> for DifferenceView {
    fn from(difference: TrialDifference) -> Self {
        Self {
            kind: difference.kind,
            function: difference.function,
            operation: difference.operation,
            place: difference.place,
            element: difference.element,
            count: difference.count,
        }
    }
}

impl From<ServedCalls> for ServedCallsView {
    fn from(served: ServedCalls) -> Self {
        Self {
            calls: served.calls,
            problems: served.problems,
            stopped: served.stopped,
            wrong: served.wrong.into_iter().map(WrongEndView::from).collect(),
            wrong_left_out: served.wrong_left_out,
        }
    }
}

impl From<WrongEnd> for WrongEndView {
    fn from(end: WrongEnd) -> Self {
        Self {
            kind: end.kind,
            function: end.function,
            operation: end.operation,
            code: end.code,
            count: end.count,
        }
    }
}

impl From<TrialEnd> for TrialEndView {
    fn from(end: TrialEnd) -> Self {
        Self {
            at: moment(end.at),
            outcome: end.outcome.name().to_owned(),
            by: end.by,
            why: Some(end.why),
            lacked: end.lacked,
        }
    }
}

impl From<TrialStanding> for OnTrialView {
    fn from(standing: TrialStanding) -> Self {
        Self {
            generation: standing.number,
            version: standing.version,
            component: standing.component,
            trial: standing.trial.into(),
            lacking: standing.lacking.iter().map(ToString::to_string).collect(),
            waiting: standing.waiting.map(|waiting| WaitingView {
                since: moment(waiting.since.into()),
                why: Some(waiting.why),
            }),
        }
    }
}
