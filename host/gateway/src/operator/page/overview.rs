// SPDX-License-Identifier: Apache-2.0
//! The first page: what needs attention, and how much there is of everything.

use askama::Template;
use silta::Agency;
use silta_store::{
    StoreError, Timestamp, Why,
    record::{Operation, OperationListing, OperationPhase, Queue, Status},
};

use super::{
    expiries,
    facts::{Facts, NoPage},
    language::Language,
    layout::{Badge, Content, Prose, Tone, plain},
    operations,
    trouble::Trouble,
    when::When,
    words::Words,
};

/// Operations that are named one by one; the list has the others.
const NAMED: usize = 10;

/// Waiting operations that are looked through for those that something has gone wrong with.
const LOOKED_THROUGH: u32 = 200;

/// Something that somebody should look at.
struct Concern {
    badge: Badge,
    /// What it is about: an agency, an operation, a certificate.
    about: String,
    href: Option<String>,
    what: &'static str,
    code: Option<String>,
    words: Option<String>,
    at: Option<When>,
    remedy: &'static str,
}

struct AgencyRow {
    id: String,
    state: Badge,
    version: String,
    generation: String,
    component: String,
    since: Option<When>,
}

struct QueueRow {
    agency: String,
    state: Badge,
    href: String,
    count: u64,
    oldest: Option<When>,
}

#[derive(Template)]
#[template(path = "overview.html")]
struct Overview {
    w: &'static Words,
    concerns: Vec<Concern>,
    /// Whether there are more held operations than are named.
    more_held: bool,
    agencies: Vec<AgencyRow>,
    queues: Vec<QueueRow>,
    waiting: u64,
    oldest_waiting: Option<When>,
    entries: u64,
    ended: u64,
}

/// The page.
pub(super) fn content(facts: &Facts, language: Language) -> Result<Content, NoPage> {
    let w = language.words();
    let status = facts.status()?;
    let now = facts.store.now()?;
    let (held, more_held) = held(facts)?;
    let mut concerns = of_gateway(facts, &status, w);
    concerns.extend(of_certificates(facts, now, w));
    let troubled = troubled(facts)?;
    let troubled = held.iter().chain(&troubled).map(|operation| {
        let badge = operations::badge(operation.state.phase(now), None, w);
        of_operation(operation, badge, now, w)
    });
    concerns.extend(troubled.collect::<Vec<_>>());
    let agencies = facts.agencies.iter();
    let overview = Overview {
        w,
        concerns,
        more_held,
        agencies: agencies.map(|agency| agency_row(agency, now, w)).collect(),
        queues: queue_rows(&status, now, w),
        waiting: status.waiting,
        oldest_waiting: status.oldest_waiting.map(|at| When::new(at, now, w)),
        entries: status.entries,
        ended: status.ended,
    };
    Ok(Content {
        title: w.overview.to_owned(),
        html: overview.render()?,
    })
}

/// The last operations on which somebody has to decide, and whether there are more.
fn held(facts: &Facts) -> Result<(Vec<Operation>, bool), StoreError> {
    let mut held = last(facts, OperationPhase::Held, NAMED as u32 + 1)?;
    let more = held.len() > NAMED;
    held.truncate(NAMED);
    Ok((held, more))
}

/// Operations that go on by themselves, and with whose last run something was wrong.
fn troubled(facts: &Facts) -> Result<Vec<Operation>, StoreError> {
    let waiting = last(facts, OperationPhase::Waiting, LOOKED_THROUGH)?.into_iter();
    let troubled = waiting.filter(|operation| {
        let last = operation.state.last.as_ref();
        last.is_some_and(|last| Trouble::of_class(&last.class).is_told())
    });
    Ok(troubled.take(NAMED).collect())
}

