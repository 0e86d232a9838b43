// SPDX-License-Identifier: Apache-2.0
//! The program is killed in the middle of trials: while a candidate is put on trial, has a share of the conversations, is promoted or discarded.

use std::{
    collections::BTreeMap,
    ops::Range,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    candidates::{VERSIONS, file},
    stage::Stage,
};
use crate::{
    agencies::{ATTACHMENT_BYTES, Agencies, Answer, Call},
    history,
    random::Random,
};

/// What is told where the program is gone.
const GONE: [&str; 2] = ["api.unreachable", "api.outcome-unknown"];

/// The agency whose components are tried.
const AGENCY: &str = "vero";

/// Numbers of notifications, which nobody else has.
const CALLER: u64 = 900;
const FIRST: u64 = 900_000_000;
const OWN: Range<u64> = FIRST..FIRST + 1_000_000;

/// Calls after each kill, and before it, of which half go to a candidate that has half of the conversations.
const CALLS: u64 = 8;

/// How many times as many rounds at most, until some kills have come before what was asked for was done, and some after.
const MOST_TIMES: u64 = 5;

/// How an agency stands by its history.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stands {
    serving: u64,
    /// Number and mode of what is on trial.
    trial: Option<(u64, String)>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Shadow,
    Canary,
    ToCanary,
    Promote,
    Discard,
}

impl Step {
    /// What may be asked for, each in its turn.
    fn next(stands: &Stands, round: u64) -> Self {
        let is_even = round.is_multiple_of(2);
        match &stands.trial {
            None if is_even => Self::Shadow,
            None => Self::Canary,
            Some((_, mode)) if mode == "shadow" && is_even => Self::Discard,
            Some((_, mode)) if mode == "shadow" => Self::ToCanary,
            Some(_) if is_even => Self::Promote,
            Some(_) => Self::Discard,
        }
    }

    fn arguments(self, version: &str) -> Vec<String> {
        let file = file(AGENCY, version);
        let words = match self {
            Self::Shadow => vec!["deploy", &file, "--allow-downgrade", "--shadow=500"],
            Self::Canary => vec!["deploy", &file, "--allow-downgrade", "--canary=500"],
            Self::ToCanary => vec!["promote", "--canary=500", "--anyway", "--yes"],
            Self::Promote => vec!["promote", "--anyway", "--yes"],
            Self::Discard => vec!["discard"],
        };
        let words = words.into_iter().chain(["--agency", AGENCY]);
        words.map(str::to_owned).collect()
    }

    /// Whether it was done.
    fn is_done(self, before: &Stands, after: &Stands) -> bool {
        let begun = |mode: &str| {
            let trial = after.trial.as_ref();
            let is_new = trial.is_some_and(|(number, of)| *number > before.serving && of == mode);
            is_new && after.serving == before.serving && before.trial.is_none()
        };
        let tried = before.trial.as_ref().map(|(number, _)| *number);
        match self {
            Self::Shadow => begun("shadow"),
            Self::Canary => begun("canary"),
            Self::ToCanary => {
                let trial = tried.map(|number| (number, "canary".to_owned()));
                after.serving == before.serving && after.trial == trial
            }
            Self::Promote => Some(after.serving) == tried && after.trial.is_none(),
            Self::Discard => after.serving == before.serving && after.trial.is_none(),
        }
    }
}

