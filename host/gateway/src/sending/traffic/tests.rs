// SPDX-License-Identifier: Apache-2.0
use silta::describe::{Idempotency, OperationLimits};

use super::*;

fn operation(name: &str, transport: Transport, concurrency: Option<u32>) -> Operation {
    Operation {
        name: name.into(),
        summary: String::new(),
        direction: Direction::Outbound,
        parameters: "{}".into(),
        transport,
        idempotency: Idempotency::ByReference,
        empty_payload: false,
        poll: None,
        credentials: Vec::new(),
        limits: OperationLimits {
            timeout_milliseconds: 1_000,
            rate_limit: None,
            concurrency,
            reference_concurrency: None,
            payload_limit: None,
            attachment_limit: 0,
            response_limit: 1_000,
            response_advice: String::new(),
            resending: None,
            steps: 1,
        },
    }
}

fn operations() -> Vec<Operation> {
    vec![
        operation("upload", Transport::Https, None),
        operation("list", Transport::Https, Some(2)),
        operation("mail", Transport::Smtp, None),
    ]
}

/// What is claimed: what is left out, how many, and whether it asks if the agency answers.
fn plan(traffic: &Traffic, now: Instant) -> Vec<(String, u32, bool)> {
    let settings = SendingSettings::default();
    let portions = traffic.plan(&operations(), now, &settings).portions;
    let shown = portions.into_iter().map(|portion| {
        let is_probe = portion.probe.is_some();
        (portion.except.join(" "), portion.limit, is_probe)
    });
    shown.collect()
}

fn portion(except: &str, limit: u32) -> (String, u32, bool) {
    (except.to_owned(), limit, false)
}

#[test]
fn an_operation_has_its_own_concurrency() {
    let (mut traffic, now) = (Traffic::default(), Instant::now());
    let rest = |limit| portion("list", limit);
    assert_eq!(plan(&traffic, now), [portion("upload mail", 2), rest(16)]);
    traffic.begin("list");
    assert_eq!(plan(&traffic, now), [portion("upload mail", 1), rest(15)]);
    traffic.begin("list");
    assert_eq!(plan(&traffic, now), [rest(14)]);
    (0..14).for_each(|_| traffic.begin("upload"));
    assert_eq!(plan(&traffic, now), []);
    traffic.end("list");
    assert_eq!(plan(&traffic, now), [portion("upload mail", 1), rest(1)]);
}

#[test]
fn after_a_rate_has_held_it_up_one_goes_first() {
    let (mut traffic, now) = (Traffic::default(), Instant::now());
    let until = now + Duration::from_secs(60);
    traffic.slow_down("upload", until);
    let lists = portion("upload mail", 2);
    assert_eq!(
        plan(&traffic, now),
        [lists.clone(), portion("upload list", 16)]
    );
    let settings = SendingSettings::default();
    let waits = traffic.plan(&operations(), now, &settings);
    assert_eq!(waits.wait(now, Duration::from_secs(90)).as_secs(), 60);
    for at_once in [1, 2, 4, 8] {
        let uploads = portion("list mail", at_once);
        let rest = portion("upload list", 16);
        assert_eq!(plan(&traffic, until), [uploads, lists.clone(), rest]);
        traffic.speed_up("upload", 16);
    }
    assert_eq!(plan(&traffic, until), [lists, portion("list", 16)]);
}

#[test]
fn one_asks_whether_an_agency_answers_again() {
    let (mut traffic, now) = (Traffic::default(), Instant::now());
    let settings = SendingSettings::default();
    for _ in 0..settings.breaker_calls {
        let breaker = traffic.breaker(Transport::Https);
        breaker.heard((false, false), now, settings.breaker());
    }
    // The way by mail is another.
    let mails = portion("upload list", 16);
    assert_eq!(plan(&traffic, now), [mails]);
    let later = now + settings.breaker_first;
    let probe = ("mail".to_owned(), 1, true);
    let mails = portion("upload list", 15);
    assert_eq!(plan(&traffic, later), [probe, mails]);
    traffic.breaker(Transport::Https).begin_probe();
    traffic.begin("upload");
    let mails = portion("upload list", 15);
    assert_eq!(plan(&traffic, later), [mails]);
    let breaker = traffic.breaker(Transport::Https);
    breaker.heard((true, false), later, settings.breaker());
    // At once as many as ever.
    let all = [portion("upload mail", 2), portion("list", 15)];
    assert_eq!(plan(&traffic, later), all);
}

#[test]
fn requests_of_one_reference_are_counted() {
    let mut traffic = Traffic::default();
    let key = ("upload".to_owned(), "r1".to_owned());
    let other = ("upload".to_owned(), "r2".to_owned());
    assert!(traffic.take_reference(&key, 2) && traffic.take_reference(&key, 2));
    assert!(!traffic.take_reference(&key, 2) && traffic.take_reference(&other, 2));
    traffic.drop_reference(&key);
    assert!(traffic.take_reference(&key, 2) && !traffic.take_reference(&key, 2));
    for (key, times) in [(&key, 2), (&other, 1)] {
        (0..times).for_each(|_| traffic.drop_reference(key));
    }
    assert!(traffic.references.is_empty());
}
