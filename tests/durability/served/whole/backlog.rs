// SPDX-License-Identifier: Apache-2.0
//! The platform takes nothing out of the inbox for a while, and then comes back: nothing is lost, nothing is there twice, and nothing of a conversation is out of order.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::{
    Ending, LEASES, finish,
    scene::{CONFIGURATION, Scene},
    submitter::Submitter,
    taker::Taker,
    until,
};
use crate::{
    figures::{Use, megabytes},
    random::Random,
};

const SUBMITTERS: u64 = 4;
const TAKERS: u64 = 3;

/// What memory may have gained from the first quarter to the last, in MiB.
const MOST_GAIN: f64 = 24.0;

pub(crate) fn prove(submissions: usize, seed: u64) {
    let begun = Instant::now();
    let scene = Scene::new(&[]);
    let [no_more, is_over, is_complete] = [const { AtomicBool::new(false) }; 3];
    let mut serving = scene.program.start(CONFIGURATION, &[]);
    serving.has_to_listen();
    let (waited, early, late, took) = thread::scope(|scope| {
        let _ending = Ending([&no_more, &is_over, &is_complete]);
        let submitters: Vec<_> = (0..SUBMITTERS)
            .map(|number| {
                let submitter = Submitter {
                    scene: &scene,
                    number,
                    random: Random::new(seed ^ (number + 1)),
                    most_left: usize::MAX,
                    pause: Duration::from_millis(5),
                };
                scope.spawn(|| submitter.submit(&no_more))
            })
            .collect();
        let number = || scene.books().story.submitted.len();
        let resident = || megabytes(Use::of(&serving).resident);
        let enough = |share: usize| {
            let last = Instant::now();
            while number() < submissions * share / 4 {
                assert!(last.elapsed() < Duration::from_secs(3600), "it is stuck");
                thread::sleep(Duration::from_millis(50));
            }
        };
        enough(1);
        let early = resident();
        enough(4);
        no_more.store(true, Ordering::SeqCst);
        for submitter in submitters {
            submitter.join().unwrap();
        }
        until("everything has ended", || {
            scene.decide();
            scene.ended().len() >= number()
        });
        let (waited, late) = (begun.elapsed(), resident());
        let back = Instant::now();
        for number in 0..TAKERS {
            let taker = Taker {
                scene: &scene,
                random: Random::new(seed ^ (number + 101)),
                careless_until: (number == 0).then_some(&is_complete),
            };
            scope.spawn(|| taker.take(&is_over));
        }
        until("the platform has had everything", || scene.is_complete());
        let took = back.elapsed();
        is_complete.store(true, Ordering::SeqCst);
        thread::sleep(LEASES);
        is_over.store(true, Ordering::SeqCst);
        (waited, early, late, took)
    });
    scene.books().story.ended.extend(scene.ended());
    serving.stop();
    let told = finish(&scene, seed);
    println!(
        "backlog: seed {seed}: the platform was away for {} s and had everything {} s after its return; memory {early:.0} MiB after a quarter, {late:.0} MiB in the end; {told}",
        waited.as_secs(),
        took.as_secs()
    );
    assert!(late - early <= MOST_GAIN, "memory has grown");
}
