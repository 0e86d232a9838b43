// SPDX-License-Identifier: Apache-2.0
//! The program is killed in the middle of deployments and rollbacks.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use super::{
    candidates::{self, AGENCIES, VERSIONS, file},
    stage::Stage,
};
use crate::{
    agencies::{ATTACHMENT_BYTES, Agencies, Answer},
    random::Random,
};

/// How many times as many rounds at most, until some kills have come before what was asked for was done, and some after.
const MOST_TIMES: u64 = 5;

/// What is told where the program is gone.
const GONE: [&str; 2] = ["api.unreachable", "api.outcome-unknown"];

/// The agency that is rolled back.
const ROLLED_BACK: &str = "vero";

/// Numbers of whoever calls, which nobody else has.
const CALLER: u64 = 100;

/// Generation and component of what serves an agency.
type Serving = (u64, String);

/// What the store says serves, serves after the next start, and answers.
pub(super) fn prove(stage: &Stage, rounds: u64, seed: u64) {
    let begun = Instant::now();
    let agencies = Agencies::new(&stage.scene.program, ATTACHMENT_BYTES);
    let caller = agencies.caller(CALLER).without_customs();
    let mut random = Random::new(seed);
    let (mut done, mut not_done, mut number) = (0_u64, 0_u64, 0);
    let targets = digests(stage);
    let twice = takes(stage).saturating_mul(2);
    let mut kills = 0;
    for round in 0..rounds * MOST_TIMES {
        if round >= rounds && done > 0 && not_done > 0 {
            break;
        }
        let version = VERSIONS[(round % 2) as usize];
        let is_rollback = round % 3 == 0;
        let killed_after = Duration::from_millis(random.below(twice));
        let before = killed(stage, (is_rollback, version), killed_after);
        kills += 1;
        let serving = stage.serve();
        let after = stand(stage);
        // All of them, or none.
        let is_target = |place: usize| after[place].1 == targets[AGENCIES[place]][version];
        let is_done = match is_rollback {
            true => is_rolled_back(&before, &after),
            false => (0..AGENCIES.len()).all(is_target),
        };
        assert!(
            is_done || before == after,
            "seed {seed}: {before:?}, {after:?}"
        );
        // What served already is neither.
        done += u64::from(is_done && before != after);
        not_done += u64::from(!is_done);
        judge(stage, &after, seed);
        for _ in AGENCIES {
            number += 1;
            let answer = caller.ask(&caller.new_call(number));
            assert_eq!(answer, Answer::Yes, "seed {seed}");
        }
        serving.stop();
    }
    stage.scene.program.check();
    assert!(
        done > 0 && not_done > 0,
        "seed {seed}: {done} were done, {not_done} were not: nothing was killed in the middle"
    );
    println!(
        "swap: seed {seed}, killed {kills} times in the middle of deployments, {} s: {done} were done, {not_done} were not, the others changed nothing; what the store says served each time",
        begun.elapsed().as_secs()
    );
}

/// Asks for a rollback or a version of all, and kills the program; what served before.
fn killed(stage: &Stage, (is_rollback, version): (bool, &str), after: Duration) -> Vec<Serving> {
    let mut serving = stage.serve();
    let before = stand(stage);
    thread::scope(|scope| {
        let asked = scope.spawn(|| match is_rollback {
            true => stage.command(&["rollback", "--agency", ROLLED_BACK, "--yes"]),
            false => deploy_all(stage, version),
        });
        thread::sleep(after);
        serving.kill();
        // Nothing else stands in the way of what is asked for.
        if let Err(refusal) = asked.join().unwrap() {
            assert!(GONE.contains(&refusal.code.as_str()), "{}", refusal.told);
        }
    });
    before
}

fn deploy_all(stage: &Stage, version: &str) -> Result<serde_json::Value, super::stage::Refusal> {
    let named = AGENCIES.map(|agency| format!("{agency}={}", file(agency, version)));
    let named = named.iter().flat_map(|named| ["--agency", named]);
    let deploy: Vec<&str> = ["deploy", "--allow-downgrade"]
        .into_iter()
        .chain(named)
        .collect();
    stage.command(&deploy)
}

/// What serves each agency.
fn stand(stage: &Stage) -> Vec<Serving> {
    AGENCIES
        .iter()
        .map(|agency| stage.serving(agency))
        .collect()
}

fn is_rolled_back(before: &[Serving], after: &[Serving]) -> bool {
    let all = AGENCIES.iter().zip(before.iter().zip(after));
    let mut all = all.map(|(agency, (before, after))| (*agency == ROLLED_BACK, before == after));
    all.all(|(is_it, is_same)| is_it != is_same)
}

/// Of each agency one generation serves by the history, and it is the one that does.
fn judge(stage: &Stage, after: &[Serving], seed: u64) {
    for (agency, (generation, component)) in AGENCIES.iter().zip(after) {
        let known = stage.generations(agency);
        let serving = known.values().filter(|one| one["outcome"] == "serving");
        let serving: Vec<_> = serving.collect();
        assert_eq!(serving.len(), 1, "seed {seed}");
        assert_eq!(serving[0]["number"], *generation, "seed {seed}");
        assert_eq!(serving[0]["component"], **component, "seed {seed}");
    }
}

/// Milliseconds that a deployment takes in a process that has just begun.
fn takes(stage: &Stage) -> u64 {
    let serving = stage.serve();
    let begun = Instant::now();
    deploy_all(stage, "0.2.0").unwrap();
    let taken = begun.elapsed();
    serving.stop();
    taken.as_millis().try_into().unwrap_or(u64::MAX)
}

/// SHA-256 of the components of each agency, by version.
fn digests(stage: &Stage) -> BTreeMap<&'static str, BTreeMap<&'static str, String>> {
    let of = |agency: &str, version: &str| {
        candidates::digest(&stage.scene.program, &file(agency, version))
    };
    let versions = |agency| VERSIONS.map(|version| (version, of(agency, version)));
    let all = AGENCIES.map(|agency| (agency, versions(agency).into()));
    all.into()
}
