// SPDX-License-Identifier: Apache-2.0
//! Components are deployed, refused and rolled back while all agencies call and are called; then the program is killed in the middle of deployments.
//!
//! The five agencies are swapped, one after the other and all together. No call may fail or be put off; what was brought, submitted or sent is there once; and each entry names a
//! generation with the component of that generation, which had been put into service by then. Candidates that may not serve are refused, each at its step and for its reason, and disturb nobody.

mod candidates;
mod kept;
mod killed;
mod stage;
mod traffic;
mod trials;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    figures::{Use, megabytes, percentile},
    history::moment,
    program::Serving,
    random::Random,
    whole::{self, Ending, Submitter, Taker, until},
};
use candidates::{AGENCIES, IDLE, WRONG};
use stage::{InService, Stage};
use traffic::{Load, Times, Took, Written};

/// From so many rounds on, memory is judged, callers call about 250 times a second in all, and the stretches without swaps are long.
const MEASURED: u64 = 200;
const PACES: [Duration; 2] = [Duration::from_millis(160), Duration::from_millis(64)];
const STRETCHES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(30)];

/// The most that memory may have grown by, in MiB, from the first fifth of the rounds on: by then two generations of each agency have the room that their calls leave warm.
const MOST_GROWTH: f64 = 10.0;
const WARMING: u64 = 5;

/// How memory is looked at.
const LOOKS: u32 = 10;
const LOOK: Duration = Duration::from_millis(100);

/// Clients of the platform: what each submits at most, and between two submissions. Those who take have to be as many as take what is brought.
const SUBMITTERS: u64 = 2;
const TAKERS: u64 = 6;
const MOST_LEFT: usize = 150;
const PAUSE: Duration = Duration::from_millis(200);

/// Kills at least.
const FEWEST_KILLS: u64 = 10;

/// Steps of trials in the middle of which the program is killed, at least.
const FEWEST_STEPS: u64 = 6;

/// Swaps, then kills.
pub(crate) fn prove(rounds: u64, seed: u64) {
    kept::prove();
    let stage = Stage::made();
    let growth = swapped(&stage, rounds, seed);
    killed::prove(&stage, rounds.div_ceil(4).max(FEWEST_KILLS), seed);
    trials::prove(&stage, rounds.div_ceil(4).max(FEWEST_STEPS), seed);
    if rounds >= MEASURED {
        assert!(growth <= MOST_GROWTH, "memory has grown by {growth:.1} MiB");
    }
}

/// What was seen while components were swapped.
struct Seen {
    /// Without swaps: before them and after.
    calm: [Stretch; 2],
    /// With swaps: the first fifth of the rounds and the others.
    swapping: [Stretch; 2],
    /// By how many MiB memory has grown, from the first fifth of the rounds on and in all.
    growth: [f64; 2],
    times: Times,
    known: BTreeMap<&'static str, BTreeMap<u64, Value>>,
}

type Stretch = (Instant, Instant);

/// Swaps under load; nothing fails, nothing is lost, nothing is there twice. By how many MiB memory has grown once it was warm.
fn swapped(stage: &Stage, rounds: u64, seed: u64) -> f64 {
    let serving = stage.serve();
    let written = Written::default();
    let seen = under_load(stage, (rounds, seed), (&serving, &written));
    serving.stop();
    let told = whole::finish(&stage.scene, seed);
    let entries = stage.scene.program.entries();
    let generations = pinned(&entries, &seen.known);
    judge_pins(stage, &entries, &seen.times);
    judge_written(stage, &entries, &written);
    judge_refusals(&seen.known);
    let called = entries.iter().filter(|entry| is_called(entry));
    let called: Vec<Value> = called.cloned().collect();
    let calls = seen.times.history.compare(&called);
    let calls = calls.unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
    assert_eq!(
        seen.times.failed, 0,
        "calls failed while components were swapped"
    );
    let books = stage.scene.books();
    assert_eq!(
        (books.unanswered, books.put_off),
        (0, 0),
        "submissions failed"
    );
    let took = seen.times.took.len() as u64;
    println!(
        "swap: seed {seed}, {rounds} rounds: {took} calls, 0 failed, {}; memory {:+.1} MiB, and {:+.1} MiB in the first fifth of the rounds; {calls}",
        compared(&seen),
        seen.growth[0],
        seen.growth[1] - seen.growth[0],
    );
    println!(
        "swap: {} messages of Customs notified of and fetched, {} mails of citizens and receipts, {} messages of citizens by REST, {} registrations; entries by {generations} generations; {told}",
        written.deposited().len() + stage.scene.called.replies(),
        books.called("suomifi-mail"),
        written.by_rest(),
        written.registered.load(Ordering::SeqCst),
    );
    seen.growth[0]
}

