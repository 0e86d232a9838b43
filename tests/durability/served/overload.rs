// SPDX-License-Identifier: Apache-2.0
//! Ten times as many calls as the machine takes.
//!
//! First some callers of the three agencies call as fast as they are answered: that is what the machine takes, callers included, since they are on it as well. Then ten times as
//! many, strangers among them, have ten times as many calls to make, each at its moment, and make those that one of them is free for: each waits for its answer. Whatever is
//! answered well is there once; whatever is put off is told when to come again; memory stays bounded; and afterwards calls are answered as before. With seconds given, it is judged
//! as well how long accepted calls take.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    crowd::{Crowd, Load, Tally, press},
    figures::{Use, megabytes, percentile},
    history::once,
    program::Program,
    recorded::Recorded,
};

/// How many times what the machine takes.
const TIMES: f64 = 10.0;

/// The most memory that the process may use.
const MOST_RESIDENT: u64 = 256 << 20;

/// How long 99 of 100 accepted calls may take, where time is measured.
const LONGEST: Duration = Duration::from_secs(1);

/// How long a call may be put off once the load is gone.
const PATIENCE: Duration = Duration::from_secs(120);

/// Calls of each agency afterwards.
const AFTERWARDS: usize = 20;

/// What is attached to messages of Suomi.fi by default, about: whoever sends it does so on the same processors.
const ATTACHED: usize = 2000;

/// How many callers there are, and how many messages they have.
struct Scale {
    /// Of each agency, as fast as they are answered.
    closed: usize,
    /// Of each agency, at a rate.
    known: usize,
    /// Strangers at each agency.
    strangers: usize,
    messages: usize,
    /// Other limits than those by default: with few callers, less has to be too much.
    limits: &'static str,
}

const SMALL: Scale = Scale {
    closed: 4,
    known: 32,
    strangers: 24,
    messages: 20,
    limits: "[listener.limits]\ncalls-per-agency = 1\nqueue-milliseconds = 5",
};

const FULL: Scale = Scale {
    closed: 8,
    known: 56,
    strangers: 24,
    messages: 400,
    limits: "[listener.limits]\nqueue-milliseconds = 25",
};

/// A refusal costs both ends the reading of the whole call, so that what is too much has to be less than what two processors can verify.
const HEAVY: Scale = Scale {
    closed: 8,
    known: 200,
    strangers: 100,
    messages: 60,
    limits: "[listener.limits]\ncalls-per-agency = 4\nqueue-milliseconds = 100",
};

/// With `kibibytes`, all calls are messages of Suomi.fi with so much attached: verifying one takes the program much longer than making it takes the callers, so
/// that they can make ten times as many as it takes.
pub(crate) fn prove(seconds: u64, is_measured: bool, kibibytes: Option<u64>) {
    let scale = match (is_measured, kibibytes) {
        (false, _) => SMALL,
        (true, None) => FULL,
        (true, Some(_)) => HEAVY,
    };
    let attached = kibibytes.map_or(ATTACHED, |many| usize::try_from(many << 10).unwrap());
    let program = Program::made();
    let recorded = Recorded::hear(&program, scale.messages, attached);
    let mut crowds = Crowd::all(&program, &recorded);
    crowds.retain(|crowd| kibibytes.is_none() || crowd.agency == "suomifi-viestit");
    let (known, strangers): (Vec<_>, Vec<_>) = crowds.iter().partition(|crowd| crowd.is_known);
    program.configured("overload.toml", scale.limits);
    let mut serving = program.start("overload.toml", &[]);
    assert!(serving.listens(), "it does not serve");
    let mut all = afterwards(&known, 1);
    let load = Load {
        callers: scale.closed,
        rate: None,
        time: Duration::from_secs(seconds.div_ceil(4)),
    };
    let (closed, _) = press(&with(&known, load));
    // At least one, so that there is a load on whatever machine.
    let rate = closed.accepted.len().max(1) as f64 / load.time.as_secs_f64();
    println!(
        "overload: as fast as they are answered: {}",
        told(&closed, rate)
    );
    // Of each crowd: half for the three agencies, half for strangers.
    let load = |callers| Load {
        callers,
        rate: Some(rate * TIMES / crowds.len() as f64),
        time: Duration::from_secs(seconds),
    };
    let mut pressing = with(&known, load(scale.known));
    pressing.extend(with(&strangers, load(scale.strangers)));
    let (open, by_strangers) = press(&pressing);
    let highest = Use::of(&serving).most_resident;
    let made = (open.made() + by_strangers.made()) as f64 / seconds as f64;
    println!(
        "overload: {:.0} calls a second were to be made, {made:.0} were, {:.1} times what it takes; at most {:.0} MiB\n  known callers: {}\n  strangers: {}",
        rate * TIMES,
        made / rate,
        megabytes(highest),
        told(&open, open.accepted.len() as f64 / seconds as f64),
        told(&by_strangers, 0.0),
    );
    let put_off = open.put_off.len();
    let p99 = percentile(&open.accepted, 99);
    let (unanswered, wrong) = (open.unanswered, by_strangers.wrong);
    all.add(closed);
    all.add(open);
    let begun = Instant::now();
    all.add(afterwards(&known, AFTERWARDS));
    let took = begun.elapsed();
    serving.stop();
    program.check();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(put_off > 0, "it was no overload");
    assert!(all.wrong.is_empty(), "{:?}", all.wrong);
    assert!(highest <= MOST_RESIDENT, "{highest} bytes of memory");
    let entries = once(&all.asked, &all.acknowledged, &program.entries());
    let entries = entries.unwrap_or_else(|wrong| panic!("{wrong}"));
    println!(
        "overload: afterwards {AFTERWARDS} calls of each agency took {took:.1?}; {} acknowledged, {entries} entries, 0 missing, 0 twice",
        all.acknowledged.len()
    );
    if is_measured {
        assert!(p99 <= LONGEST, "99 of 100 took up to {p99:.1?}");
        assert_eq!(unanswered, 0, "calls of known callers without an answer");
    }
}

fn with<'a, 'b>(crowds: &[&'a Crowd<'b>], load: Load) -> Vec<(&'a Crowd<'b>, Load)> {
    crowds.iter().map(|crowd| (*crowd, load)).collect()
}

/// So many calls of each agency one after another, each made until it is answered well.
fn afterwards(known: &[&Crowd<'_>], times: usize) -> Tally {
    let mut tally = Tally::default();
    for crowd in known {
        for _ in 0..times {
            let begun = Instant::now();
            while !crowd.call_once(&mut tally) {
                assert!(tally.wrong.is_empty(), "{:?}", tally.wrong);
                assert!(begun.elapsed() < PATIENCE, "no call is answered well");
                thread::sleep(Duration::from_millis(100));
            }
        }
    }
    tally
}

fn told(tally: &Tally, rate: f64) -> String {
    let line = |what: &str, sorted: &[Duration]| match sorted {
        [] => format!("{what} 0"),
        times => format!(
            "{what} {} (p50 {:.0?}, p99 {:.0?}, longest {:.0?})",
            times.len(),
            percentile(times, 50),
            percentile(times, 99),
            percentile(times, 100)
        ),
    };
    format!(
        "{rate:.0} a second accepted; {}, {}, {}, {} without an answer, {} not made",
        line("accepted", &tally.accepted),
        line("put off", &tally.put_off),
        line("rejected", &tally.rejected),
        tally.unanswered,
        tally.not_made
    )
}