/// After each start it stands as before what was asked for, or as after it; a conversation stays with its generation; what is called is there once.
pub(super) fn prove(stage: &Stage, rounds: u64, seed: u64) {
    let begun = Instant::now();
    let agencies = Agencies::new(&stage.scene.program, ATTACHMENT_BYTES);
    let caller = agencies.caller(CALLER);
    let mut random = Random::new(seed);
    let (mut done, mut not_done, mut kills, mut call) = (0_u64, 0_u64, 0_u64, 0);
    let twice = takes(stage).saturating_mul(2);
    // By which generation each call was judged.
    let mut judged: BTreeMap<String, u64> = BTreeMap::new();
    for round in 0..rounds * MOST_TIMES {
        if round >= rounds && done > 0 && not_done > 0 {
            break;
        }
        let mut serving = stage.serve();
        let before = stands(stage);
        let step = Step::next(&before, round);
        let version = VERSIONS[usize::from(is_version(stage, before.serving, VERSIONS[0]))];
        let killed_after = Duration::from_millis(random.below(twice));
        let arguments = step.arguments(version);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        thread::scope(|scope| {
            let asked = scope.spawn(|| stage.command(&arguments));
            thread::sleep(killed_after);
            serving.kill();
            if let Err(refusal) = asked.join().unwrap() {
                assert!(GONE.contains(&refusal.code.as_str()), "{}", refusal.told);
            }
        });
        kills += 1;
        let serving = stage.serve();
        let after = stands(stage);
        let is_done = step.is_done(&before, &after);
        assert!(
            is_done || before == after,
            "seed {seed}: {step:?}: {before:?}, {after:?}"
        );
        done += u64::from(is_done);
        not_done += u64::from(!is_done);
        for _ in 0..CALLS {
            call += 1;
            let answer = caller.ask(&Call::Vero(FIRST + call));
            assert_eq!(answer, Answer::Yes, "seed {seed}");
        }
        // Only what serves or has a share judges, and both do where there is a share.
        serving.stop();
        let new = of_calls(&stage.scene.program.entries(), &mut judged);
        assert_eq!(new.len() as u64, CALLS, "seed {seed}: lost, or there twice");
        let share = after.trial.filter(|(_, mode)| mode == "canary");
        let allowed = |number: &u64| {
            *number == after.serving || share.as_ref().is_some_and(|(own, _)| own == number)
        };
        assert!(new.iter().all(allowed), "seed {seed}: {new:?}");
    }
    stage.scene.program.check();
    assert!(
        done > 0 && not_done > 0,
        "seed {seed}: {done} were done, {not_done} were not: nothing was killed in the middle"
    );
    println!(
        "swap: seed {seed}, killed {kills} times in the middle of trials, {} s: {done} steps were done, {not_done} were not; {call} calls are there once each",
        begun.elapsed().as_secs()
    );
}

/// The generations that judged calls that were not there before; none is there twice.
fn of_calls(entries: &[Value], judged: &mut BTreeMap<String, u64>) -> Vec<u64> {
    let (mut new, mut found) = (Vec::new(), BTreeMap::new());
    for entry in entries.iter().filter(|entry| entry["agency"] == AGENCY) {
        for (_, key) in history::keys(entry) {
            if !key.parse::<u64>().is_ok_and(|key| OWN.contains(&key)) {
                continue;
            }
            let number = entry["generation"].as_u64().unwrap();
            assert_eq!(
                found.insert(key.clone(), number),
                None,
                "{key} is there twice"
            );
            if judged.insert(key, number).is_none() {
                new.push(number);
            }
        }
    }
    new
}

/// How the agency stands by its history: one generation serves, and one is on trial at most.
fn stands(stage: &Stage) -> Stands {
    let (serving, _) = stage.serving(AGENCY);
    let known = stage.generations(AGENCY);
    let of = |outcome: &str| -> Vec<&Value> {
        let all = known.values();
        all.filter(|one| one["outcome"] == outcome).collect()
    };
    let (all, tried) = (of("serving"), of("on-trial"));
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0]["number"], serving);
    assert!(tried.len() <= 1, "{tried:?}");
    let trial = tried.first().map(|one| {
        let mode = one["trial"]["mode"].as_str().unwrap().to_owned();
        (one["number"].as_u64().unwrap(), mode)
    });
    Stands { serving, trial }
}

fn is_version(stage: &Stage, number: u64, version: &str) -> bool {
    stage.generations(AGENCY)[&number]["version"] == version
}

/// Milliseconds that putting a candidate on trial takes in a process that has just begun; nothing is on trial after it.
fn takes(stage: &Stage) -> u64 {
    let serving = stage.serve();
    let begun = Instant::now();
    let version = VERSIONS[usize::from(is_version(stage, stands(stage).serving, VERSIONS[0]))];
    for step in [Step::Shadow, Step::Discard] {
        let arguments = step.arguments(version);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        stage.command(&arguments).unwrap();
    }
    let taken = begun.elapsed() / 2;
    serving.stop();
    taken.as_millis().try_into().unwrap_or(u64::MAX)
}
