// SPDX-License-Identifier: Apache-2.0
//! What comes of the calls of all cases, once for the tests that look at it from their own sides.

use std::sync::OnceLock;

use serde_json::Value;
use silta::exchange::Verdict;

use super::{
    super::case::{self, Case, Exercise},
    Extra, Viestit, cases, signing,
};

/// What comes of the call of a case.
pub(super) struct Outcome {
    /// Of the case.
    pub(super) name: String,
    /// The shape of answers that the settings choose.
    pub(super) shape: String,
    /// The call before it was signed, where the settings want the strict shape and it was accepted.
    pub(super) strict_call: Option<String>,
    /// Bodies of the answers to the call and to its repetition; empty ones are left out.
    pub(super) answers: Vec<String>,
    /// Lines of the log, keys and references of events, the reason of a rejection.
    pub(super) told: Vec<String>,
    /// Data of events.
    pub(super) data: Vec<String>,
}

pub(super) fn outcomes() -> &'static [Outcome] {
    static OUTCOMES: OnceLock<Vec<Outcome>> = OnceLock::new();
    OUTCOMES.get_or_init(|| {
        let viestit = Viestit::new();
        let cases = cases().into_iter();
        let outcome = |(name, (case, body)): (String, (Case<Extra>, Option<Vec<u8>>))| {
            outcome(&viestit, name, &case, body.as_deref())
        };
        cases.filter_map(outcome).collect()
    })
}

fn outcome(
    viestit: &Viestit,
    name: String,
    case: &Case<Extra>,
    body: Option<&[u8]>,
) -> Option<Outcome> {
    let Exercise::Validate { settings, .. } = &case.exercise else {
        return None;
    };
    viestit.0.recorder.reset();
    let sent = signing::prepared(case, body);
    let verdict = case::validate(viestit, case, sent.as_deref());
    let verdict = verdict.unwrap_or_else(|error| panic!("{name}: {error}"));
    let lines = viestit.0.recorder.lines().into_iter();
    let mut told: Vec<_> = lines.map(|(_, line)| line).collect();
    let mut data = Vec::new();
    let (replies, is_accepted) = match &verdict {
        Verdict::Accepted(accepted) => {
            for event in &accepted.events {
                told.push(event.deduplication_key.clone());
                told.extend(event.about.clone());
                data.push(event.data.to_string());
            }
            (vec![&accepted.reply, &accepted.reply_to_duplicate], true)
        }
        Verdict::Rejected(rejected) => {
            told.push(rejected.reason.to_string());
            (vec![&rejected.reply], false)
        }
    };
    let answers = replies.iter().map(|reply| reply.body.to_vec());
    let mut answers: Vec<_> = answers
        .map(|body| String::from_utf8(body).unwrap())
        .collect();
    answers.retain(|body| !body.is_empty());
    answers.dedup();
    let is_strict = settings.get("shape") == Some(&Value::from("strict"));
    let call = body.map(|body| String::from_utf8_lossy(body).into_owned());
    let response = settings.get("response");
    let shape = response.and_then(|response| response["item-shape"].as_str());
    Some(Outcome {
        name,
        shape: shape.unwrap_or("wsdl").to_owned(),
        strict_call: call.filter(|_| is_strict && is_accepted),
        answers,
        told,
        data,
    })
}
