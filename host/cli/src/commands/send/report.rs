// SPDX-License-Identifier: Apache-2.0
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use silta::{
    describe::Idempotency,
    exchange::{Outcome, RetryClass},
};
use silta_gateway::{
    operation::{Progress, Stopped},
    outbound::{self, NotSent},
};

use super::state::State;
use crate::{
    commands::parse::{documents::WrittenDocument, report},
    failure::Failure,
    output::facts,
};

/// What is told of the sending beside the outcome.
pub(super) struct Sending {
    reference: String,
    exchanges: u32,
    sendings: u32,
    state: Option<PathBuf>,
    /// Whether a repetition may take effect twice.
    may_double: bool,
}

impl Sending {
    pub(super) fn of(progress: &Progress, state: &State, idempotency: Idempotency) -> Self {
        let (reference, sendings) = state.last_sent();
        Self {
            reference: reference.to_owned(),
            exchanges: progress.exchanges() + 1,
            sendings,
            state: state.path().map(Path::to_owned),
            may_double: idempotency == Idempotency::Never,
        }
    }

    /// What to do where nobody knows whether a request arrived.
    pub(super) fn advice(&self) -> String {
        match &self.state {
            _ if self.may_double => "Whether the agency took the request is not known, and a repetition may take effect twice: ask the agency by the reference first.".to_owned(),
            Some(state) => format!(
                "Whether the agency took the request is not known. Send the very same bytes again, later: the same command line with `--state {}`.",
                state.display()
            ),
            None => "Whether the agency took the request is not known, and its bytes were not kept, since no `--state` was given: ask the agency by the reference before it is built anew.".to_owned(),
        }
    }
}

pub(super) fn as_json(
    stopped: &Stopped,
    outcome: &Outcome,
    documents: &[WrittenDocument<'_>],
    sending: &Sending,
) -> Value {
    let mut shown = report::as_json(outcome, documents);
    if let Some(members) = shown.as_object_mut() {
        let sent = json!({
            "reference": sending.reference,
            "exchange": sending.exchanges,
            "sendings": sending.sendings,
            "state": sending.state.as_ref().map(|path| path.display().to_string()),
            "unanswered": unanswered(stopped).map(|fact| json!({
                "phase": fact.phase.name(),
                "code": fact.reason.code(),
                "message": fact.to_string(),
            })),
        });
        members.insert("sending".to_owned(), sent);
    }
    shown
}

pub(super) fn as_text(
    stopped: &Stopped,
    outcome: &Outcome,
    documents: &[WrittenDocument<'_>],
    sending: &Sending,
) -> String {
    let mut text = String::new();
    if let Some(fact) = unanswered(stopped) {
        text += &facts(&[("no answer", fact.to_string())]);
    }
    text += &report::as_text(outcome, documents);
    if outcome.class == RetryClass::UnknownOutcome {
        text += &format!("\n{}\n", sending.advice());
    } else if let (RetryClass::RetryLaterSameReference, Some(state)) =
        (outcome.class, &sending.state)
    {
        let state = state.display();
        text += &format!(
            "\nThe bytes are kept: the same command line with `--state {state}` sends them again.\n"
        );
    }
    text
}

fn unanswered(stopped: &Stopped) -> Option<&outbound::Unknown> {
    match stopped {
        Stopped::Outcome(_, fact) => fact.as_ref(),
        _ => None,
    }
}

/// Nothing left this machine: nothing has to be found out before it is sent again.
pub(super) fn not_sent(fact: &NotSent) -> Failure {
    let code = fact.reason.code();
    let message = fact.to_string();
    match fact.fault() {
        outbound::Fault::Caller => Failure::caller(code, "", &message),
        outbound::Fault::Configuration => Failure::configuration(code, &message),
        outbound::Fault::Counterparty => Failure::counterparty(code, &message),
        outbound::Fault::Network => Failure::network(code, &message),
    }
}
