// SPDX-License-Identifier: Apache-2.0
//! One operation, from its submission to its end.

use askama::Template;
use silta_store::{
    Timestamp,
    record::{End, Operation, OperationId, OperationPhase, Origin},
};

use super::{
    act,
    acts::who,
    facts::{Facts, NoPage},
    history::{Past, Step, history, link_to},
    language::Language,
    layout::{Badge, Content, Prose, plain},
    operations::badge,
    route::{Act, ActFilter},
    sent::{Sent, Summary},
    trouble::Trouble,
    when::When,
    words::Words,
};

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
    has_runs: bool,
    /// Runs that are not kept any more.
    cut: u32,
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
    let replay = act::replay_of(facts, &operation, phase)?;
    let acts = act::acts(&operation, phase, replay).map(|act| {
        let word = match act {
            Act::Resume => w.resume,
            Act::Cancel => w.cancel,
            Act::Replay => w.replay,
        };
        (word, format!("/operations/{id}/{}", act.name()))
    });
    let past = Past::of(&*facts.store, id)?;
    let mut steps = steps(&operation, &sent, &past, (now, w));
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
        has_runs: state.last.is_some() || !past.runs.kept.is_empty(),
        cut: past.runs.cut,
        more_acts: past.has_more_acts.then(|| {
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
    past: &Past,
    (now, w): (Timestamp, &'static Words),
) -> Vec<Step> {
    let mut steps = vec![submitted(operation, now, w)];
    steps.extend(sending(sent, now, w));
    steps.extend(history(operation, past, (now, w)));
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
