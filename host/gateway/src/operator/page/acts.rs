// SPDX-License-Identifier: Apache-2.0
//! Who did what, the last ones first.

use askama::Template;
use silta_store::{
    Store, Timestamp,
    record::{Act, ActId, ActListing, ActRecord, Actor, Deed, Subject, Way},
};

use super::{
    facts::{Facts, NoPage},
    language::Language,
    layout::{Content, Prose, plain},
    operations::{Choice, ROWS, agencies},
    route::ActFilter,
    when::When,
    words::Words,
};

struct Row {
    id: u64,
    at: When,
    deed: String,
    agency: String,
    subject: Named,
    /// Name of the operation.
    name: String,
    new: Option<Named>,
    who: String,
}

/// What an act is about. Acts outlive it.
struct Named {
    text: String,
    /// Where it is, while it is there.
    link: Option<String>,
}

#[derive(Template)]
#[template(path = "acts.html")]
struct Acts {
    w: &'static Words,
    agencies: Vec<Choice>,
    operation: String,
    rows: Vec<Row>,
    newest: Option<String>,
    older: Option<String>,
}

/// The page.
pub(super) fn content(
    facts: &Facts,
    language: Language,
    filter: &ActFilter,
) -> Result<Content, NoPage> {
    let w = language.words();
    let listing = ActListing {
        after: ActId(filter.before),
        newest_first: true,
        agencies: filter.agency.clone().into_iter().collect(),
        subject: filter.operation.map(Subject::Operation),
        limit: ROWS as u32 + 1,
    };
    let mut acts = facts.store.acts(&listing)?;
    let now = facts.store.now()?;
    let has_more = acts.len() > ROWS;
    acts.truncate(ROWS);
    let at = |before: u64| {
        let filter = ActFilter {
            before,
            ..filter.clone()
        };
        filter.address()
    };
    let last = acts.last().map_or(0, |act| act.id.0);
    let operation = filter.operation.map(|id| id.to_string());
    let shown = Acts {
        w,
        agencies: agencies(facts, filter.agency.as_deref()),
        operation: operation.unwrap_or_default(),
        rows: acts.iter().map(|act| row(facts, act, (now, w))).collect(),
        newest: (filter.before > 0).then(|| at(0)),
        older: has_more.then(|| at(last)),
    };
    Ok(Content {
        title: w.acts.to_owned(),
        html: shown.render()?,
    })
}

fn row(facts: &Facts, act: &Act, (now, w): (Timestamp, &'static Words)) -> Row {
    let ActRecord {
        by,
        deed: done,
        subject,
        name,
        new,
    } = &act.record;
    Row {
        id: act.id.0,
        at: When::new(act.at, now, w),
        deed: deed(done, w),
        agency: plain(&act.agency),
        subject: named(&*facts.store, *subject, w),
        name: plain(name),
        new: new.map(|new| Named {
            text: new.to_string(),
            ..named(&*facts.store, Subject::Operation(new), w)
        }),
        who: who(by, w),
    }
}

fn named(store: &dyn Store, subject: Subject, w: &'static Words) -> Named {
    // What cannot be read is there.
    let (text, path, is_gone) = match subject {
        Subject::Operation(id) => (
            format!("{} {id}", w.operation),
            format!("/operations/{id}"),
            matches!(store.operation(id), Ok(None)),
        ),
        Subject::Entry(position) => (
            format!("{} {position}", w.entry),
            format!("/inbox/{position}"),
            matches!(store.show(position), Ok(None)),
        ),
    };
    Named {
        text,
        link: (!is_gone).then_some(path),
    }
}

/// The word for what was done; its name, where there is none.
pub(super) fn deed(deed: &Deed, w: &'static Words) -> String {
    let word = match deed {
        deed if *deed == Deed::RESUME => w.did_resume,
        deed if *deed == Deed::CANCEL => w.did_cancel,
        deed if *deed == Deed::REPLAY => w.did_replay,
        deed if *deed == Deed::ACKNOWLEDGE => w.did_acknowledge,
        other => return plain(other.name()),
    };
    word.to_owned()
}

/// By which way, who, and where from.
pub(super) fn who(by: &Actor, w: &'static Words) -> String {
    let way = match &by.way {
        way if *way == Way::TOKEN => w.by_token.to_owned(),
        way if *way == Way::PAGE => w.by_page.to_owned(),
        way if *way == Way::COMMAND_LINE => w.by_command_line.to_owned(),
        way if *way == Way::PROGRAM => w.by_program.to_owned(),
        other => plain(other.name()),
    };
    let parts = [way, plain(&by.name), plain(&by.address)];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(", ")
}
