// SPDX-License-Identifier: Apache-2.0
//! What is on trial of an agency, and deciding on it: what that comes to is said first, and done when somebody confirms it.

use askama::Template;

use super::{
    facts::{Facts, NoPage},
    generation_decision::{Confirmed, Decided, GenerationAct},
    guard::Guard,
    language::Language,
    layout::{Content, Prose, plain},
    route::TrialAct,
    words::Words,
};
use crate::{
    generations::{DeployError, TrialOrder, TrialStanding},
    trials::Lacking,
};
use silta_store::record::{ServedCalls, TrialMode, WrongEnd};

/// A difference, as it is shown.
pub(super) struct DifferenceRow {
    pub(super) kind: &'static str,
    pub(super) function: String,
    pub(super) place: String,
    pub(super) count: u64,
}

#[derive(Template)]
#[template(path = "trial.html")]
struct Confirm {
    w: &'static Words,
    id: String,
    facts: Vec<(&'static str, String)>,
    lacking: Vec<String>,
    consequences: Vec<&'static str>,
    button: &'static str,
    action: String,
    /// `None` where nothing may be decided here, or the candidate lacks something.
    token: Option<String>,
    trial: u64,
    /// Why nothing may be decided.
    refused: &'static str,
}

/// Asks whether it is meant.
pub(super) fn confirm(
    facts: &Facts,
    guard: &Guard,
    language: Language,
    (id, act): (&str, TrialAct),
) -> Result<Content, NoPage> {
    let w = language.words();
    let known = facts.agencies.iter().any(|(known, _)| known == id);
    if !known {
        return Err(NoPage::Missing);
    }
    let trial = on_trial(facts, id).ok_or(NoPage::Missing)?;
    let is_shadow = trial.trial.mode == TrialMode::Shadow;
    if act == TrialAct::Canary && !is_shadow {
        return Err(NoPage::Missing);
    }
    let is_ready = act == TrialAct::Discard || trial.lacking.is_empty();
    let (heading, button, consequences) = match act {
        TrialAct::Promote => (
            w.promote_heading,
            w.do_promote,
            vec![w.promote_serves, w.rollback_calls, w.is_logged],
        ),
        TrialAct::Canary => (
            w.canary_heading,
            w.do_canary,
            vec![w.canary_serves, w.canary_ends, w.is_logged],
        ),
        TrialAct::Discard => (
            w.discard_heading,
            w.do_discard,
            vec![w.discard_ends, w.is_logged],
        ),
    };
    let lacking = match act {
        TrialAct::Promote | TrialAct::Canary => lacking(&trial, w),
        TrialAct::Discard => Vec::new(),
    };
    let confirm = Confirm {
        w,
        id: plain(id),
        facts: told(&trial, w),
        lacking,
        consequences,
        button,
        action: format!("/agencies/{}/{}", plain(id), act.name()),
        token: (facts.actions && is_ready).then(|| guard.token_of(&meaning(act, id, trial.number))),
        trial: trial.number,
        refused: match facts.actions {
            true => w.promote_anyway,
            false => w.actions_off,
        },
    };
    Ok(Content {
        title: format!("{heading} {}", plain(id)),
        html: confirm.render()?,
    })
}

/// What is on trial of an agency.
pub(super) fn on_trial(facts: &Facts, id: &str) -> Option<TrialStanding> {
    facts.deployer.as_ref()?.trial(id)
}

/// What there is to know of a trial.
pub(super) fn told(trial: &TrialStanding, w: &'static Words) -> Vec<(&'static str, String)> {
    let evidence = &trial.trial.evidence;
    let left_out = evidence.left_out.iter();
    let left_out: Vec<_> = left_out
        .map(|(why, count)| format!("{count} {why}"))
        .collect();
    let mut told = vec![
        (w.generation, trial.number.to_string()),
        (w.version, plain(&trial.version)),
        (w.component, trial.component.clone()),
        (w.by, plain(&trial.trial.by)),
        (w.why, plain(&trial.trial.why)),
    ];
    let share = format!("{} ‰", trial.trial.of_thousand);
    match trial.trial.mode {
        TrialMode::Shadow => told.extend([
            (w.trial_share, share),
            (w.trial_same, evidence.same.to_string()),
            (w.trial_different, evidence.different.to_string()),
        ]),
        TrialMode::Canary => told.extend([
            (w.canary_share, share),
            (w.canary_candidate, served(&evidence.candidate, w)),
            (w.canary_serving, served(&evidence.serving, w)),
        ]),
    }
    if let Some(why) = &evidence.rollback {
        told.push((w.trial_rolled_back, plain(why)));
    }
    if !left_out.is_empty() {
        told.push((w.trial_left_out, left_out.join(", ")));
    }
    if evidence.differences_left_out > 0 {
        told.push((w.trial_more, evidence.differences_left_out.to_string()));
    }
    told
}

/// How calls ended.
fn served(served: &ServedCalls, w: &'static Words) -> String {
    format!(
        "{} ({}: {}, {}: {})",
        served.calls, w.canary_problems, served.problems, w.canary_stopped, served.stopped
    )
}

/// What it lacks, in the words of a language.
pub(super) fn lacking(trial: &TrialStanding, w: &'static Words) -> Vec<String> {
    let all = trial.lacking.iter();
    all.map(|lacking: &Lacking| (w.trial_lacking)(lacking))
        .collect()
}

/// What differs.
pub(super) fn differences(trial: &TrialStanding, w: &'static Words) -> Vec<DifferenceRow> {
    let evidence = &trial.trial.evidence;
    let of = |served: &[WrongEnd], whose: &'static str| -> Vec<_> {
        let rows = served.iter().map(|one| DifferenceRow {
            kind: whose,
            function: plain(&format!("{} {}", one.function, one.operation)),
            place: plain(&one.code),
            count: one.count,
        });
        rows.collect()
    };
    let candidate = of(&evidence.candidate.wrong, w.canary_wrong);
    let serving = of(&evidence.serving.wrong, w.canary_wrong_serving);
    let all = evidence.differences.iter();
    let all = all.map(|one| DifferenceRow {
        kind: match one.kind.as_str() {
            "question" => w.kind_question,
            "stopped" => w.kind_stopped,
            "result" => w.kind_result,
            "bytes" => w.kind_bytes,
            _ => w.kind_value,
        },
        function: plain(&format!("{} {}", one.function, one.operation)),
        place: plain(&match one.element.as_str() {
            "" => one.place.clone(),
            element => format!("{} {element}", one.place),
        }),
        count: one.count,
    });
    all.chain(candidate).chain(serving).collect()
}

