// SPDX-License-Identifier: Apache-2.0
use std::sync::Barrier;

use silta_store::{
    MemoryStore, SetClock,
    record::{Claimed, Ending, Outcome},
};

use super::*;
use crate::telemetry::Spans;

const START: Timestamp = Timestamp(1_000_000);
const INTERVAL: Duration = Duration::from_secs(300);

fn schedule() -> Schedule {
    Schedule {
        name: "list".into(),
        interval: INTERVAL,
        parameters: "{}".into(),
    }
}

fn claimed(store: &dyn Store) -> Vec<Claimed> {
    let claim = Claim {
        limit: 10,
        duration: INTERVAL,
        ..Claim::default()
    };
    store.claim(&claim).unwrap()
}

fn end(store: &dyn Store, claimed: &Claimed, cursor: &str) {
    let ending = Ending {
        cursor: Some(cursor.into()),
        ..Ending::default()
    };
    let ended = Outcome::Ended(Box::new(ending));
    store.settle(&claimed.lease, &ended).unwrap();
}

#[test]
fn a_poll_is_run_once_in_its_interval() {
    let clock = SetClock::at(START);
    let store = MemoryStore::with_clock(Arc::new(clock.clone()));
    let due = queue(&store, "a", &schedule(), &Spans::default()).unwrap();
    assert_eq!(due, START.after(INTERVAL));
    let first = claimed(&store).remove(0);
    assert_eq!(first.operation.wish.poll.as_deref(), Some("list"));
    // One that is open is not doubled, however long it takes.
    clock.set(START.after(2 * INTERVAL));
    queue(&store, "a", &schedule(), &Spans::default()).unwrap();
    assert_eq!(store.status().unwrap().queued, 1);
    end(&store, &first, "c1");
    // A process that knows nothing asks again and again.
    for _ in 0..3 {
        queue(&store, "a", &schedule(), &Spans::default()).unwrap();
    }
    let second = claimed(&store);
    assert_eq!(second.len(), 1);
    assert_eq!(second[0].cursor.as_ref().unwrap().value, "c1");
    end(&store, &second[0], "c2");
    clock.set(START.after(3 * INTERVAL - Duration::from_millis(1)));
    let due = queue(&store, "a", &schedule(), &Spans::default()).unwrap();
    assert_eq!(due, START.after(3 * INTERVAL));
    assert!(claimed(&store).is_empty());
    clock.set(due);
    queue(&store, "a", &schedule(), &Spans::default()).unwrap();
    assert_eq!(claimed(&store).len(), 1);
}

#[test]
fn of_many_that_ask_at_once_one_queues() {
    let store = MemoryStore::with_clock(Arc::new(SetClock::at(START)));
    let barrier = Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                barrier.wait();
                queue(&store, "a", &schedule(), &Spans::default()).unwrap();
            });
        }
    });
    assert_eq!(store.status().unwrap().queued, 1);
}

#[test]
fn the_operator_s_interval_counts_and_some_are_not_run() {
    let operation = |name: &str, seconds: Option<u32>| silta::describe::Operation {
        name: name.into(),
        summary: String::new(),
        direction: Direction::Outbound,
        parameters: "{}".into(),
        transport: silta::describe::Transport::Https,
        idempotency: silta::describe::Idempotency::ReadOnly,
        empty_payload: false,
        poll: seconds.map(|interval_seconds| silta::describe::Poll { interval_seconds }),
        credentials: Vec::new(),
        limits: silta::describe::OperationLimits {
            timeout_milliseconds: 1_000,
            rate_limit: None,
            concurrency: None,
            reference_concurrency: None,
            payload_limit: None,
            attachment_limit: 0,
            response_limit: 1_000,
            response_advice: String::new(),
            resending: None,
            steps: 1,
        },
    };
    let description = Description {
        operations: vec![
            operation("upload", None),
            operation("list", Some(300)),
            operation("states", Some(60)),
            operation("news", Some(60)),
        ],
        ..Description::default()
    };
    let settings = BTreeMap::from([
        (
            "list".to_owned(),
            PollSettings {
                interval: Some(Duration::from_secs(900)),
                parameters: r#"{"box":"b"}"#.into(),
                ..PollSettings::default()
            },
        ),
        (
            "news".to_owned(),
            PollSettings {
                enabled: false,
                ..PollSettings::default()
            },
        ),
    ]);
    let schedules = schedules(&description, &settings);
    let shown: Vec<_> = schedules
        .iter()
        .map(|it| (&*it.name, it.interval.as_secs(), &*it.parameters))
        .collect();
    assert_eq!(
        shown,
        [("list", 900, r#"{"box":"b"}"#), ("states", 60, "{}")]
    );
}
