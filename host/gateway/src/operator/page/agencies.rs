// SPDX-License-Identifier: Apache-2.0
//! One agency: what serves it, what did before, and rolling back.

use askama::Template;
use silta_store::{
    Timestamp,
    record::{Generation, GenerationListing, GenerationOutcome, TrialMode},
};

use super::{
    facts::{Facts, NoPage},
    generation_decision::{Confirmed, Decided, GenerationAct},
    guard::Guard,
    language::Language,
    layout::{Badge, Content, Prose, Tone, plain},
    trials::{self, DifferenceRow},
    when::When,
    words::Words,
};
use crate::generations::{DeployError, Standing, standing};

/// Generations that are shown; `silta component history` has the others.
const SHOWN: u32 = 20;

struct Row {
    number: u64,
    state: Badge,
    version: String,
    component: String,
    at: When,
    by: String,
    why: String,
}

struct DrainingRow {
    number: u64,
    calls: usize,
    seconds: u64,
}

#[derive(Template)]
#[template(path = "agency.html")]
struct Shown {
    w: &'static Words,
    id: String,
    state: Badge,
    facts: Vec<(&'static str, String)>,
    since: Option<When>,
    is_otherwise: bool,
    draining: Vec<DrainingRow>,
    rows: Vec<Row>,
    actions: bool,
    can_roll_back: bool,
    trial: Option<TrialShown>,
}

/// What is on trial.
struct TrialShown {
    facts: Vec<(&'static str, String)>,
    since: When,
    lacking: Vec<String>,
    differences: Vec<DifferenceRow>,
    /// Whether it may serve a share of the conversations next.
    is_shadow: bool,
    /// Why it does not go on for the moment, and since when.
    waiting: Option<(String, When)>,
}

#[derive(Template)]
#[template(path = "rollback.html")]
struct Confirm {
    w: &'static Words,
    id: String,
    facts: Vec<(&'static str, String)>,
    /// `None` where nothing may be decided here, or there is nothing to return to.
    token: Option<String>,
    serving: u64,
    actions: bool,
}

/// The page of an agency.
pub(super) fn content(facts: &Facts, language: Language, id: &str) -> Result<Content, NoPage> {
    let w = language.words();
    let standing = stands(facts, id)?;
    let now = facts.store.now()?;
    let listing = GenerationListing {
        agency: id.to_owned(),
        before: 0,
        limit: SHOWN,
    };
    let generations = facts.store.generations(&listing)?.into_iter();
    let service = standing.record.as_ref().and_then(Generation::service);
    let (word, tone) = match standing.serving {
        Some(_) => (w.serving, Tone::Good),
        None => (w.stopped, Tone::Bad),
    };
    let shown = Shown {
        w,
        id: plain(id),
        state: Badge { word, tone },
        facts: told(&standing, w),
        since: service.map(|service| When::new(service.since, now, w)),
        is_otherwise: standing.configured_otherwise.is_some(),
        draining: standing.draining.iter().map(draining).collect(),
        rows: generations.map(|one| row(&one, now, w)).collect(),
        actions: facts.actions,
        can_roll_back: standing.earlier.is_some() && facts.deployer.is_some(),
        trial: trials::on_trial(facts, id).map(|trial| TrialShown {
            facts: trials::told(&trial, w),
            since: When::new(trial.trial.since, now, w),
            lacking: trials::lacking(&trial, w),
            differences: trials::differences(&trial, w),
            is_shadow: trial.trial.mode == TrialMode::Shadow,
            waiting: trial.waiting.map(|waiting| {
                let since = When::new(waiting.since.into(), now, w);
                (plain(&waiting.why), since)
            }),
        }),
    };
    Ok(Content {
        title: format!("{} {}", w.agency, plain(id)),
        html: shown.render()?,
    })
}

/// Asks whether a rollback is meant.
pub(super) fn confirm(
    facts: &Facts,
    guard: &Guard,
    language: Language,
    id: &str,
) -> Result<Content, NoPage> {
    let w = language.words();
    let standing = stands(facts, id)?;
    let serving = standing.serving.as_ref().map_or(0, |info| info.number);
    let is_possible = facts.actions && standing.earlier.is_some() && facts.deployer.is_some();
    let confirm = Confirm {
        w,
        id: plain(id),
        facts: told(&standing, w),
        token: is_possible.then(|| guard.token_of(&meaning(id, serving))),
        serving,
        actions: facts.actions,
    };
    Ok(Content {
        title: format!("{} {}", w.rollback_heading, plain(id)),
        html: confirm.render()?,
    })
}

const ROLLBACK: GenerationAct = GenerationAct {
    name: "rollback",
    refused: |error| match error {
        // What serves is just being replaced, or has been.
        DeployError::Outdated { .. } | DeployError::UnderWay => Some(Decided::Outdated),
        DeployError::NoEarlier => Some(Decided::NoEarlier),
        _ => None,
    },
};

/// Does a rollback that somebody has confirmed.
pub(super) fn roll_back(facts: &Facts, guard: &Guard, confirmed: &Confirmed) -> Decided {
    let (id, serving) = (confirmed.agency.as_str(), confirmed.generation);
    let meaning = meaning(id, serving);
    confirmed.decide((facts, guard), (&ROLLBACK, &meaning), |deployer, wanted| {
        deployer.roll_back(id, Some(serving), wanted).map(drop)
    })
}

fn stands(facts: &Facts, id: &str) -> Result<Standing, NoPage> {
    let known = facts.agencies.iter().find(|(known, _)| known == id);
    let (_, agency) = known.ok_or(NoPage::Missing)?;
    Ok(standing(&*facts.store, id, agency)?)
}

/// What a form is for: rolling an agency back as long as that generation serves.
fn meaning(id: &str, serving: u64) -> String {
    format!("rollback {id} {serving}")
}

/// What serves, and what would after a rollback.
fn told(standing: &Standing, w: &'static Words) -> Vec<(&'static str, String)> {
    let mut told = Vec::new();
    if let Some(info) = &standing.serving {
        told.push((w.generation, info.number.to_string()));
        told.push((w.version, plain(&info.version)));
        told.push((w.component, info.component.clone()));
    }
    let service = standing.record.as_ref().and_then(Generation::service);
    if let Some(service) = service {
        told.push((w.by, plain(&service.by)));
        told.push((w.why, plain(&service.why)));
    }
    let earlier = standing.earlier.as_ref();
    let earlier = earlier.map(|info| format!("{}, {}", info.number, plain(&info.version)));
    told.push((w.earlier, earlier.unwrap_or_else(|| w.none.to_owned())));
    told
}

/// Of one whose trial ended without it serving, how.
fn retired(generation: &Generation, w: &'static Words) -> &'static str {
    match generation.state() {
        "discarded" => w.trial_discarded,
        "replaced" => w.trial_replaced,
        "refused" => w.trial_refused,
        "rolled-back" => w.trial_rolled_back,
        _ => w.retired,
    }
}

/// What was seen of one that was on trial: calls that are the same, and calls that differ.
fn seen(generation: &Generation, w: &'static Words) -> Option<String> {
    let trial = generation.trial.as_ref()?;
    let (same, different) = (trial.evidence.same, trial.evidence.different);
    let lacked = trial.end.as_ref().map(|end| end.lacked.as_str());
    let lacked = lacked.filter(|lacked| !lacked.is_empty());
    let lacked = lacked.map_or_else(String::new, |lacked| format!("; --anyway: {lacked}"));
    Some(match trial.mode {
        TrialMode::Shadow => format!(
            "{}: {same}; {}: {different}{lacked}",
            w.trial_same, w.trial_different
        ),
        TrialMode::Canary => {
            let (calls, wrong) = (
                trial.evidence.candidate.calls,
                trial.evidence.candidate.wrong_calls(),
            );
            let why = trial.evidence.rollback.as_deref();
            let why = why.map_or_else(String::new, |why| format!("; {why}"));
            format!(
                "{}: {calls}; {}: {wrong}{lacked}{why}",
                w.canary_candidate, w.canary_wrong
            )
        }
    })
}

fn row(generation: &Generation, now: Timestamp, w: &'static Words) -> Row {
    let (word, tone) = match &generation.outcome {
        GenerationOutcome::Prepared if generation.is_on_trial() => (w.on_trial, Tone::Idle),
        GenerationOutcome::Prepared => (w.prepared, Tone::Idle),
        GenerationOutcome::Serving => (w.serving, Tone::Good),
        GenerationOutcome::Retired => (retired(generation, w), Tone::Idle),
        GenerationOutcome::Rejected(_) => (w.rejected, Tone::Bad),
    };
    let last = generation.services.last();
    let (at, by) = last.map_or((generation.at, &generation.by), |last| {
        (last.since, &last.by)
    });
    let why = match (&generation.outcome, last) {
        (GenerationOutcome::Rejected(rejection), _) => {
            // Reason and reference are for whoever may deploy, as in the API.
            format!("{}: {}", rejection.step, rejection.code)
        }
        (_, Some(last)) => last.why.clone(),
        (_, None) => generation.why.clone(),
    };
    let why = match seen(generation, w) {
        Some(seen) if why.is_empty() => seen,
        Some(seen) => format!("{why} ({seen})"),
        None => why,
    };
    Row {
        number: generation.number,
        state: Badge { word, tone },
        version: plain(&generation.version),
        component: match generation.outcome.is_without_component() {
            true => String::new(),
            false => generation.component.to_string(),
        },
        at: When::new(at, now, w),
        by: plain(by),
        why: plain(&why),
    }
}

fn draining(draining: &silta::Draining) -> DrainingRow {
    DrainingRow {
        number: draining.number,
        calls: draining.calls,
        seconds: draining.oldest.as_secs(),
    }
}

#[cfg(test)]
mod tests {
    use silta_store::record::GenerationRejection;

    use super::*;

    #[test]
    fn what_could_not_be_fetched_has_no_component_and_no_reference_on_the_page() {
        let at = Timestamp(1_000);
        let refused = |step: &str| Generation {
            agency: "tulli".into(),
            number: 2,
            component: silta_store::Digest([7; 32]),
            bytes: 0,
            version: String::new(),
            settings: String::new(),
            at,
            by: "token erp".into(),
            why: String::new(),
            is_downgrade: false,
            package: None,
            outcome: GenerationOutcome::Rejected(GenerationRejection {
                step: step.into(),
                code: "registry.not-allowed".into(),
                reason: "of inner.example".into(),
                reference: Some("inner.example/tulli".into()),
            }),
            services: Vec::new(),
            services_left_out: 0,
            trial: None,
        };
        let shown = |step: &str| row(&refused(step), at, Language::English.words());
        let fetched = shown("fetched");
        assert_eq!(fetched.component, "");
        assert_eq!(fetched.why, "fetched: registry.not-allowed");
        assert_ne!(shown("linked").component, "");
    }
}
