// SPDX-License-Identifier: Apache-2.0
//! Two gateways over one store follow each other: what is deployed on one is prepared by the other before either serves it.

mod preparing;

use std::{
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use silta::{ComponentBytes, Deployment};
use silta_gateway::generations::{
    self, Candidate, CannotServe, Follower, NotServedTogether, OwnParts, Together, Wanted,
};
use silta_store::{
    Content, MemoryStore, Store,
    record::{Generation, GenerationListing, NewGeneration, NodeAgency, NodePhase, PackageTexts},
};

use crate::{
    gateway::{
        client::{Client, post},
        scene::{Listening, arrivals, listen, server, setup},
    },
    support::{host::Host, patience::until},
};

/// Long enough for whatever has to come.
const LONG: Duration = Duration::from_secs(600);

/// What a node serves the agency by, which changes.
#[derive(Clone)]
struct Settings(Arc<Mutex<String>>);

impl OwnParts for Settings {
    fn agencies(&self) -> Vec<String> {
        vec!["rogue".into()]
    }

    fn deployment(
        &self,
        agency: &str,
        component: ComponentBytes,
        package: Option<&PackageTexts>,
    ) -> Result<Deployment, CannotServe> {
        assert_eq!((agency, package), ("rogue", None));
        let settings = self.0.lock().unwrap().clone();
        Ok(Deployment::from_bytes(component).with_settings(settings))
    }
}

/// A gateway, what it serves through, and its view of the others.
struct Node {
    name: &'static str,
    host: Host,
    listening: Listening,
    settings: Settings,
    follower: Follower,
}

impl Node {
    /// Its answers have its version in them.
    fn over(store: &Arc<MemoryStore>, name: &'static str, version: u64, host: Host) -> Self {
        let agency = host.runtime.handle("rogue");
        let listening = listen(setup(store.clone()).serve("rogue", agency)).unwrap();
        let settings = format!(r#"{{"version": {version}}}"#);
        let settings = Settings(Arc::new(Mutex::new(settings)));
        let parts = Box::new(settings.clone());
        let follower = Follower::new(store.clone(), host.runtime.clone(), name, parts);
        Self {
            name,
            host,
            listening,
            settings,
            follower,
        }
    }

    /// The generation that it serves, and the version that it answers a call with.
    fn serves(&self) -> (u64, u64) {
        let agency = self.host.runtime.agency("rogue").unwrap();
        let client = Client::trusting(server());
        let answer = client.call(self.listening.address(), &post("/rogue/echo", "words"));
        let version = answer.json()["version"].as_u64().unwrap();
        (agency.generation_info().unwrap().number, version)
    }

    /// Looks once; what it says of the agency then.
    fn look(&mut self) -> NodeAgency {
        let state = self.follower.look().unwrap();
        state.agencies["rogue"].clone()
    }

    fn deploying(&self, alive_within: Duration, deadline: Duration) -> Together {
        Together {
            node: self.name.to_owned(),
            turn: self.follower.turn(),
            alive_within,
            deadline,
        }
    }

    /// Another component for each number, prepared here.
    fn candidate(&self, number: u8) -> Candidate {
        let bytes = component(number);
        let component = Content::from(bytes.as_slice());
        let settings = self.settings.0.lock().unwrap().clone();
        let deployment = Deployment::from_bytes(bytes).with_settings(settings);
        let ready = self
            .host
            .runtime
            .prepare("rogue", deployment.with_generation(0));
        Candidate {
            agency: "rogue".into(),
            ready: ready.unwrap(),
            component,
            package: None,
            configured: String::new(),
            is_downgrade: false,
        }
    }
}

/// Another component for each number.
fn component(number: u8) -> Vec<u8> {
    // A section without a name or content, but for this.
    let section = [0, 2, 1, b'a' + number];
    [artifacts::ROGUE.bytes, &section].concat()
}

/// Records a component, as whoever deploys it does first; its number.
fn record(store: &MemoryStore, component: &[u8]) -> u64 {
    let wish = NewGeneration {
        agency: "rogue".into(),
        component: Content::from(component),
        version: String::new(),
        settings: String::new(),
        by: "maija".into(),
        why: String::new(),
        is_downgrade: false,
        package: None,
        rejection: None,
    };
    store.record_generation(&wish).unwrap().number
}

fn wanted() -> Wanted {
    Wanted::new("maija", "a new interface")
}

fn deploy(
    store: &MemoryStore,
    candidate: Candidate,
    together: &Together,
) -> Result<u64, NotServedTogether> {
    let served = generations::serve_together(store, vec![candidate], &wanted(), together)?;
    Ok(served[0].number)
}

fn recorded(store: &MemoryStore) -> Vec<Generation> {
    let listing = GenerationListing {
        agency: "rogue".into(),
        before: 0,
        limit: 10,
    };
    store.generations(&listing).unwrap()
}

fn desired(store: &MemoryStore) -> Option<u64> {
    let desired = store.desired().unwrap().value;
    desired.agencies.get("rogue").and_then(|one| one.generation)
}

/// Two nodes that serve the first generation, which the first one has deployed before there was another.
fn two() -> (Arc<MemoryStore>, Node, Node) {
    two_of(Host::fresh(|builder| builder))
}

/// The same; the second one has a runtime of its own kind.
fn two_of(host: Host) -> (Arc<MemoryStore>, Node, Node) {
    let store = Arc::new(MemoryStore::default());
    let first = Node::over(&store, "a", 1, Host::fresh(|builder| builder));
    let mut second = Node::over(&store, "b", 2, host);
    let alone = first.deploying(LONG, LONG);
    assert_eq!(deploy(&store, first.candidate(0), &alone), Ok(1));
    assert_eq!(second.look().serving, Some(1));
    (store, first, second)
}

#[test]
fn what_one_node_deploys_is_served_once_the_other_has_prepared_it() {
    let (store, mut first, mut second) = two();
    assert_eq!(
        (first.serves(), second.serves()),
        ((1, 1), (1, 2)),
        "by settings of their own"
    );
    let candidate = first.candidate(1);
    let together = first.deploying(LONG, LONG);
    thread::scope(|scope| {
        let deploying = scope.spawn(|| deploy(&store, candidate, &together));
        until("it is recorded", || recorded(&store).len() == 2);
        // The one that deploys leaves its own alone, and waits.
        assert_eq!(first.look().prepared, None);
        assert!(!deploying.is_finished());
        assert_eq!(
            (desired(&store), first.serves(), second.serves()),
            (Some(1), (1, 1), (1, 2))
        );
        let said = second.look();
        assert_eq!((said.serving, said.prepared), (Some(1), Some(2)));
        assert_eq!(deploying.join().unwrap(), Ok(2));
    });
    assert_eq!((first.serves(), second.serves()), ((2, 1), (1, 2)));
    let before = second.look();
    assert_eq!((before.serving, before.prepared), (Some(2), None));
    assert_eq!(second.serves(), (2, 2));
    // All that nodes say is in the store: who, what, since when.
    assert_eq!(first.look().serving, Some(2));
    let said = store.nodes().unwrap();
    let names: Vec<&str> = said.iter().map(|seen| seen.state.node.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    for seen in said {
        let agency = &seen.state.agencies["rogue"];
        assert_eq!(
            (seen.state.phase, agency.serving),
            (NodePhase::Serving, Some(2))
        );
        assert!(agency.since.is_some_and(|since| since <= seen.at));
    }
    // A call of either is kept with the generation that has answered it.
    let client = Client::trusting(server());
    for node in [&first, &second] {
        let call = post("/rogue/notify", node.name);
        assert_eq!(client.call(node.listening.address(), &call).status, 202);
    }
    let kept = arrivals(&*store);
    let kept = kept
        .iter()
        .map(|entry| entry.received.provenance.generation);
    assert_eq!(kept.collect::<Vec<_>>(), [Some(2), Some(2)]);
}

#[test]
fn a_rollback_is_followed_by_the_swap_of_a_pointer() {
    let (store, mut first, mut second) = two();
    let together = first.deploying(Duration::ZERO, LONG);
    assert_eq!(deploy(&store, first.candidate(1), &together), Ok(2));
    assert_eq!(second.look().serving, Some(2));
    // Its own parts are not asked any more.
    *second.settings.0.lock().unwrap() = "no settings".into();
    let agency = first.host.runtime.agency("rogue").unwrap();
    let turn = first.follower.turn();
    let held = turn.hold();
    let rolled = generations::roll_back(&*store, ("rogue", &agency), "", &wanted());
    drop(held);
    assert_eq!(rolled, Ok(1));
    assert_eq!(
        (first.look().serving, second.look().serving),
        (Some(1), Some(1))
    );
    assert_eq!(second.serves(), (1, 2));
}

#[test]
fn what_a_node_cannot_serve_is_served_by_none() {
    let (store, mut first, mut second) = two();
    *second.settings.0.lock().unwrap() = r#"{"bad": true}"#.into();
    let candidate = first.candidate(1);
    let together = first.deploying(LONG, LONG);
    let refused = thread::scope(|scope| {
        let deploying = scope.spawn(|| deploy(&store, candidate, &together));
        until("it is recorded", || recorded(&store).len() == 2);
        let said = second.look();
        assert_eq!((said.serving, said.prepared), (Some(1), None));
        assert_eq!(said.cannot.unwrap().number, 2);
        deploying.join().unwrap().unwrap_err()
    });
    let told = refused.to_string();
    assert!(
        told.contains("node b cannot serve generation 2 of rogue"),
        "{told}"
    );
    assert_eq!((desired(&store), first.look().serving), (Some(1), Some(1)));
    assert_eq!(second.serves(), (1, 2));
    let said = store.nodes().unwrap().pop().unwrap().state;
    assert_eq!((said.phase, said.node.as_str()), (NodePhase::Failed, "b"));
    // Once it is mended, and told so, the same is prepared.
    *second.settings.0.lock().unwrap() = r#"{"version": 3}"#.into();
    assert!(second.look().cannot.is_some());
    second.follower.try_again();
    let said = second.look();
    assert_eq!((said.prepared, said.cannot), (Some(2), None));
}

#[test]
fn a_node_that_says_nothing_is_left_behind_and_follows_later() {
    let (store, first, mut second) = two();
    let together = first.deploying(LONG, Duration::ZERO);
    assert_eq!(deploy(&store, first.candidate(1), &together), Ok(2));
    assert_eq!((first.serves(), second.serves()), ((2, 1), (1, 2)));
    assert_eq!(second.look().serving, Some(2));
    // One that has not been heard of for long is not waited for at all.
    let together = first.deploying(Duration::ZERO, LONG);
    assert_eq!(deploy(&store, first.candidate(2), &together), Ok(3));
    // A look for each change is not needed.
    assert_eq!(deploy(&store, first.candidate(3), &together), Ok(4));
    assert_eq!(second.look().serving, Some(4));
    assert_eq!(second.serves(), (4, 2));
}

#[test]
fn of_two_that_deploy_at_once_both_nodes_serve_the_last() {
    let (store, first, second) = two();
    let deployments = [(&first, 1), (&second, 2)].map(|(node, number)| {
        let together = node.deploying(LONG, LONG);
        (node.candidate(number), together)
    });
    let agencies = [&first, &second].map(|node| node.host.runtime.handle("rogue"));
    let every = Duration::from_millis(1);
    let following = [first.follower, second.follower].map(|one| one.start(every).unwrap());
    thread::scope(|scope| {
        let deploying = deployments.map(|(candidate, together)| {
            let store = &store;
            scope.spawn(move || deploy(store, candidate, &together))
        });
        let ends = deploying.map(|deploying| deploying.join().unwrap());
        // Both, one after the other; or one, before the other was prepared.
        assert!(ends.iter().any(Result::is_ok), "{ends:?}");
        let is_overtaken =
            |end: &&Result<u64, _>| matches!(end, Ok(_) | Err(NotServedTogether::Overtaken { .. }));
        assert!(ends.iter().all(|end| is_overtaken(&end)), "{ends:?}");
    });
    let last = desired(&store);
    until("both serve what the store says", || {
        let serving = |agency: &silta::Agency| agency.generation_info().unwrap().number;
        agencies.iter().all(|agency| Some(serving(agency)) == last)
    });
    drop(following);
}

#[test]
fn what_is_no_component_is_told_and_disturbs_nobody() {
    let (store, _, mut second) = two();
    let number = record(&store, b"no component");
    let said = second.look();
    let cannot = said.cannot.unwrap();
    let told = (cannot.number, cannot.code.as_str());
    assert_eq!(told, (number, "component.rejected.compiled"));
    assert_eq!((said.serving, second.serves()), (Some(1), (1, 2)));
}
