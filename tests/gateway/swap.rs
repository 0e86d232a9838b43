// SPDX-License-Identifier: Apache-2.0
use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
};

use super::{client::post, scene::Scene};
use crate::support::host::rogue_version;

#[test]
fn no_call_is_lost_while_components_are_swapped() {
    const SWAPS: u64 = 60;
    let scene = Scene::new();
    scene
        .host
        .runtime
        .deploy("rogue", rogue_version(1))
        .unwrap();
    let address = scene.listener.address();
    let (started, served) = (AtomicU64::new(1), AtomicU64::new(1));
    let done = AtomicBool::new(false);
    let calls: u64 = thread::scope(|scope| {
        let callers: Vec<_> = (0..3)
            .map(|caller| {
                let (client, started, served, done) = (&scene.client, &started, &served, &done);
                scope.spawn(move || {
                    let mut connection = client.connect(address);
                    let mut calls = 0_u64;
                    while !done.load(Ordering::SeqCst) {
                        let oldest = served.load(Ordering::SeqCst);
                        connection.send(&post("/rogue/echo", "words"));
                        let version = connection.answer().json()["version"].as_u64().unwrap();
                        let newest = started.load(Ordering::SeqCst);
                        assert!(
                            (oldest..=newest).contains(&version),
                            "{version} is not of {oldest} to {newest}"
                        );
                        connection.send(&post("/rogue/notify", format!("{caller}/{calls}")));
                        assert_eq!(connection.answer().status, 202);
                        calls += 1;
                    }
                    calls
                })
            })
            .collect();
        for version in 2..=SWAPS {
            started.store(version, Ordering::SeqCst);
            scene
                .host
                .runtime
                .deploy("rogue", rogue_version(version))
                .unwrap();
            served.store(version, Ordering::SeqCst);
        }
        done.store(true, Ordering::SeqCst);
        callers
            .into_iter()
            .map(|caller| caller.join().unwrap())
            .sum()
    });
    let arrivals = scene.arrivals();
    assert_eq!(arrivals.len() as u64, calls);
    let provenance = arrivals.iter();
    let provenance = provenance.map(|arrival| &arrival.received.provenance.settings);
    let mut generations: Vec<_> = provenance.collect();
    generations.sort_unstable();
    generations.dedup();
    assert!(generations.len() > 2, "{generations:?}");
}
