// SPDX-License-Identifier: Apache-2.0
//! An agency that does not answer, and one that gives out no token.

use std::time::Duration;

use silta_gateway::SendingSettings;
use silta_store::record::OperationId;

use super::office::{Office, quick};
use crate::operations::{
    journey::{Task, arrivals},
    server::{Kill, Turn},
};

const QUEUED: usize = 30;

/// One that asks again however often there was no answer.
pub(super) fn patient() -> SendingSettings {
    SendingSettings {
        breaker_calls: u32::MAX,
        ..quick()
    }
}

fn queue(office: &Office) -> Vec<OperationId> {
    let task = Task::delivery(0);
    (0..QUEUED).map(|_| office.submit(&task)).collect()
}

fn silence(office: &Office, exchanges: usize) {
    for exchange in 1..=exchanges {
        office
            .world
            .server
            .plan(exchange, Turn::Kill(Kill::BeforeTls));
    }
}

#[test]
fn where_nobody_answers_the_queue_stays_as_it_is() {
    let office = Office::new();
    silence(&office, 1_000);
    let queued = queue(&office);
    let settings = SendingSettings {
        operations_at_once: 4,
        breaker_calls: 3,
        breaker_first: Duration::from_secs(3_600),
        breaker_longest: Duration::from_secs(3_600),
        ..quick()
    };
    let process = office.courier(settings.clone());
    office.until("calls are made", |it| {
        it.world.server.state().exchanges >= 3
    });
    // Whoever has more to send comes to the same.
    let later = office.submit(&Task::delivery(0));
    std::thread::sleep(20 * settings.look);
    drop(process);
    // Three, and those that were under way with the third.
    let exchanges = office.world.server.state().exchanges;
    assert!((3..=6).contains(&exchanges), "{exchanges}");
    let states = queued.iter().map(|id| office.state(*id));
    let touched = states.filter(|state| state.epoch > 0).count();
    assert!(touched <= 6, "{touched}");
    assert_eq!(office.state(later).epoch, 0);
}

#[test]
fn one_that_answers_again_gets_everything() {
    let office = Office::new();
    silence(&office, 15);
    let queued = queue(&office);
    let _process = office.courier(SendingSettings {
        breaker_calls: 3,
        ..quick()
    });
    office.until_all_ended();
    let server = &office.world.server;
    assert_eq!(server.state().agency.messages.len(), QUEUED);
    // What was not sent is sent once.
    assert_eq!(arrivals(&server.journal(), "/messages"), QUEUED);
    let runs: u32 = queued.iter().map(|id| office.state(*id).runs).sum();
    assert_eq!(runs, 15);
}

/// What was sent and not answered waits for longer and longer; the first answer to anything ends that.
#[test]
fn what_waits_for_an_answer_does_not_wait_for_longer_than_the_silence() {
    let office = Office::new();
    // The first exchange is for a token.
    for exchange in 2..=4 {
        let server = &office.world.server;
        server.plan(exchange, Turn::Kill(Kill::AfterProcessing));
    }
    let queued = queue(&office);
    let _process = office.courier(SendingSettings {
        operations_at_once: 1,
        breaker_calls: 3,
        first_delay: Duration::from_secs(24 * 3_600),
        longest_delay: Duration::from_secs(24 * 3_600),
        ..quick()
    });
    office.until_all_ended();
    let server = &office.world.server;
    // What may have been taken came again as it was, and was known.
    assert_eq!(server.state().agency.messages.len(), QUEUED);
    assert_eq!(arrivals(&server.journal(), "/messages"), QUEUED + 3);
    let runs: u32 = queued.iter().map(|id| office.state(*id).runs).sum();
    assert_eq!(runs, 3);
}

/// A password that is wrong is not tried once for each operation that waits.
#[test]
fn a_password_that_is_refused_is_tried_seldom() {
    let office = Office::new();
    office.world.server.state().agency.password = "another one, of the operator".into();
    queue(&office);
    let process = office.courier(SendingSettings {
        operations_at_once: 1,
        breaker_first: Duration::from_secs(3_600),
        breaker_longest: Duration::from_secs(3_600),
        ..quick()
    });
    office.until("it is tried", |it| it.world.server.state().exchanges >= 1);
    std::thread::sleep(20 * quick().look);
    drop(process);
    let journal = office.world.server.journal();
    assert_eq!(arrivals(&journal, "/token"), 1);
    assert_eq!(office.store.status().unwrap().held, 0);
    // The operator corrects it.
    office.world.server.state().agency.password = crate::operations::journey::FIRST.into();
    let _process = office.courier(quick());
    office.until_all_ended();
    assert_eq!(office.world.server.state().agency.messages.len(), QUEUED);
}
