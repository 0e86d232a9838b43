// SPDX-License-Identifier: Apache-2.0
//! One operation, from its submission to its end.

use std::borrow::Cow;

use askama::Template;
use silta_store::{
    Timestamp,
    record::{
        Act as Done, ActListing, End, Operation, OperationId, OperationPhase, Origin, Subject,
    },
};

use super::{
    act,
    acts::{deed, who},
    facts::{Facts, NoPage},
    language::Language,
    layout::{Badge, Content, Prose, plain},
    operations::badge,
    route::{Act, ActFilter},
    sent::{Sent, Summary},
    trouble::Trouble,
    when::When,
    words::Words,
};

/// Acts that a timeline has, the last ones.
const ACTS: usize = 20;

/// A step of a timeline.
#[derive(Default)]
struct Step {
    tone: &'static str,
    at: Option<When>,
    what: Cow<'static, str>,
    /// Stands behind it: a name, a number, a code.
    value: Option<String>,
    link: Option<(String, String)>,
    facts: Vec<(&'static str, String)>,
    moments: Vec<(&'static str, When)>,
    words: Option<String>,
    remedy: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "operation.html")]
struct Shown {
    w: &'static Words,
    agency: String,
    name: String,
    state: Badge,
    steps: Vec<Step>,
    in_conversation: bool,
    payload: Option<u64>,
    attachments: usize,
    /// What may be decided, and where.
    acts: Vec<(&'static str, String)>,
    actions: bool,
    /// Whether the agency's own words are left out.
    has_agency_words: bool,
    has_last: bool,
    /// Where all acts are, if there are more than are shown.
    more_acts: Option<String>,
}

/// The page.
pub(super) fn content(
    facts: &Facts,
    language: Language,
    id: OperationId,
) -> Result<Content, NoPage> {
    let w = language.words();
    let operation = facts.store.operation(id)?.ok_or(NoPage::Missing)?;
    let now = facts.store.now()?;
    let state = &operation.state;
    let phase = state.phase(now);
    let sent = facts.sent.of(&*facts.store, &operation)?;
    let trouble = state
        .last
        .as_ref()
        .map(|last| Trouble::of_class(&last.class));
    let replay = act::replay_of(facts, &operation)?;
    let acts = act::acts(&operation, phase, replay).map(|act| {
        let word = match act {
            Act::Resume => w.resume,
            Act::Cancel => w.cancel,
            Act::Replay => w.replay,
        };
        (word, format!("/operations/{id}/{}", act.name()))
    });
    let done = facts.store.acts(&ActListing {
        newest_first: true,
        subject: Some(Subject::Operation(id)),
        limit: ACTS as u32 + 1,
        ..ActListing::default()
    })?;
    let mut steps = steps(&operation, &sent, &done, (now, w));
    steps.extend(replay.map(|replay| replayed(replay, w)));
    let shown = Shown {
        w,
        agency: plain(&operation.agency),
        name: plain(&operation.wish.operation),
        state: badge(phase, state.ended.as_ref().map(|ended| ended.end), w),
        steps,
        in_conversation: operation.wish.lane.is_some(),
        payload: operation.wish.payload.as_ref().map(|payload| payload.size),
        attachments: operation.wish.attachments.len(),
        acts: acts.collect(),
        actions: facts.actions,
        has_agency_words: trouble.is_some_and(|trouble| !trouble.is_in_our_words()),
        has_last: state.last.is_some(),
        more_acts: (done.len() > ACTS).then(|| {
            let filter = ActFilter {
                operation: Some(id),
                ..ActFilter::default()
            };
            filter.address()
        }),
    };
    Ok(Content {
        title: format!("{} {id}", w.operation),
        html: shown.render()?,
    })
}

fn steps(
    operation: &Operation,
    sent: &Sent,
    done: &[Done],
    (now, w): (Timestamp, &'static Words),
) -> Vec<Step> {
    let mut steps = vec![submitted(operation, now, w)];
    steps.extend(sending(sent, now, w));
    // A step that something was decided on may stand behind what was decided.
    let run = last_run(operation, now, w);
    let run_at = operation.state.last.as_ref().map(|last| last.at);
    let is_before = |act: &&Done| run_at.is_some_and(|at| act.at < at);
    let done = done.iter().take(ACTS).rev();
    steps.extend(
        done.clone()
            .filter(is_before)
            .map(|act| decided(act, now, w)),
    );
    steps.extend(run);
    let after = done.filter(|act| !is_before(act));
    steps.extend(after.map(|act| decided(act, now, w)));
    if operation.state.resumed {
        steps.push(Step {
            tone: "good",
            what: w.told_resumed.into(),
            ..Step::default()
        });
    }
    steps.push(present(operation, now, w));
    steps
}

/// What somebody did to it.
fn decided(act: &Done, now: Timestamp, w: &'static Words) -> Step {
    Step {
        tone: "idle",
        at: Some(When::new(act.at, now, w)),
        what: deed(&act.record.deed, w).into(),
        link: act.record.new.map(link_to),
        facts: vec![(w.who, who(&act.record.by, w))],
        ..Step::default()
    }
}

fn submitted(operation: &Operation, now: Timestamp, w: &'static Words) -> Step {
    let wish = &operation.wish;
    let (what, link) = match wish.origin {
        Origin::Submitted if wish.poll.is_some() => (w.told_poll, None),
        Origin::Submitted => match wish.replay_of {
            Some(old) => (w.told_replay, Some(link_to(old))),
            None => (w.told_submitted, None),
        },
        Origin::Entry(position) => {
            let link = (format!("/inbox/{position}"), position.to_string());
            (w.told_from_entry, Some(link))
        }
        Origin::Operation(id) => (w.told_from_operation, Some(link_to(id))),
    };
    Step {
        tone: "idle",
        at: Some(When::new(wish.submitted, now, w)),
        what: what.into(),
        link,
        facts: wish.by.iter().map(|by| (w.who, who(by, w))).collect(),
        ..Step::default()
    }
}

fn link_to(id: OperationId) -> (String, String) {
    (format!("/operations/{id}"), id.to_string())
}

/// Somebody had it done once more.
fn replayed(as_operation: OperationId, w: &'static Words) -> Step {
    Step {
        tone: "idle",
        what: w.told_replayed.into(),
        link: Some(link_to(as_operation)),
        ..Step::default()
    }
}

fn sending(sent: &Sent, now: Timestamp, w: &'static Words) -> Option<Step> {
    let summary: &Summary = match sent {
        Sent::Nothing => return None,
        Sent::Unknown => {
            return Some(Step {
                tone: "bad",
                what: w.progress_unreadable.into(),
                ..Step::default()
            });
        }
        Sent::Known(summary) => summary,
    };
    let mut facts = vec![(w.told_exchanges, summary.exchanges.to_string())];
    if summary.sendings > 0 {
        facts.push((w.told_sendings, summary.sendings.to_string()));
        facts.push((w.told_unresolved, summary.unresolved.to_string()));
    }
    let first = summary.first_unresolved.map(|at| (w.told_first_sent, at));
    let not_before = summary.not_before.map(|at| (w.told_not_before, at));
    let moments = first.into_iter().chain(not_before);
    let moments = moments.map(|(name, at)| (name, When::new(at.into(), now, w)));
    Some(Step {
        tone: if summary.unresolved > 0 {
            "warn"
        } else {
            "idle"
        },
        what: w.told_sent.into(),
        facts,
        moments: moments.collect(),
        ..Step::default()
    })
}

fn last_run(operation: &Operation, now: Timestamp, w: &'static Words) -> Option<Step> {
    let state = &operation.state;
    let last = state.last.as_ref()?;
    let trouble = Trouble::of_class(&last.class);
    let told = (w.trouble)(trouble);
    let mut facts = vec![(w.runs, state.runs.to_string())];
    if last.times > 1 {
        facts.push((w.times_in_a_row, last.times.to_string()));
    }
    if !last.code.is_empty() {
        facts.push((w.code, plain(&last.code)));
    }
    let is_over = state.ended.is_some();
    Some(Step {
        tone: if trouble.is_told() && !is_over {
            "bad"
        } else {
            "idle"
        },
        at: Some(When::new(last.at, now, w)),
        what: told.what.into(),
        facts,
        words: trouble.is_in_our_words().then(|| plain(&last.text)),
        remedy: (!is_over).then_some(told.remedy),
        ..Step::default()
    })
}

/// How it is now.
fn present(operation: &Operation, now: Timestamp, w: &'static Words) -> Step {
    let state = &operation.state;
    let when = |at| Some(When::new(at, now, w));
    if let Some(ended) = &state.ended {
        let end = badge(OperationPhase::Ended, Some(ended.end), w);
        let mut facts = Vec::new();
        if !ended.code.is_empty() {
            facts.push((w.code, plain(&ended.code)));
        }
        if !ended.reference.is_empty() {
            facts.push((w.reference, plain(&ended.reference)));
        }
        let link = ended.entry;
        return Step {
            tone: match ended.end {
                End::Done => "good",
                End::Refused => "bad",
                End::GivenUp => "warn",
            },
            at: when(ended.at),
            what: w.told_ended.into(),
            value: Some(end.word.to_owned()),
            link: link.map(|position| {
                let word = format!("{} {position}", w.told_entry);
                (format!("/inbox/{position}"), word)
            }),
            facts,
            ..Step::default()
        };
    }
    match state.phase(now) {
        OperationPhase::Held => Step {
            tone: "bad",
            what: w.told_held.into(),
            ..Step::default()
        },
        OperationPhase::Running => Step {
            tone: "good",
            what: w.told_running.into(),
            value: state.owner.as_deref().map(plain),
            moments: when(state.until)
                .map(|until| (w.told_lease, until))
                .into_iter()
                .collect(),
            ..Step::default()
        },
        OperationPhase::Waiting => Step {
            tone: "warn",
            at: when(state.until),
            what: w.told_waiting.into(),
            ..Step::default()
        },
        OperationPhase::Queued | OperationPhase::Ended => Step {
            tone: "idle",
            what: w.told_queued.into(),
            ..Step::default()
        },
    }
}
