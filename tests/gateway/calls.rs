// SPDX-License-Identifier: Apache-2.0
use std::{
    sync::{Arc, Mutex, atomic::Ordering, mpsc},
    thread,
    time::{Duration, SystemTime},
};

use serde_json::json;
use silta::{Deployment, Limits};
use silta_gateway::{Inbox, ListenerLimits, ListenerSetup};
use silta_store::{
    MemoryStore, Store, StoreError,
    record::{Arrival, Position, Receipt},
};

use super::{
    client::{Client, post},
    scene::{Lingering, Moody, Scene, arrivals, listen, server, setup},
};
use crate::support::{
    host::{Host, host, rogue, rogue_within},
    patience::PATIENCE,
};

#[test]
fn what_an_accepted_call_brings_is_committed() {
    let scene = Scene::new();
    let before = SystemTime::now();
    let answer = scene.post("/rogue/deliver", "one\ntwo");
    assert_eq!((answer.status, answer.body.len()), (202, 0));
    let [arrival] = &scene.arrivals()[..] else {
        panic!("not one arrival")
    };
    assert_eq!(arrival.agency, "rogue");
    let received = &arrival.received;
    let generation = scene.agency.generation_info().unwrap();
    assert_eq!(received.provenance.component, generation.component);
    assert_eq!(received.provenance.settings, generation.settings);
    let (begin, end) = (before.into(), SystemTime::now().into());
    assert!((begin..=end).contains(&received.at));
    assert_eq!(received.operation, "called");
    assert_eq!(received.events[1].deduplication_key, "called/two");
    let content = scene.store.body(received.documents[0].body).unwrap();
    assert_eq!(content.unwrap().to_vec(), b"one\ntwo");
    let follow_up = scene.store.operation(received.follow_ups[0]).unwrap();
    assert_eq!(follow_up.unwrap().wish.operation, "behave");
}

#[test]
fn nothing_is_answered_before_it_is_committed() {
    /// Says that it is about to commit, and waits.
    struct Slow(mpsc::Sender<()>, Mutex<mpsc::Receiver<()>>);

    impl Inbox for Slow {
        fn commit(&self, _: &Arrival) -> Result<Receipt, StoreError> {
            self.0.send(()).unwrap();
            self.1.lock().unwrap().recv().unwrap();
            Ok(Receipt::New(Position(1)))
        }

        fn ready(&self) -> Result<(), StoreError> {
            Ok(())
        }
    }

    let (committing, is_committing) = mpsc::channel();
    let (commit, may_commit) = mpsc::channel();
    let host = host();
    let inbox = Arc::new(Slow(committing, Mutex::new(may_commit)));
    let setup = setup(inbox).serve("rogue", host.rogue(rogue()));
    let listener = listen(setup).unwrap();
    let mut connection = Client::trusting(server()).connect(listener.address());
    connection.send(&post("/rogue/notify", "one"));
    is_committing.recv().unwrap();
    assert!(connection.is_silent_for(Duration::from_millis(200)));
    commit.send(()).unwrap();
    assert_eq!(connection.answer().status, 202);
}

#[test]
fn a_call_that_comes_again_is_answered_as_a_duplicate() {
    let scene = Scene::new();
    assert_eq!(scene.post("/rogue/notify", "one").status, 202);
    assert_eq!(scene.post("/rogue/notify", "one").status, 200);
    assert_eq!(scene.keys(), ["called/one"]);
    // One event that is not known makes a call a new one, for that event.
    assert_eq!(scene.post("/rogue/notify", "one\ntwo").status, 202);
    assert_eq!(scene.post("/rogue/notify", "two\none").status, 200);
    assert_eq!(scene.keys(), ["called/one", "called/two"]);
}

#[test]
fn of_calls_at_once_with_one_key_one_is_new() {
    let scene = Scene::new();
    let statuses: Vec<u16> = thread::scope(|scope| {
        let calls: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| scene.post("/rogue/notify", "one").status))
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    let new = statuses.iter().filter(|status| **status == 202).count();
    assert_eq!(new, 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 202].contains(status)));
    assert_eq!(scene.keys(), ["called/one"]);
}

