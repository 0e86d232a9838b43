// SPDX-License-Identifier: Apache-2.0
//! The whole way: a platform submits, agencies that misbehave take, the platform takes what comes of it, and the program is killed again and again meanwhile.
//!
//! What was answered 202 has taken effect once at its agency, in the same bytes wherever an earlier sending may have been taken, in the order of its conversation; it has one result in the inbox,
//! which is handed out to one at a time and never after its acknowledgement; and nothing that was refused has reached an agency.

pub(crate) mod backlog;
mod called;
pub(crate) mod outage;
mod platform;
mod scene;
mod story;
mod submitter;
mod taker;
mod wrong;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::random::Random;
use scene::CONFIGURATION;
use story::{Told, judge};
use submitter::Submitter;

pub(crate) use platform::{Answer, Wish};
pub(crate) use scene::Scene;
pub(crate) use taker::Taker;
pub(crate) use wrong::judge_the_judge;

const SUBMITTERS: u64 = 4;
const TAKERS: u64 = 2;

/// Submissions that may be under way; with more, the submitters wait.
const MOST_LEFT: usize = 150;

/// Between two submissions of one client, at most.
const PAUSE: Duration = Duration::from_millis(200);

/// The longest that the program lives in a round, once it listens, in milliseconds.
const LONGEST_LIFE: u64 = 1500;

/// Something has to come to an end within this time.
const PATIENCE: Duration = Duration::from_secs(300);

/// Every lease of an entry has run out after this time.
const LEASES: Duration = Duration::from_secs(5);

/// What a round is.
#[derive(Debug, Clone, Copy)]
enum Life {
    /// It is killed once it listens, at any moment.
    Serving,
    /// It is killed before it listens, or about then.
    Starting,
    /// It is told to stop, and killed soon after.
    Stopping,
}

/// In this order, again and again.
const LIVES: [Life; 5] = [
    Life::Serving,
    Life::Starting,
    Life::Serving,
    Life::Stopping,
    Life::Serving,
];

pub(crate) fn prove(rounds: u64, seed: u64) {
    let begun = Instant::now();
    let scene = Scene::new(&[]);
    let mut random = Random::new(seed);
    let start_time = start_time(&scene);
    let [no_more, is_over, is_good] = [const { AtomicBool::new(false) }; 3];
    let (misbehaved, before) = thread::scope(|scope| {
        // Whatever fails below ends what runs beside it.
        let _ending = Ending([&no_more, &is_over, &is_good]);
        let submitters: Vec<_> = (0..SUBMITTERS)
            .map(|number| {
                let submitter = Submitter {
                    scene: &scene,
                    number,
                    random: Random::new(seed ^ (number + 1)),
                    most_left: MOST_LEFT,
                    pause: PAUSE,
                };
                scope.spawn(|| submitter.submit(&no_more))
            })
            .collect();
        for number in 0..TAKERS {
            let taker = Taker {
                scene: &scene,
                random: Random::new(seed ^ (number + 101)),
                careless_until: Some(&is_good),
            };
            scope.spawn(|| taker.take(&is_over));
        }
        let bad = scope.spawn(|| scene.called.misbehave(seed ^ 1001, &is_good));
        let deciding = scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                scene.decide();
                thread::sleep(Duration::from_millis(500));
            }
        });
        let mut before = 0;
        for round in 0..rounds {
            let life = LIVES[round as usize % LIVES.len()];
            before += u64::from(!lives(&scene, life, start_time, &mut random));
        }
        let serving = scene.program.start(CONFIGURATION, &[]);
        no_more.store(true, Ordering::SeqCst);
        is_good.store(true, Ordering::SeqCst);
        for submitter in submitters {
            submitter.join().unwrap();
        }
        let misbehaved = bad.join().unwrap();
        until("the platform has had everything", || scene.is_complete());
        thread::sleep(LEASES);
        is_over.store(true, Ordering::SeqCst);
        deciding.join().unwrap();
        scene.books().story.ended.extend(scene.ended());
        serving.stop();
        (misbehaved, before)
    });
    let told = finish(&scene, seed);
    let books = scene.books();
    println!(
        "whole: seed {seed}, {rounds} rounds, {} s: killed {before} times before it listened; agencies misbehaved {misbehaved} times, {} operations were decided on; \
         {} submissions without an answer, {} asked again and answered the same, {} refused; {told}",
        begun.elapsed().as_secs(),
        books.decided,
        books.unanswered,
        books.again,
        books.refused.len()
    );
}

/// Judges everything, once nothing runs any more and it is known how operations ended.
fn finish(scene: &Scene, seed: u64) -> Told {
    scene.program.check();
    let mut books = scene.books();
    books.story.kept = scene.kept();
    books.story.effects = scene.called.effects();
    books.story.attempts = scene.called.attempts();
    let told = judge(&books.story).unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
    let reached = scene.called.seen().into_iter();
    let reached = reached.filter(|token| books.refused.contains(token));
    let reached: Vec<_> = reached.collect();
    assert!(
        reached.is_empty(),
        "seed {seed}: refused, and reached an agency: {reached:?}"
    );
    told
}

/// One life of the program; whether it had listened.
fn lives(scene: &Scene, life: Life, start_time: Duration, random: &mut Random) -> bool {
    let mut below = |longest: Duration| {
        let micros = u64::try_from(longest.as_micros()).unwrap();
        Duration::from_micros(random.below(micros.max(1)))
    };
    let mut serving = scene.program.start(CONFIGURATION, &[]);
    if matches!(life, Life::Starting) {
        thread::sleep(below(start_time * 5 / 4));
        return serving.kill();
    }
    assert!(serving.listens(), "it does not serve");
    thread::sleep(below(Duration::from_millis(LONGEST_LIFE)));
    if matches!(life, Life::Stopping) {
        serving.signal("TERM");
        thread::sleep(below(Duration::from_millis(100)));
    }
    serving.kill();
    true
}

/// How long a start takes when components are compiled already.
fn start_time(scene: &Scene) -> Duration {
    let serve = || {
        let mut serving = scene.program.start(CONFIGURATION, &[]);
        assert!(serving.listens(), "it does not serve");
        serving.stop();
    };
    serve();
    let begun = Instant::now();
    serve();
    begun.elapsed()
}

pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// Tells all that it is over, also when something has failed.
struct Ending<'a>([&'a AtomicBool; 3]);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        for flag in self.0 {
            flag.store(true, Ordering::SeqCst);
        }
    }
}
