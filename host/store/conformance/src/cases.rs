// SPDX-License-Identifier: Apache-2.0
//! The rules, one by one.

mod acts;
mod arrivals;
mod bodies;
mod generations;
mod inbox;
mod operation_listing;
mod operations;
mod runs;
mod sending;
mod shared;
mod traces;
mod upkeep;

use crate::bed::Bed;

/// A rule, and what judges a store by it. It panics where the store breaks the rule.
pub type Case = (&'static str, fn(&mut dyn Bed));

/// All rules.
pub const CASES: [Case; 53] = [
    (
        "events are known by their keys, for each agency",
        arrivals::known_events,
    ),
    (
        "what is known in part brings what is new",
        arrivals::known_in_part,
    ),
    (
        "what has no events is known as a whole",
        arrivals::without_events,
    ),
    ("nothing is refused", arrivals::nothing),
    ("follow-ups are queued once", arrivals::follow_ups),
    ("crossed keys come once each", arrivals::crossed_keys),
    (
        "what was acknowledged is known after a restart",
        arrivals::after_restart,
    ),
    ("entries are listed by position", inbox::listed),
    ("an entry is given out to one at a time", inbox::leased),
    (
        "of entries that are named no others are given out",
        inbox::named,
    ),
    ("an old lease is stale", inbox::stale),
    (
        "acknowledging is repeated without harm",
        inbox::acknowledged,
    ),
    (
        "what is handed back comes again after a while",
        inbox::handed_back,
    ),
    (
        "a follower misses nothing and sees nothing twice",
        inbox::followed,
    ),
    ("one idempotency key, one operation", operations::submitted),
    (
        "operations are claimed when their time has come",
        operations::claimed,
    ),
    ("a conversation goes one after the other", operations::lanes),
    ("a claim that has moved on is stale", operations::stale),
    ("progress is kept between steps", operations::progress),
    (
        "an end hands out all that it brings, once",
        operations::ended,
    ),
    (
        "an end that brings nothing new makes no entry",
        operations::ended_known,
    ),
    (
        "a trace goes from an operation to what it brings and what follows",
        traces::handed_on,
    ),
    ("a poll goes on where its last run ended", operations::polls),
    ("what is held waits for a human", operations::held),
    (
        "operations are listed by number, and by what is asked for",
        operation_listing::listed,
    ),
    (
        "runs are counted, and their outcomes are kept",
        sending::counted,
    ),
    (
        "how the last runs ended is kept, as long as the operation",
        runs::kept,
    ),
    (
        "what is left out waits, and what is due is told",
        sending::due,
    ),
    ("an open run of a poll is found", sending::open_run),
    (
        "of a name no more are out at once than may be",
        sending::at_once,
    ),
    ("what waits for an answer is made due", sending::hastened),
    ("what is cancelled is told in the inbox", sending::cancelled),
    (
        "what somebody does is kept, and what is not done is not",
        acts::kept,
    ),
    ("what is handed back has no act", acts::handed_back),
    ("a decision holds once", acts::decided_once),
    ("acts are listed by number", acts::listed),
    ("acts are removed by their own age", acts::removed),
    ("calls are counted before they are made", shared::budgets),
    ("time does not go back", shared::clock),
    (
        "time goes on while the clock is behind",
        shared::clock_behind,
    ),
    ("of two changes from one revision one wins", shared::desired),
    ("nodes are heard", shared::nodes),
    (
        "generations are counted, and put into service together or not at all",
        generations::served,
    ),
    (
        "of two who put into service from one revision one does",
        generations::raced,
    ),
    (
        "a component is kept as long as one may return to it",
        generations::components,
    ),
    (
        "the same component by other settings is nothing to return to",
        generations::renewed,
    ),
    (
        "of what was refused the last records stay",
        generations::rejected,
    ),
    (
        "a trial is kept with its generation, and the component while it goes on",
        generations::tried,
    ),
    ("contents come back as they were given", bodies::contents),
    (
        "numbers that nothing has name nothing",
        shared::strange_numbers,
    ),
    (
        "retention removes what it is told and nothing else",
        upkeep::retention,
    ),
    ("acknowledged entries are removed by size", upkeep::by_size),
    ("commits wake who waits", upkeep::wakeups),
];

/// Judges a backend by all rules, each with a new bed.
pub fn exercise<B: Bed>(make: impl Fn() -> B) {
    for (rule, judge) in CASES {
        eprintln!("{rule}");
        let mut bed = make();
        judge(&mut bed);
        let findings = bed.store().check().unwrap();
        assert!(findings.is_empty(), "{rule}: {findings:?}");
    }
}