#[test]
fn a_rejected_call_is_answered_and_leaves_nothing() {
    let scene = Scene::new();
    assert_eq!(scene.post("/rogue/refuse", "one").status, 403);
    assert_eq!(scene.post("/rogue/notify", b"\xff").status, 400);
    assert_eq!(scene.post("/rogue/nothing-here", "one").status, 404);
    assert!(scene.arrivals().is_empty());
}

#[test]
fn a_call_that_brings_nothing_is_answered_well_while_an_arrival_could_be_kept() {
    let host = host();
    let inbox = Arc::new(Moody::default());
    inbox.fails.store(true, Ordering::SeqCst);
    let setup = setup(inbox.clone()).serve("rogue", host.rogue(rogue()));
    let listener = listen(setup).unwrap();
    let client = Client::trusting(server());
    let call = |body| {
        client
            .call(listener.address(), &post("/rogue/notify", body))
            .status
    };
    assert_eq!(call(""), 503);
    assert_eq!(call("one"), 503);
    inbox.fails.store(false, Ordering::SeqCst);
    assert_eq!(call(""), 202);
    assert!(arrivals(&inbox.inner).is_empty());
}

#[test]
fn what_could_not_be_committed_may_come_again() {
    let host = host();
    let inbox = Arc::new(Moody::default());
    let setup = setup(inbox.clone()).serve("rogue", host.rogue(rogue()));
    let listener = listen(setup).unwrap();
    let client = Client::trusting(server());
    let call = || client.call(listener.address(), &post("/rogue/notify", "one"));
    for mood in [&inbox.fails, &inbox.panics] {
        mood.store(true, Ordering::SeqCst);
        let answer = call();
        assert_eq!((answer.status, answer.body.len()), (503, 0));
        mood.store(false, Ordering::SeqCst);
    }
    assert!(arrivals(&inbox.inner).is_empty());
    assert_eq!(call().status, 202);
    assert_eq!(call().status, 200);
    assert_eq!(arrivals(&inbox.inner).len(), 1);
}

#[test]
fn a_component_that_fails_is_answered_for() {
    let host = host();
    let limits = Limits {
        deadline: Duration::from_secs(2),
        ..Limits::default()
    };
    let inbox = Arc::new(MemoryStore::default());
    let setup = setup(inbox.clone()).serve("rogue", host.rogue(rogue_within(limits)));
    let listener = listen(setup).unwrap();
    let client = Client::trusting(server());
    let call = |path: &str| client.call(listener.address(), &post(path, "one"));
    for path in [
        "/rogue/crash",
        "/rogue/allocate-forever",
        "/rogue/loop-forever",
    ] {
        let answer = call(path);
        assert_eq!((answer.status, answer.body.len()), (503, 0), "{path}");
        assert_eq!(answer.header("content-length"), Some("0"), "{path}");
    }
    // Strangers' calls do not fill the store.
    assert!(arrivals(&*inbox).is_empty());
    assert_eq!(call("/rogue/notify").status, 202);
    // A known caller's is kept, once, for somebody to look at; it is told to call again all the same. Not where the next attempt may be another matter.
    for path in ["/rogue/crash", "/rogue/crash", "/rogue/loop-forever"] {
        assert_eq!(call(path).status, 503, "{path}");
    }
    let kept = arrivals(&*inbox);
    assert_eq!(kept.len(), 2);
    let entry = &kept[1].received;
    assert_eq!(entry.events[0].kind, silta_gateway::UNREADABLE);
    assert!(entry.events[0].data.contains("/rogue/crash"));
    let body = Store::body(&*inbox, entry.documents[0].body).unwrap();
    assert_eq!(body.unwrap().to_vec(), b"one");
}

