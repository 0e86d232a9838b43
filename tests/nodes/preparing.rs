// SPDX-License-Identifier: Apache-2.0
//! What nodes do while they prepare, with several generations that nobody serves yet, and with what was decided meanwhile.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use serde_json::json;
use silta::{ComponentBytes, Deployment};
use silta_gateway::generations::{self, CannotServe, Follower, NotServedTogether, OwnParts, Turn};
use silta_store::{
    MemoryStore, Store,
    record::{NodePhase, NodeSeen, PackageTexts},
};

use super::{LONG, Settings, component, deploy, desired, record, recorded, two, two_of, wanted};
use crate::{
    gateway::scene::Lingering,
    support::{
        build,
        host::Host,
        patience::{PATIENCE, until},
    },
};

/// Settings, and what is done before they are told.
struct Before<F>(Settings, F);

impl<F: Fn() + Send> OwnParts for Before<F> {
    fn agencies(&self) -> Vec<String> {
        self.0.agencies()
    }

    fn deployment(
        &self,
        agency: &str,
        component: ComponentBytes,
        package: Option<&PackageTexts>,
    ) -> Result<Deployment, CannotServe> {
        (self.1)();
        self.0.deployment(agency, component, package)
    }
}

fn seen(store: &MemoryStore, node: &str) -> NodeSeen {
    let nodes = store.nodes().unwrap().into_iter();
    let mut seen = nodes.filter(|seen| seen.state.node == node);
    seen.next().unwrap()
}

/// Waits until the node has reported twice that it prepares something, and somebody else has had its turn.
fn is_heard_of(store: &MemoryStore, turn: &Turn) {
    let mut heard = BTreeSet::new();
    until("it reports while it prepares", || {
        let seen = seen(store, "b");
        if seen.state.phase == NodePhase::Preparing {
            heard.insert(seen.at);
        }
        heard.len() >= 2
    });
    let (tell, told) = mpsc::channel();
    let turn = turn.clone();
    thread::spawn(move || {
        let _held = turn.hold();
        // The test may be over.
        let _ = tell.send(());
    });
    told.recv_timeout(PATIENCE).unwrap();
}

#[test]
fn a_node_that_prepares_is_heard_of_and_leaves_its_turn_to_others() {
    let (store, first, mut second) = two();
    let turn = Arc::new(OnceLock::<Turn>::new());
    let meanwhile = {
        let (store, turn) = (store.clone(), turn.clone());
        move || is_heard_of(&store, turn.get().unwrap())
    };
    let parts = Box::new(Before(second.settings.clone(), meanwhile));
    let runtime = second.host.runtime.clone();
    second.follower = Follower::new(store.clone(), runtime, "b", parts);
    turn.set(second.follower.turn()).unwrap();
    let candidate = first.candidate(1);
    let together = first.deploying(LONG, LONG);
    thread::scope(|scope| {
        let deploying = scope.spawn(|| deploy(&store, candidate, &together));
        until("it is recorded", || recorded(&store).len() == 2);
        assert_eq!(second.look().prepared, Some(2));
        assert_eq!(deploying.join().unwrap(), Ok(2));
    });
    assert_eq!(second.look().serving, Some(2));
}

#[test]
fn each_of_two_that_cannot_be_served_is_tried_once() {
    let (store, first, mut second) = two();
    let tried = Arc::new(AtomicUsize::new(0));
    let counted = {
        let tried = tried.clone();
        move || {
            tried.fetch_add(1, Ordering::SeqCst);
        }
    };
    let parts = Box::new(Before(second.settings.clone(), counted));
    let runtime = second.host.runtime.clone();
    second.follower = Follower::new(store.clone(), runtime, "b", parts);
    *second.settings.0.lock().unwrap() = r#"{"bad": true}"#.into();
    // What it is to serve, and what somebody waits for.
    let alone = first.deploying(LONG, Duration::ZERO);
    assert_eq!(deploy(&store, first.candidate(1), &alone), Ok(2));
    assert_eq!(record(&store, &component(2)), 3);
    let told = [(); 4].map(|()| second.look().cannot.unwrap().number);
    assert_eq!(BTreeSet::from(told), [2, 3].into());
    assert_eq!(tried.load(Ordering::SeqCst), 2);
    // What nobody waits for any more is forgotten with what is mended.
    *second.settings.0.lock().unwrap() = r#"{"version": 3}"#.into();
    second.follower.try_again();
    let said = second.look();
    assert_eq!((said.serving, said.cannot), (Some(2), None));
    assert_eq!((said.prepared, second.serves()), (Some(3), (2, 3)));
}

