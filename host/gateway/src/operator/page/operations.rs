// SPDX-License-Identifier: Apache-2.0
//! Operations, the last ones first.

use askama::Template;
use silta_store::{
    Timestamp,
    record::{End, Operation, OperationId, OperationListing, OperationPhase},
};

use super::{
    facts::{Facts, NoPage},
    language::Language,
    layout::{Badge, Content, Tone, plain},
    route::Filter,
    trouble::Trouble,
    when::When,
    words::Words,
};

/// Rows of a page.
pub(super) const ROWS: usize = 50;

/// A choice of a filter.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) word: String,
    pub(super) is_chosen: bool,
}

struct Row {
    id: u64,
    agency: String,
    name: String,
    state: Badge,
    submitted: When,
    runs: u32,
    last: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "operations.html")]
struct Operations {
    w: &'static Words,
    agencies: Vec<Choice>,
    states: Vec<Choice>,
    name: String,
    rows: Vec<Row>,
    newest: Option<String>,
    older: Option<String>,
}

/// The page.
pub(super) fn content(
    facts: &Facts,
    language: Language,
    filter: &Filter<OperationPhase>,
) -> Result<Content, NoPage> {
    let w = language.words();
    let listing = OperationListing {
        after: OperationId(filter.before),
        newest_first: true,
        agencies: filter.agency.clone().into_iter().collect(),
        operation: filter.name.clone(),
        phase: filter.state,
        limit: ROWS as u32 + 1,
        ..OperationListing::default()
    };
    let page = facts.store.operations(&listing)?;
    let mut operations = page.operations;
    let has_more = operations.len() > ROWS;
    operations.truncate(ROWS);
    let at = |before: u64| {
        let filter = Filter {
            before,
            ..filter.clone()
        };
        filter.address()
    };
    let last = operations.last().map_or(0, |operation| operation.id.0);
    let states = OperationPhase::ALL.into_iter().map(|phase| Choice {
        value: phase.name().to_owned(),
        word: badge(phase, None, w).word.to_owned(),
        is_chosen: filter.state == Some(phase),
    });
    let shown = Operations {
        w,
        agencies: agencies(facts, filter.agency.as_deref()),
        states: states.collect(),
        name: filter.name.as_deref().map(plain).unwrap_or_default(),
        rows: operations
            .iter()
            .map(|operation| row(operation, page.now, w))
            .collect(),
        newest: (filter.before > 0).then(|| at(0)),
        older: has_more.then(|| at(last)),
    };
    Ok(Content {
        title: w.operations.to_owned(),
        html: shown.render()?,
    })
}

/// Agencies to choose from: those that are configured, and the one that is chosen.
pub(super) fn agencies(facts: &Facts, chosen: Option<&str>) -> Vec<Choice> {
    let mut ids: Vec<&str> = facts.agencies.iter().map(|(id, _)| id.as_str()).collect();
    ids.extend(chosen.filter(|chosen| !ids.contains(chosen)));
    ids.sort_unstable();
    let choices = ids.into_iter().map(|id| Choice {
        value: plain(id),
        word: plain(id),
        is_chosen: chosen == Some(id),
    });
    choices.collect()
}

/// Where the operations of an agency are; those of all, where its name is not to be shown as it is.
pub(super) fn list(agency: &str, state: Option<OperationPhase>) -> String {
    let filter = Filter {
        agency: Some(agency.to_owned()).filter(|agency| plain(agency) == *agency),
        state,
        name: None,
        before: 0,
    };
    filter.address()
}

/// The word for how far an operation has come, or for how it ended.
pub(super) fn badge(phase: OperationPhase, end: Option<End>, w: &'static Words) -> Badge {
    let (word, tone) = match (phase, end) {
        (_, Some(End::Done)) => (w.done, Tone::Good),
        (_, Some(End::Refused)) => (w.refused, Tone::Bad),
        (_, Some(End::GivenUp)) => (w.given_up, Tone::Warn),
        (OperationPhase::Queued, None) => (w.queued, Tone::Idle),
        (OperationPhase::Running, None) => (w.running, Tone::Good),
        (OperationPhase::Waiting, None) => (w.waiting, Tone::Warn),
        (OperationPhase::Held, None) => (w.held, Tone::Bad),
        (OperationPhase::Ended, None) => (w.ended, Tone::Idle),
    };
    Badge { word, tone }
}

fn row(operation: &Operation, now: Timestamp, w: &'static Words) -> Row {
    let state = &operation.state;
    let last = state.last.as_ref().filter(|_| state.ended.is_none());
    let last = last.map(|last| (w.trouble)(Trouble::of_class(&last.class)).what);
    Row {
        id: operation.id.0,
        agency: plain(&operation.agency),
        name: plain(&operation.wish.operation),
        state: badge(
            state.phase(now),
            state.ended.as_ref().map(|ended| ended.end),
            w,
        ),
        submitted: When::new(operation.wish.submitted, now, w),
        runs: state.runs,
        last,
    }
}