#[test]
fn an_agency_whose_component_hangs_takes_nothing_from_another() {
    // Its own: what lingers there is not to hold up the calls of the other.
    let (first, second) = (Host::fresh(|builder| builder), host());
    let limits = ListenerLimits {
        calls_per_agency: 1,
        answer_time: PATIENCE,
        ..ListenerLimits::default()
    };
    let setup = ListenerSetup {
        limits,
        ..setup(Arc::new(MemoryStore::default()))
    };
    let setup = setup
        .serve("hanging", first.rogue(rogue()))
        .serve("well", second.rogue(rogue()));
    let listener = listen(setup).unwrap();
    let client = Client::trusting(server());
    let mut hanging: Vec<_> = (0..4).map(|_| client.connect(listener.address())).collect();
    let lingering = Lingering::at(&first);
    hanging[0].send(&post("/hanging/linger", ""));
    lingering.wait();
    for connection in &mut hanging[1..] {
        connection.send(&post("/hanging/linger", ""));
    }
    for number in 0..20 {
        let call = post("/well/notify", number.to_string());
        assert_eq!(client.call(listener.address(), &call).status, 202);
    }
    // All of that was over before the first of those that hang was.
    assert!(hanging[0].is_silent_for(Duration::from_millis(1)));
    lingering.let_go();
    assert_eq!(hanging[0].answer().status, 202);
}

#[test]
fn only_agencies_that_call_are_found() {
    let host = host();
    let inspector = Deployment::from_bytes(artifacts::XML_INSPECTOR.bytes);
    let inspector = host.runtime.deploy("xml-inspector", inspector).unwrap();
    let setup = setup(Arc::new(MemoryStore::default()))
        .serve("rogue", host.rogue(rogue()))
        .serve("xml-inspector", inspector);
    let listener = listen(setup).unwrap();
    let client = Client::trusting(server());
    for path in [
        "/",
        "/nobody/notify",
        "/notify",
        "//rogue",
        "/ROGUE",
        "/rogu%65",
        "/xml-inspector/notify",
    ] {
        let answer = client.call(listener.address(), &post(path, "one"));
        assert_eq!((answer.status, answer.body.len()), (404, 0), "{path}");
    }
    // The rest of the path is the component's matter: this one takes calls at the empty one.
    for (path, status) in [
        ("/rogue/", 202),
        ("/rogue/?a", 202),
        ("https://localhost/rogue/", 202),
        ("/rogue", 404),
        ("/rogue?a", 404),
    ] {
        let answer = client.call(listener.address(), &post(path, ""));
        assert_eq!(answer.status, status, "{path}");
    }
}

#[test]
fn a_component_sees_the_call_as_it_came() {
    let scene = Scene::new();
    let mut connection = scene.client.connect(scene.listener.address());
    connection.send(
        b"PUT /rogue/deep/echo?a=%20b&c HTTP/1.1\r\nHost: localhost\r\nX-Twice: one\r\nX-TWICE: two\r\nX-Latin: p\xe4\xe4\r\n\
          X-Utf-8: p\xc3\xa4\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n4\r\n two\r\n0\r\n\r\n",
    );
    let seen = connection.answer().json();
    assert_eq!(seen["method"], "PUT");
    assert_eq!(seen["target"], "/rogue/deep/echo?a=%20b&c");
    assert_eq!(seen["body"], "one two");
    assert_eq!(seen["address"], "127.0.0.1");
    let headers = json!([
        ["host", "localhost"],
        ["x-twice", "one"],
        ["x-twice", "two"],
        ["x-latin", "pää"],
        ["x-utf-8", "pä"],
        ["transfer-encoding", "chunked"]
    ]);
    assert_eq!(seen["headers"], headers);
    // A connection serves more than one call, and methods are the component's matter, too.
    for method in ["GET", "DELETE", "PROPFIND", "HEAD"] {
        connection.send(format!("{method} /rogue/echo HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
        let answer = connection.answer_to(method).unwrap();
        assert_eq!(answer.status, 200);
        if method != "HEAD" {
            assert_eq!(answer.json()["method"], method);
            assert_eq!(answer.json()["body"], "");
        }
    }
}