#[test]
fn what_finds_no_room_is_tried_again_at_the_next_look() {
    let (store, _, mut second) = two_of(Host::fresh(|builder| builder.concurrent_calls(1)));
    let agency = second.host.runtime.agency("rogue").unwrap();
    let lingering = Lingering::at(&second.host);
    let state = thread::scope(|scope| {
        let occupant = scope.spawn(|| build(&agency, "linger", json!({})));
        lingering.wait();
        record(&store, &component(1));
        let state = second.follower.look().unwrap();
        lingering.let_go();
        occupant.join().unwrap().unwrap();
        state
    });
    drop(lingering);
    let said = &state.agencies["rogue"];
    assert_eq!((said.prepared, &said.cannot), (None, &None));
    assert_eq!(state.phase, NodePhase::Preparing);
    assert_eq!(
        state.detail,
        "rogue, generation 2: limit.concurrent-calls; it is tried again"
    );
    assert_eq!(second.look().prepared, Some(2));
}

#[test]
fn several_that_nobody_serves_yet_are_prepared_and_told_by_turns() {
    let (store, first, mut second) = two();
    let numbers = [1, 2].map(|number| record(&store, &component(number)));
    let told = [(); 2].map(|()| second.look().prepared.unwrap());
    assert_eq!(BTreeSet::from(told), numbers.into());
    // Both are still there when a third one is deployed, which is told in its turn.
    let candidate = first.candidate(3);
    let together = first.deploying(LONG, LONG);
    thread::scope(|scope| {
        let deploying = scope.spawn(|| deploy(&store, candidate, &together));
        until("it is over", || {
            second.look();
            deploying.is_finished()
        });
        assert_eq!(deploying.join().unwrap(), Ok(4));
    });
    assert_eq!(second.look().serving, Some(4));
}

#[test]
fn what_a_rollback_has_overtaken_is_not_served_though_its_component_is_kept() {
    let (store, mut first, mut second) = two();
    let together = first.deploying(Duration::ZERO, LONG);
    assert_eq!(deploy(&store, first.candidate(1), &together), Ok(2));
    assert_eq!(second.look().serving, Some(2));
    // The same component, by other settings.
    *first.settings.0.lock().unwrap() = r#"{"version": 5}"#.into();
    let candidate = first.candidate(1);
    let together = first.deploying(LONG, LONG);
    let agency = second.host.runtime.agency("rogue").unwrap();
    let turn = first.follower.turn();
    let end = thread::scope(|scope| {
        let deploying = scope.spawn(|| deploy(&store, candidate, &together));
        until("it is recorded", || recorded(&store).len() == 3);
        // It is ready on both, and waits for the turn of its own node.
        let held = turn.hold();
        assert_eq!(second.look().prepared, Some(3));
        let rolled = generations::roll_back(&*store, ("rogue", &agency), "", &wanted());
        assert_eq!(rolled, Ok(1));
        drop(held);
        deploying.join().unwrap()
    });
    let overtaken = NotServedTogether::Overtaken {
        agency: "rogue".into(),
        number: 3,
    };
    assert_eq!((end, desired(&store)), (Err(overtaken), Some(1)));
    assert_eq!(first.look().serving, Some(1));
}

#[test]
fn what_is_on_trial_ends_where_a_node_follows_to_another_component() {
    let (store, first, mut second) = two();
    let tried = Deployment::from_bytes(component(7)).with_settings("{}");
    let ready = second.host.runtime.prepare("rogue", tried).unwrap();
    let agency = ready.shadow(Arc::clone(&second.host.recorder) as _);
    second.look();
    assert!(agency.trial_info().is_some());
    let together = first.deploying(Duration::ZERO, LONG);
    assert_eq!(deploy(&store, first.candidate(1), &together), Ok(2));
    assert_eq!(second.look().serving, Some(2));
    assert!(agency.trial_info().is_none());
}
