// SPDX-License-Identifier: Apache-2.0
//! A poll, over restarts.

use std::{sync::Arc, time::Duration};

use silta_gateway::{Gateway, SendingAgency, SendingSetup, ServedAgency, outbound::HttpClient};
use silta_store::{SetClock, SqliteSettings, Timestamp};

use super::office::{Office, quick};
use crate::operations::server::settings as trusting;

const START: Timestamp = Timestamp(1_800_000_000_000);

/// What Courier declares.
pub(super) const INTERVAL: Duration = Duration::from_secs(300);

pub(super) fn polling(office: &Office) -> Gateway {
    let gateway = Gateway::new().unwrap();
    gateway.send(SendingSetup {
        store: Arc::clone(&office.store),
        node: "one".into(),
        agencies: vec![SendingAgency {
            served: ServedAgency::new("courier", office.world.courier(), 16),
            http: HttpClient::new(trusting()).unwrap(),
            mail: None,
            polls: [].into(),
        }],
        settings: quick(),
    });
    gateway
}

/// Pages that were asked for.
fn pages(office: &Office) -> usize {
    let journal = office.world.server.journal();
    let lists = journal.iter().filter(|it| it.call.method == "GET");
    lists.count()
}

fn add_states(office: &Office, numbers: std::ops::Range<usize>) {
    let state = |number: usize| {
        [
            format!("m-{number}"),
            format!("e-{number}"),
            "read".to_owned(),
        ]
    };
    let states = numbers.map(state);
    office.world.server.state().agency.states.extend(states);
}

#[test]
fn a_poll_goes_on_over_restarts_and_never_more_often_than_it_may() {
    let clock = SetClock::at(START);
    let office = Office::with(SqliteSettings {
        clock: Arc::new(clock.clone()),
        ..SqliteSettings::default()
    });
    add_states(&office, 0..11);
    // Four pages of two in the first run; more waits, so that the next comes at once.
    let gateway = polling(&office);
    office.until("all are listed", |it| it.events().len() == 11);
    office.until_all_ended();
    drop(gateway);
    assert_eq!(pages(&office), 6);
    add_states(&office, 11..12);
    for _ in 0..3 {
        let gateways = [polling(&office), polling(&office)];
        std::thread::sleep(15 * quick().look);
        drop(gateways);
    }
    assert_eq!(pages(&office), 6, "its time has not come");
    clock.set(START.after(INTERVAL));
    let gateways = [polling(&office), polling(&office)];
    office.until("the next is listed", |it| it.events().len() == 12);
    std::thread::sleep(15 * quick().look);
    office.until_all_ended();
    drop(gateways);
    // It goes on where the last one ended.
    assert_eq!(pages(&office), 7);
    let keys: Vec<_> = office
        .events()
        .into_iter()
        .map(|it| it.about.unwrap())
        .collect();
    let all: Vec<_> = (0..12).map(|number| format!("e-{number}")).collect();
    assert_eq!(keys, all);
    // While it runs, time goes on: the schedule is the store's.
    let gateway = polling(&office);
    clock.set(START.after(2 * INTERVAL));
    office.until("the third run", |it| pages(it) == 8);
    drop(gateway);
}