fn under_load(
    stage: &Stage,
    (rounds, seed): (u64, u64),
    (serving, written): (&Serving, &Written),
) -> Seen {
    let is_measured = usize::from(rounds >= MEASURED);
    let [no_more, is_over] = [const { AtomicBool::new(false) }; 2];
    thread::scope(|scope| {
        // Whatever fails below ends what runs beside it.
        let _ending = Ending([&no_more, &is_over]);
        for number in 0..TAKERS {
            let taker = Taker {
                scene: &stage.scene,
                random: Random::new(seed ^ (number + 101)),
                careless_until: None,
            };
            scope.spawn(|| taker.take(&is_over));
        }
        let submitting = (0..SUBMITTERS).map(|number| {
            let submitter = Submitter {
                scene: &stage.scene,
                number,
                random: Random::new(seed ^ (number + 1)),
                most_left: MOST_LEFT,
                pause: PAUSE,
            };
            scope.spawn(|| submitter.submit(&no_more))
        });
        let mut others: Vec<_> = submitting.collect();
        others.push(scope.spawn(|| written.deposit(stage, &no_more)));
        others.push(scope.spawn(|| written.write(stage, &no_more)));
        others.push(scope.spawn(|| written.register(stage, &no_more)));
        let load = Load::begin(&stage.scene.program, PACES[is_measured]);
        // Every component has served once, and every candidate has been refused.
        stage.swap_all("0.2.0");
        stage.refuse_all();
        stage.swap_all("0.1.0");
        let calm = stretch(|| thread::sleep(STRETCHES[is_measured]));
        let first = memory(serving);
        let swapped = |rounds: Range<u64>| {
            stretch(|| {
                for round in rounds {
                    let is_client_gone = others.iter().any(thread::ScopedJoinHandle::is_finished);
                    assert!(!is_client_gone && load.is_whole(), "a client has failed");
                    play(stage, round);
                }
            })
        };
        let warming = swapped(0..rounds / WARMING);
        let before = memory(serving);
        let warm = swapped(rounds / WARMING..rounds);
        let after = memory(serving);
        let growth = [before, first].map(|before| megabytes(after) - megabytes(before));
        let calm_again = stretch(|| thread::sleep(STRETCHES[is_measured]));
        no_more.store(true, Ordering::SeqCst);
        others.into_iter().for_each(|other| other.join().unwrap());
        let times = load.end();
        let known = AGENCIES.into_iter().chain([IDLE]);
        let known = known.map(|agency| (agency, stage.generations(agency)));
        let known = known.collect();
        until("the platform has had everything", || {
            written.is_complete(stage)
        });
        is_over.store(true, Ordering::SeqCst);
        stage.scene.books().story.ended.extend(stage.scene.ended());
        Seen {
            calm: [calm, calm_again],
            swapping: [warming, warm],
            growth,
            times,
            known,
        }
    })
}

fn stretch(what: impl FnOnce()) -> Stretch {
    let begun = Instant::now();
    what();
    (begun, Instant::now())
}

/// All together, one back, one forward, one that may not serve; again and again.
fn play(stage: &Stage, round: u64) {
    let turn = (round / 4) as usize;
    let agency = AGENCIES[turn % AGENCIES.len()];
    match round % 4 {
        0 => stage.swap_all(["0.2.0", "0.1.0"][turn % 2]),
        1 => stage.roll_back(agency),
        2 => stage.swap(agency, "0.2.0"),
        _ => stage.refuse(&WRONG[turn % WRONG.len()]),
    }
}

/// What calls took while components were swapped, beside what they took before and after.
fn compared(seen: &Seen) -> String {
    let of = |stretches: &[Stretch]| {
        let is_within = |took: &&Took| {
            let mut all = stretches.iter();
            all.any(|stretch| stretch.0 <= took.0 && took.0 < stretch.1)
        };
        let took = seen.times.took.iter().filter(is_within);
        let mut took: Vec<Duration> = took.map(|took| took.1).collect();
        took.sort();
        took
    };
    let told = |took: &[Duration]| {
        let [p50, p99, longest] =
            [50, 99, 100].map(|percent| percentile(took, percent).as_secs_f64() * 1000.0);
        (
            format!(
                "{} calls, p50 {p50:.1} ms, p99 {p99:.1} ms, longest {longest:.1} ms",
                took.len()
            ),
            p99,
        )
    };
    let (without, low) = told(&of(&seen.calm));
    let under_swaps = of(&seen.swapping);
    let (with, high) = told(&under_swaps);
    let seconds = seen.swapping.iter().map(|one| one.1.duration_since(one.0));
    let seconds = seconds.sum::<Duration>().as_secs_f64();
    format!(
        "without swaps {without}; with swaps, {seconds:.0} s, {:.0} a second, {with}: p99 {:+.1} ms",
        under_swaps.len() as f64 / seconds,
        high - low
    )
}

/// The least memory in several looks: a deployment that has just been judged leaves room that the next one takes.
fn memory(serving: &Serving) -> u64 {
    let looks = (0..LOOKS).map(|_| {
        thread::sleep(LOOK);
        Use::of(serving).resident
    });
    looks.min().unwrap_or_default()
}

/// Whether the Tax Administration or Suomi.fi brought it by a call.
fn is_called(entry: &Value) -> bool {
    let is_theirs = entry["agency"] == "vero" || entry["agency"] == "suomifi-viestit";
    is_theirs && entry["source"]["operation"].is_null()
}

