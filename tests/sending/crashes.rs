// SPDX-License-Identifier: Apache-2.0
//! The process that sends ends, at any point, again and again.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use silta_gateway::SendingSettings;

use super::office::{Office, quick};
use crate::operations::{
    agency::Call,
    journey::{Task, external_ids},
    server::{Kill, Turn},
};

const QUEUED: usize = 6;

/// What is under way is cut off where it is.
fn sudden() -> SendingSettings {
    SendingSettings {
        stop_time: Duration::ZERO,
        // An end of the process is not the agency's silence.
        breaker_calls: u32::MAX,
        ..quick()
    }
}

/// Each message is there once, whole, under one external id with the same bytes each time; and everything is handed out once.
#[track_caller]
fn assert_sent_once(office: &Office) {
    let journal = office.world.server.journal();
    assert_eq!(external_ids(&journal).len(), QUEUED);
    let mut bodies = BTreeMap::new();
    for entry in journal
        .iter()
        .filter(|it| !it.call.text("externalId").is_empty())
    {
        let call = &entry.call;
        let position = call.json()["position"].as_u64();
        let key = (call.text("externalId"), call.target.clone(), position);
        let first = bodies.entry(key).or_insert_with(|| call.body.clone());
        assert_eq!(*first, call.body);
    }
    let state = office.world.server.state();
    assert_eq!(state.agency.messages.len(), QUEUED);
    assert_eq!(state.agency.attachments.len(), 2 * QUEUED);
    drop(state);
    let mut keys: Vec<_> = office
        .events()
        .into_iter()
        .map(|it| it.deduplication_key)
        .collect();
    assert_eq!(keys.len(), 3 * QUEUED);
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3 * QUEUED);
    assert_eq!(office.entries().len(), QUEUED);
}

#[test]
fn nothing_takes_effect_twice_wherever_it_ends() {
    // A small generator, so that a failure comes again as far as it can.
    for seed in 1_u64..=3 {
        let office = Office::new();
        let mut random = seed;
        let mut next = |most: u64| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(seed);
            (random >> 33) % most
        };
        for exchange in 1..=60 {
            let choice = next(3 * Kill::ALL.len() as u64) as usize;
            if let Some(kill) = Kill::ALL.get(choice) {
                office.world.server.plan(exchange, Turn::Kill(*kill));
            }
        }
        for _ in 0..QUEUED {
            office.submit(&Task::delivery(2));
        }
        for _ in 0..25 {
            let process = tireless(&office, sudden());
            thread::sleep(Duration::from_millis(next(60)));
            drop(process);
        }
        let _process = tireless(&office, quick());
        office.until_all_ended();
        assert_sent_once(&office);
    }
}

/// A process for Courier that sends the same bytes as often as it takes: each end of the process may have been behind a sending.
fn tireless(office: &Office, settings: SendingSettings) -> super::office::Process {
    let more = r#", "resending": {"most-sendings": 1000}"#;
    let agency = office.world.courier_with(more);
    let connect = crate::operations::server::settings();
    office.process(("courier", agency), connect, settings)
}

#[test]
fn two_that_send_from_one_store_send_everything_once() {
    let office = Office::new();
    let ids: Vec<_> = (0..QUEUED)
        .map(|_| office.submit(&Task::delivery(2)))
        .collect();
    let _processes = [office.courier(quick()), office.courier(quick())];
    office.until_all_ended();
    assert_sent_once(&office);
    assert!(ids.iter().all(|id| office.state(*id).runs == 0));
    let attempts = office.world.server.journal();
    let attempts = attempts
        .iter()
        .filter(|it| !it.call.text("externalId").is_empty());
    assert_eq!(attempts.count(), 3 * QUEUED);
}

/// What is under way when the gateway stops has a time to end; then it is cut off, and another goes on with it at once.
#[test]
fn what_is_cut_off_is_given_back() {
    let office = Office::new();
    let id = office.submit(&Task::delivery(2));
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let may_go_on = Mutex::new(may_go_on);
    // Until there is nobody who could let it go on.
    let linger = move |_: &Call| {
        let _ = may_go_on.lock().unwrap().recv();
    };
    office.world.server.plan(3, Turn::Then(Arc::new(linger)));
    let process = office.courier(SendingSettings {
        stop_time: Duration::from_millis(100),
        ..quick()
    });
    office.until("it lingers", |it| it.world.server.journal().len() == 3);
    drop(process);
    let state = office.state(id);
    assert_eq!((state.owner, state.runs, state.last), (None, 0, None));
    assert!(state.progress.is_some());
    assert!(state.until <= office.store.now().unwrap());
    drop(go_on);
    let _process = office.courier(quick());
    office.until_all_ended();
    // The second attachment came twice, and is there once.
    let state = office.world.server.state();
    assert_eq!(
        (state.agency.messages.len(), state.agency.attachments.len()),
        (1, 2)
    );
    assert_eq!(state.journal.len(), 6);
}

/// Who has lost an operation to another sends nothing more of it, and its outcome is not written.
#[test]
fn whoever_has_lost_an_operation_sends_nothing_more() {
    use silta_store::record::{Claim, Outcome, Settled};

    let office = Office::new();
    let id = office.submit(&Task::delivery(2));
    let store = Arc::clone(&office.store);
    // While the first attachment is uploaded, the operation is given to another: as after a long pause of this process.
    let steal = move |_: &Call| {
        let mut lease = store.operation(id).unwrap().unwrap().state;
        let current = silta_store::record::Lease {
            id,
            epoch: lease.epoch,
            until: lease.until,
        };
        let again = Outcome::Again {
            delay: Duration::ZERO,
            progress: None,
            note: None,
        };
        assert_eq!(store.settle(&current, &again), Ok(Settled::Done));
        let claim = Claim {
            owner: "another".into(),
            limit: 1,
            duration: Duration::from_secs(3_600),
            ..Claim::default()
        };
        // The process may be quicker: then it is ours again, and nobody has lost anything.
        for claimed in store.claim(&claim).unwrap() {
            lease = claimed.operation.state;
        }
        assert_eq!(lease.owner.as_deref(), Some("another"));
    };
    office.world.server.plan(2, Turn::Then(Arc::new(steal)));
    let process = office.courier(SendingSettings {
        operations_at_once: 1,
        ..quick()
    });
    office.until("it is uploaded", |it| it.world.server.journal().len() == 2);
    thread::sleep(20 * quick().look);
    drop(process);
    assert_eq!(office.world.server.journal().len(), 2);
    let state = office.state(id);
    assert_eq!((state.runs, state.owner.as_deref()), (0, Some("another")));
    let lease = silta_store::record::Lease {
        id,
        epoch: state.epoch,
        until: state.until,
    };
    let over = Outcome::Ended(Box::default());
    assert_eq!(office.store.settle(&lease, &over), Ok(Settled::Done));
}
