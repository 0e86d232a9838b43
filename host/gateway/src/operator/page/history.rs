// SPDX-License-Identifier: Apache-2.0
//! What has been of an operation: its runs, and what somebody did to it.

use std::borrow::Cow;

use silta_store::{
    Store, StoreError, Timestamp,
    record::{Act, ActListing, Operation, OperationId, Run, Runs, Subject},
};

use super::{
    acts::{deed, who},
    layout::plain,
    trouble::Trouble,
    when::When,
    words::Words,
};

/// Acts that a timeline has, the last ones.
const ACTS: usize = 20;

/// A step of a timeline.
#[derive(Default)]
pub(super) struct Step {
    pub(super) tone: &'static str,
    pub(super) at: Option<When>,
    pub(super) what: Cow<'static, str>,
    /// Stands behind it: a name, a number, a code.
    pub(super) value: Option<String>,
    pub(super) link: Option<(String, String)>,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) moments: Vec<(&'static str, When)>,
    pub(super) words: Option<String>,
    pub(super) remedy: Option<&'static str>,
}

/// What the store has kept of it.
pub(super) struct Past {
    pub(super) runs: Runs,
    /// By number.
    acts: Vec<Act>,
    pub(super) has_more_acts: bool,
}

impl Past {
    pub(super) fn of(store: &dyn Store, id: OperationId) -> Result<Self, StoreError> {
        let mut acts = store.acts(&ActListing {
            newest_first: true,
            subject: Some(Subject::Operation(id)),
            limit: ACTS as u32 + 1,
            ..ActListing::default()
        })?;
        let has_more_acts = acts.len() > ACTS;
        acts.truncate(ACTS);
        acts.reverse();
        Ok(Self {
            runs: store.runs(id)?,
            acts,
            has_more_acts,
        })
    }
}

/// Its steps, as they came one after the other. The last run of one that goes on is told with what helps against it; the end of one that is over has a step of its own.
pub(super) fn history(
    operation: &Operation,
    past: &Past,
    (now, w): (Timestamp, &'static Words),
) -> Vec<Step> {
    let state = &operation.state;
    let (last, ended) = (state.last.as_ref(), state.ended.as_ref());
    // Several may have come to the same within one millisecond: it is the one of the highest number.
    let may_be_last =
        |run: &&Run| last.is_some_and(|last| (last.at, &last.class) == (run.at, &run.class));
    let last_kept = past.runs.kept.iter().filter(may_be_last);
    let last_number = last_kept.map(|run| run.number).max();
    let is_last = |run: &Run| last_number == Some(run.number);
    let is_end = |run: &Run| {
        let ends = ["done", "refused", "given-up"].contains(&run.class.as_str());
        ends && ended.is_some_and(|ended| ended.at == run.at)
    };
    let is_told = ended.is_none() || last_number.is_none();
    let runs = past.runs.kept.iter();
    let runs = runs.filter(|run| !(is_end(run) || is_told && is_last(run)));
    let runs = runs.map(|run| (run.at, ran(run, now, w)));
    let last_run = last.filter(|_| is_told).and_then(|last| {
        let step = last_run(operation, now, w)?;
        Some((last.at, step))
    });
    let acts = past.acts.iter().map(|act| (act.at, decided(act, now, w)));
    let mut all: Vec<_> = runs.chain(last_run).chain(acts).collect();
    // What came at the same time stays in this order: somebody decides on what has been.
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, step)| step).collect()
}

/// An earlier run.
fn ran(run: &Run, now: Timestamp, w: &'static Words) -> Step {
    let trouble = Trouble::of_class(&run.class);
    let mut facts = vec![(w.run, run.number.to_string())];
    if !run.code.is_empty() {
        facts.push((w.code, plain(&run.code)));
    }
    let has_words = trouble.is_in_our_words() && !run.text.is_empty();
    Step {
        tone: "idle",
        at: Some(When::new(run.at, now, w)),
        what: (w.trouble)(trouble).what.into(),
        facts,
        words: has_words.then(|| plain(&run.text)),
        ..Step::default()
    }
}

/// What somebody did to it.
fn decided(act: &Act, now: Timestamp, w: &'static Words) -> Step {
    Step {
        tone: "idle",
        at: Some(When::new(act.at, now, w)),
        what: deed(&act.record.deed, w).into(),
        link: act.record.new.map(link_to),
        facts: vec![(w.who, who(&act.record.by, w))],
        ..Step::default()
    }
}

pub(super) fn link_to(id: OperationId) -> (String, String) {
    (format!("/operations/{id}"), id.to_string())
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

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use silta_store::{
        MemoryStore, SetClock,
        record::{Claim, Note, Outcome, Submission},
    };

    use super::*;
    use crate::operator::page::language::Language;

    fn again(class: &str) -> Outcome {
        Outcome::Again {
            delay: Duration::ZERO,
            progress: None,
            note: Some(Note {
                class: class.into(),
                counts: true,
                ..Note::default()
            }),
        }
    }

    /// What is told of an operation whose runs came to this, all within one millisecond.
    fn told(outcomes: &[Outcome]) -> Vec<String> {
        let clock = SetClock::at(Timestamp(1_700_000_000_000));
        let store = MemoryStore::with_clock(Arc::new(clock));
        let wish = Submission {
            agency: "courier".into(),
            operation: "deliver".into(),
            ..Submission::default()
        };
        store.submit(&wish).unwrap();
        let mut id = None;
        for outcome in outcomes {
            let claim = Claim {
                limit: 1,
                duration: Duration::from_secs(60),
                ..Claim::default()
            };
            let claimed = store.claim(&claim).unwrap().remove(0);
            store.settle(&claimed.lease, outcome).unwrap();
            id = Some(claimed.operation.id);
        }
        let operation = store.operation(id.unwrap()).unwrap().unwrap();
        let past = Past::of(&store, operation.id).unwrap();
        let w = Language::English.words();
        let steps = history(&operation, &past, (store.now().unwrap(), w));
        let steps = steps.iter();
        steps.map(|step| step.what.clone().into_owned()).collect()
    }

    fn words_of(classes: &[&str]) -> Vec<&'static str> {
        let w = Language::English.words();
        let classes = classes.iter();
        classes
            .map(|class| (w.trouble)(Trouble::of_class(class)).what)
            .collect()
    }

    #[test]
    fn a_run_at_the_time_of_the_end_is_told() {
        let ended = Outcome::Ended(Box::default());
        let told = told(&[again("denied"), again("not-sent"), ended]);
        assert_eq!(told, words_of(&["denied", "not-sent"]));
    }

    #[test]
    fn runs_that_came_to_the_same_at_the_same_time_are_told_each() {
        let told = told(&[again("not-sent"), again("not-sent"), again("not-sent")]);
        assert_eq!(told, words_of(&["not-sent", "not-sent", "not-sent"]));
    }
}