/// Each entry names a generation with its component, which had been put into service by then; how many generations there are in all.
fn pinned(entries: &[Value], known: &BTreeMap<&str, BTreeMap<u64, Value>>) -> usize {
    let mut seen = BTreeSet::new();
    for entry in entries {
        let agency = entry["agency"].as_str().unwrap();
        let number = entry["generation"].as_u64();
        let number = number.unwrap_or_else(|| panic!("names no generation: {entry}"));
        let generation = &known[agency][&number];
        assert_eq!(entry["component"], generation["component"], "{entry}");
        let outcome = generation["outcome"].as_str().unwrap();
        assert!(matches!(outcome, "serving" | "retired"), "{generation}");
        let (recorded, committed) = (moment(&generation["at"]), moment(&entry["committed"]));
        assert!(committed >= recorded, "{entry}, {generation}");
        seen.insert((agency, number));
    }
    seen.len()
}

/// What came by a call was answered by a generation that served while the call was under way, by the longest that one took; none that had been replaced before.
fn judge_pins(stage: &Stage, entries: &[Value], times: &Times) {
    let longest = times.took.iter().map(|took| took.1).max();
    let longest = longest.unwrap_or_default();
    let all = stage.put_into_service();
    for entry in entries.iter().filter(|entry| is_called(entry)) {
        let of_agency = all.iter().filter(|one| entry["agency"] == one.agency);
        let of_agency: Vec<&InService> = of_agency.collect();
        let committed = moment(&entry["committed"]);
        let until = |moment| of_agency.partition_point(|one| one.at <= moment);
        // One that has not been answered for yet may serve already.
        let (first, after) = (until(committed - longest), until(committed) + 1);
        let Some(first) = first.checked_sub(1) else {
            continue; // before the first swap
        };
        let mut may_serve = of_agency[first..after.min(of_agency.len())].iter();
        assert!(
            may_serve.any(|one| entry["generation"] == one.number),
            "a generation that had been replaced: {entry}"
        );
    }
}

/// All that Customs and citizens have written is there once.
fn judge_written(stage: &Stage, entries: &[Value], written: &Written) {
    let mut counts: BTreeMap<(&str, &str), BTreeMap<&str, usize>> = BTreeMap::new();
    for entry in entries {
        for event in entry["events"].as_array().unwrap() {
            let kind = (
                entry["agency"].as_str().unwrap(),
                event["kind"].as_str().unwrap(),
            );
            let id = ["storageId", "messageId"];
            let id = id.iter().find_map(|name| event["data"][name].as_str());
            *counts
                .entry(kind)
                .or_default()
                .entry(id.unwrap_or_default())
                .or_default() += 1;
        }
    }
    let of = |agency, kind| counts.get(&(agency, kind)).cloned().unwrap_or_default();
    let (told, fetched) = (
        of("tulli", "message-available"),
        of("tulli", "message-downloaded"),
    );
    for id in written.deposited().iter() {
        let times = (told.get(id.as_str()), fetched.get(id.as_str()));
        assert_eq!(times, (Some(&1), Some(&1)), "message {id} of Customs");
    }
    let all = written.deposited().len() + stage.scene.called.replies();
    assert_eq!(
        (told.len(), fetched.len()),
        (all, all),
        "messages of Customs"
    );
    let notified = stage.scene.called.customs.notifications();
    let is_answered = |one: &&_| is_well_answered(one);
    assert_eq!(
        notified.iter().filter(is_answered).count(),
        all,
        "Customs calls once for each"
    );
    // It calls the receiver before it registers it.
    let vero = (
        stage.vero.registration().is_some(),
        stage.vero.deliveries().len(),
    );
    let registered = written.registered.load(Ordering::SeqCst);
    assert_eq!(vero, (true, registered), "registrations");
    let citizens = of("suomifi-rest", "citizen-message");
    assert!(citizens.values().all(|times| *times == 1), "{citizens:?}");
    assert_eq!(
        citizens.len(),
        written.by_rest(),
        "messages of citizens by REST"
    );
    let deliveries = stage.scene.called.mail.deliveries();
    let not_taken = deliveries.iter().find(|mail| !mail.is_taken());
    assert!(not_taken.is_none(), "a mail was not taken: {not_taken:?}");
    assert_eq!(
        stage.scene.books().called("suomifi-mail"),
        deliveries.len(),
        "mails"
    );
}

fn is_well_answered(notified: &silta_simulators::customs::Notification) -> bool {
    notified.problem.is_none() && notified.code.as_deref() == Some("000")
}

/// Each candidate that may not serve is in the history, with the step that it did not pass.
fn judge_refusals(known: &BTreeMap<&str, BTreeMap<u64, Value>>) {
    for wrong in &WRONG {
        let mut refused = known[wrong.agency].values().map(|one| &one["rejection"]);
        let is_known = refused.any(|one| one["code"] == wrong.code && one["step"] == wrong.step());
        assert!(is_known, "not in the history: {}", wrong.file);
    }
}
