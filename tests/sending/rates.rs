// SPDX-License-Identifier: Apache-2.0
//! What an agency declares of how often it may be called, judged by what came there.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use silta_store::{SetClock, SqliteSettings, Timestamp};

use super::office::{Office, quick};
use crate::operations::{
    agency::Call,
    journey::{Task, arrivals},
    server::{Kill, Turn, settings as trusting},
};

const START: Timestamp = Timestamp(1_800_000_000_000);

/// Three in a minute, and the second that clocks may differ by.
const WINDOW: Duration = Duration::from_secs(61);

/// No honest step takes as long.
const PATIENCE: Duration = Duration::from_secs(30);

fn calls(office: &Office) -> usize {
    arrivals(&office.world.server.journal(), "/messages")
}

fn process(office: &Office) -> super::office::Process {
    let agency = office.world.courier_with(r#", "deliveries-per-minute": 3"#);
    office.process(("courier", agency), trusting(), quick())
}

/// The store's clock stands still while a process works; each process is a new one, and so is each second one beside it.
#[test]
fn a_rate_is_kept_over_restarts_and_by_two_at_once() {
    let clock = SetClock::at(START);
    let office = Office::with(SqliteSettings {
        clock: Arc::new(clock.clone()),
        ..SqliteSettings::default()
    });
    for _ in 0..10 {
        office.submit(&Task::delivery(0));
    }
    // The token, and then one whose answer nobody hears: it counts.
    let kill = Turn::Kill(Kill::AfterProcessing);
    office.world.server.plan(3, kill);
    let (mut now, mut expected) = (START, 0);
    // Ten, and the one that comes twice.
    for allowed in [3, 3, 3, 2] {
        expected += allowed;
        let (one, two) = (process(&office), process(&office));
        office.until("as many are sent as may be", |it| calls(it) >= expected);
        // The others are put off, and not sent.
        std::thread::sleep(10 * quick().look);
        drop((one, two));
        // A new one knows no better.
        let process = process(&office);
        std::thread::sleep(10 * quick().look);
        drop(process);
        assert_eq!(calls(&office), expected);
        clock.set(now.after(WINDOW - Duration::from_millis(1)));
        let process = self::process(&office);
        std::thread::sleep(10 * quick().look);
        drop(process);
        assert_eq!(calls(&office), expected, "a moment too early");
        now = now.after(WINDOW);
        clock.set(now);
    }
    assert_eq!(office.store.status().unwrap().queued, 0);
    assert_eq!(office.world.server.state().agency.messages.len(), 10);
}

/// What is only put off is no run that failed.
#[test]
fn what_is_put_off_says_why() {
    let office = Office::new();
    for _ in 0..4 {
        office.submit(&Task::delivery(0));
    }
    let _process = process(&office);
    let put_off = |office: &Office| {
        let id = office.store.status().unwrap().queued;
        id == 1 && calls(office) == 3
    };
    office.until("three are sent", put_off);
    let claim = silta_store::record::Claim::default();
    office.until("the fourth is put off", |it| {
        let due = it.store.due(&claim).unwrap();
        due.next
            .is_some_and(|next| next > due.now.after(Duration::from_secs(30)))
    });
    let last = (1..100).filter_map(|id| {
        let operation = office.store.operation(silta_store::record::OperationId(id));
        operation.unwrap().filter(|it| it.state.ended.is_none())
    });
    let states: Vec<_> = last.map(|it| it.state).collect();
    assert_eq!((states.len(), states[0].runs), (1, 0));
    let last = states[0].last.clone().unwrap();
    assert_eq!(last.class, "put-off");
    assert!(
        last.text.starts_with("3 calls of `deliver` in 60 s"),
        "{}",
        last.text
    );
}

/// Two at once are what Courier takes, and two are what it gets: from one process, and from two that share a store.
#[test]
fn no_more_are_under_way_than_it_takes() {
    for processes in [1, 2] {
        most_under_way(processes);
    }
}

fn most_under_way(processes: usize) {
    let office = Office::new();
    let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let came = Arc::new(AtomicUsize::new(0));
    let linger = {
        let most = Arc::clone(&most);
        move |call: &Call| {
            // Each process obtains a token, side by side.
            if call.target != "/messages" {
                return;
            }
            let now = under_way.fetch_add(1, Ordering::SeqCst) + 1;
            most.fetch_max(now, Ordering::SeqCst);
            // The first two stay until all processes would have seen that there is more to do: a third of any of them would come meanwhile.
            if came.fetch_add(1, Ordering::SeqCst) < 2 {
                stay_until(PATIENCE, || most.load(Ordering::SeqCst) >= 2);
                stay_until(50 * quick().look, || most.load(Ordering::SeqCst) > 2);
            } else {
                std::thread::sleep(quick().look);
            }
            under_way.fetch_sub(1, Ordering::SeqCst);
        }
    };
    let linger: Arc<dyn Fn(&Call) + Send + Sync> = Arc::new(linger);
    for exchange in 1..=8 + processes {
        let turn = Turn::Then(Arc::clone(&linger));
        office.world.server.plan(exchange, turn);
    }
    for _ in 0..8 {
        office.submit(&Task::delivery(0));
    }
    let working: Vec<_> = (0..processes)
        .map(|_| {
            let agency = office.world.courier_with(r#", "deliveries-at-once": 2"#);
            office.process(("courier", agency), trusting(), quick())
        })
        .collect();
    office.until_all_ended();
    drop(working);
    assert_eq!(calls(&office), 8);
    assert_eq!(most.load(Ordering::SeqCst), 2, "{processes} processes");
}

fn stay_until(most: Duration, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() && begun.elapsed() < most {
        std::thread::sleep(Duration::from_millis(5));
    }
}