fn last(facts: &Facts, phase: OperationPhase, limit: u32) -> Result<Vec<Operation>, StoreError> {
    let listing = OperationListing {
        phase: Some(phase),
        newest_first: true,
        limit,
        ..OperationListing::default()
    };
    match facts.store.operations(&listing) {
        Ok(page) => Ok(page.operations),
        // Of a newer version of the program: that there are some is told by their number.
        Err(StoreError::Refused(Why::Newer { .. })) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// What is wrong with the gateway itself and its agencies.
fn of_gateway(facts: &Facts, status: &Status, w: &'static Words) -> Vec<Concern> {
    let concern = |about: &str, tone, state, (what, remedy)| Concern {
        badge: Badge { word: state, tone },
        about: about.to_owned(),
        href: None,
        what,
        code: None,
        words: None,
        at: None,
        remedy,
    };
    let mut concerns = Vec::new();
    if let Err(error) = facts.store.ready() {
        concerns.push(Concern {
            words: Some(plain(&error.to_string())),
            ..concern(
                w.store,
                Tone::Bad,
                w.stopped,
                (w.store_unready, w.store_remedy),
            )
        });
    }
    for (id, agency) in &facts.agencies {
        if agency.generation_info().is_err() {
            let told = ((w.trouble)(Trouble::NotServed).what, w.stopped_remedy);
            concerns.push(concern(id, Tone::Bad, w.stopped, told));
        }
    }
    for (id, way) in facts.silent() {
        let told = (w.silent, w.silent_remedy);
        concerns.push(Concern {
            code: Some(way.to_owned()),
            ..concern(id, Tone::Warn, w.waiting, told)
        });
    }
    if status.newer > 0 {
        let told = (w.newer_records, w.newer_remedy);
        concerns.push(Concern {
            code: Some(status.newer.to_string()),
            ..concern(w.store, Tone::Warn, w.waiting, told)
        });
    }
    concerns
}

fn of_certificates(facts: &Facts, now: Timestamp, w: &'static Words) -> Vec<Concern> {
    let rows = expiries::rows(facts, now, w).into_iter();
    let near = rows.filter(|row| row.is_near);
    let concerns = near.map(|row| Concern {
        badge: row.reminder.clone(),
        about: row.role,
        href: Some("/certificates".to_owned()),
        what: w.ends,
        code: None,
        words: None,
        at: Some(row.ends),
        remedy: w.certificate_remedy,
    });
    concerns.collect()
}

fn of_operation(operation: &Operation, badge: Badge, now: Timestamp, w: &'static Words) -> Concern {
    let last = operation.state.last.as_ref();
    let trouble = last.map_or(Trouble::Other, |last| Trouble::of_class(&last.class));
    let told = (w.trouble)(trouble);
    let words = last.filter(|_| trouble.is_in_our_words());
    Concern {
        badge,
        about: format!(
            "{} {} {}",
            operation.id,
            plain(&operation.agency),
            plain(&operation.wish.operation)
        ),
        href: Some(format!("/operations/{}", operation.id)),
        what: told.what,
        code: last.map(|last| plain(&last.code)),
        words: words.map(|last| plain(&last.text)),
        at: last.map(|last| When::new(last.at, now, w)),
        remedy: told.remedy,
    }
}

fn agency_row((id, agency): &(String, Agency), now: Timestamp, w: &'static Words) -> AgencyRow {
    let info = agency.generation_info().ok();
    let (word, tone) = match info {
        Some(_) => (w.serving, Tone::Good),
        None => (w.stopped, Tone::Bad),
    };
    let info = info.as_ref();
    let none = || w.none.to_owned();
    AgencyRow {
        id: plain(id),
        state: Badge { word, tone },
        version: info.map_or_else(none, |info| plain(&info.version)),
        generation: info.map_or_else(none, |info| info.number.to_string()),
        component: info.map_or_else(none, |info| info.component.clone()),
        since: info.map(|info| When::new(info.made.into(), now, w)),
    }
}

/// What waits of each agency, and what is held.
fn queue_rows(status: &Status, now: Timestamp, w: &'static Words) -> Vec<QueueRow> {
    let rows = |queue: &Queue| {
        [
            (queue.queued, queue.oldest_queued, None),
            (queue.held, queue.oldest_held, Some(OperationPhase::Held)),
        ]
        .map(|(count, oldest, state)| {
            let (word, tone) = match state {
                None => (w.not_ended, Tone::Idle),
                Some(_) => (w.held, Tone::Bad),
            };
            let href = operations::list(&queue.agency, state);
            QueueRow {
                agency: plain(&queue.agency),
                state: Badge { word, tone },
                href,
                count,
                oldest: oldest.map(|at| When::new(at, now, w)),
            }
        })
    };
    let rows = status.queues.iter().flat_map(rows);
    rows.filter(|row| row.count > 0).collect()
}