/// What a form is for: deciding on a trial as long as that generation is on trial.
fn meaning(act: TrialAct, id: &str, number: u64) -> String {
    format!("{} {id} {number}", act.name())
}

/// Does what somebody has confirmed of a trial.
pub(super) fn decide(
    facts: &Facts,
    guard: &Guard,
    (act, confirmed): (TrialAct, &Confirmed),
) -> Decided {
    let number = confirmed.generation;
    let meaning = meaning(act, &confirmed.agency, number);
    let kind = GenerationAct {
        name: act.name(),
        refused: |error| match error {
            // Something else is on trial by now, or it lacks something or is not to be taken by now.
            DeployError::NotOnTrial { .. }
            | DeployError::Lacking { .. }
            | DeployError::IsCanary { .. }
            | DeployError::Refused { .. }
            | DeployError::UnderWay => Some(Decided::Outdated),
            _ => None,
        },
    };
    confirmed.decide((facts, guard), (&kind, &meaning), |deployer, wanted| {
        let order = TrialOrder {
            agency: confirmed.agency.clone(),
            number: Some(number),
            anyway: false,
            wanted: wanted.clone(),
        };
        let decided = match act {
            TrialAct::Promote => deployer.promote(&order),
            TrialAct::Canary => deployer.promote_to_canary(&order, None),
            TrialAct::Discard => deployer.discard(&order),
        };
        decided.map(drop)
    })
}
