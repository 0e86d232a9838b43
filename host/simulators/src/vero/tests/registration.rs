// SPDX-License-Identifier: Apache-2.0
//! RegisterPush, and what follows from a registration.

use super::super::{Environment, Misbehaviour, Notification, RegistrationStatus, VeroSimulator};
use super::client::{get, post, register, registration};
use super::{SECRET, json, notification, setup, start_receiver, url, vero, world};
use crate::Simulator;
use crate::peers::receiver::RIGHT;

fn status(vero: &VeroSimulator) -> Option<RegistrationStatus> {
    vero.registration().map(|registration| registration.status)
}

/// The status as a customer is told it.
fn told(vero: &VeroSimulator) -> Option<String> {
    let listed = json(get(vero, "/ListSubscriptions").body.as_bytes());
    let status = &listed["Subscriptions"][0]["RegistrationStatus"];
    status.as_str().map(str::to_owned)
}

/// Base64 of something else.
const NEW: &str = "YW5vdGhlciBvbmUgYW5vdGhlciBvbmUgYW5vdGhlcg==";

const NO: &str = "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n";

#[test]
fn a_callback_that_answers_a_health_check_is_registered() {
    let vero = vero();
    let receiver = start_receiver(&[]);
    let reply = register(&vero, &receiver);
    assert_eq!((reply.status, reply.body.as_str()), (200, ""));
    let call = receiver.call();
    assert_eq!(call.request_line(), "POST /vero/Notify/v1 HTTP/1.1");
    assert_eq!(call.header("vero-callback-secret"), Some(SECRET));
    let body = json(&call.body);
    assert_eq!(body["NotificationType"], Notification::HEALTH_CHECK);
    assert_eq!(body["Environment"], "FIS");
    let client = call.client.unwrap();
    assert_eq!(world().vero_authority.objection(&client), None);
    let registered = vero.registration().unwrap();
    assert_eq!(registered.callback_url, url(&receiver));
    assert_eq!(registered.status, RegistrationStatus::Active);
    assert_eq!(told(&vero).as_deref(), Some("active"));

    let delivery = vero.push(notification());
    assert!(delivery.is_acknowledged());
    assert_eq!(json(&receiver.call().body)["NotificationKey"], 17);
    let kinds: Vec<_> = vero
        .take_deliveries()
        .into_iter()
        .map(|delivery| delivery.notification.kind)
        .collect();
    assert_eq!(kinds, [Notification::HEALTH_CHECK, "TAX_CARD"]);
    assert!(vero.deliveries().is_empty());
}

#[test]
fn the_health_check_has_one_attempt_and_tells_the_environment() {
    for wrong in [NO, "", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"] {
        let mut setup = setup();
        setup.environment = Environment::Production;
        let vero = VeroSimulator::start(setup).unwrap();
        let receiver = start_receiver(&[wrong]);
        assert_eq!(register(&vero, &receiver).status, 422);
        assert_eq!(json(&receiver.call().body)["Environment"], "FIP");
        assert!(receiver.is_left_alone());
        assert_eq!((vero.registration(), told(&vero)), (None, None));
        let reason = vero.received()[0].reason.clone().unwrap();
        assert!(reason.contains("health check failed"), "{reason}");
        assert_eq!(register(&vero, &receiver).status, 200);
    }
}

#[test]
fn a_new_url_replaces_the_old_and_an_empty_one_ends_the_push() {
    let vero = vero();
    let (old, new) = (start_receiver(&[]), start_receiver(&[]));
    let mute = start_receiver(&[NO]);
    register(&vero, &old);
    register(&vero, &new);
    // What fails changes nothing.
    register(&vero, &mute);
    assert_eq!(vero.registration().unwrap().callback_url, url(&new));
    vero.push(notification());
    for checked in [&old, &new, &mute] {
        checked.call();
    }
    assert_eq!(json(&new.call().body)["NotificationType"], "TAX_CARD");
    assert!(old.is_left_alone() && mute.is_left_alone());

    let reply = post(&vero, "/RegisterPush", "{\"callbackURL\": \"\"}");
    assert_eq!((reply.status, vero.registration()), (200, None));
    assert!(vero.push(notification()).attempts.is_empty());
    assert!(new.is_left_alone());
}

#[test]
fn a_new_secret_replaces_the_old_from_its_health_check_on() {
    let vero = vero();
    let receiver = start_receiver(&[]);
    register(&vero, &receiver);
    let again = registration(&url(&receiver)).replace(SECRET, NEW);
    assert_eq!(post(&vero, "/RegisterPush", &again).status, 200);
    vero.push(notification());
    let secrets = [(); 3].map(|()| {
        let call = receiver.call();
        let kind = json(&call.body)["NotificationType"].clone();
        (kind, call.header("vero-callback-secret").map(str::to_owned))
    });
    let with = |kind: &str, secret: &str| (kind.into(), Some(secret.to_owned()));
    let expected = [
        with(Notification::HEALTH_CHECK, SECRET),
        with(Notification::HEALTH_CHECK, NEW),
        with("TAX_CARD", NEW),
    ];
    assert_eq!(secrets, expected);
}

#[test]
fn a_new_secret_whose_health_check_fails_changes_nothing() {
    let vero = vero();
    let receiver = start_receiver(&[RIGHT, NO]);
    register(&vero, &receiver);
    let again = registration(&url(&receiver)).replace(SECRET, NEW);
    assert_eq!(post(&vero, "/RegisterPush", &again).status, 422);
    vero.push(notification());
    let secrets = [(); 3].map(|()| {
        let call = receiver.call();
        call.header("vero-callback-secret").map(str::to_owned)
    });
    assert_eq!(secrets, [SECRET, NEW, SECRET].map(|it| Some(it.to_owned())));
}

#[test]
fn verification_and_the_test_environment_register_nothing() {
    let receiver = start_receiver(&[]);
    let body = registration(&url(&receiver));
    let vero = vero();
    assert_eq!(post(&vero, "/Verification/RegisterPush", &body).status, 200);
    receiver.call();
    assert_eq!(vero.registration(), None);

    let mut setup = setup();
    setup.keeps_registrations = false;
    let vero = VeroSimulator::start(setup).unwrap();
    assert_eq!(register(&vero, &receiver).status, 200);
    receiver.call();
    assert_eq!(vero.registration(), None);
}

#[test]
fn there_is_one_registration_at_a_time() {
    let vero = vero();
    let receiver = start_receiver(&[]);
    register(&vero, &receiver);
    // Accepts by the backlog alone, and has the health check wait.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!(
        "https://localhost:{}/Notify/v1",
        silent.local_addr().unwrap().port()
    );
    std::thread::scope(|scope| {
        let first = scope.spawn(|| post(&vero, "/RegisterPush", &registration(&url)));
        while told(&vero).as_deref() != Some("pending") {
            assert!(!first.is_finished());
            std::thread::yield_now();
        }
        assert_eq!(register(&vero, &receiver).status, 409);
        assert!(vero.push(notification()).attempts.is_empty());
        // Whoever waits there has nobody to wait for any more.
        drop(silent);
        assert_eq!(first.join().unwrap().status, 422);
    });
    assert_eq!(status(&vero), Some(RegistrationStatus::Active));
    assert_eq!(register(&vero, &receiver).status, 200);
}

#[test]
fn too_many_failures_in_a_row_suspend_the_registration() {
    let mut setup = setup();
    setup.failures_to_suspend = 2;
    setup.push.attempts = 1;
    let vero = VeroSimulator::start(setup).unwrap();
    let yes = RIGHT;
    let receiver = start_receiver(&[yes, NO, yes, NO, NO]);
    register(&vero, &receiver);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        vero.push(notification());
        statuses.push(status(&vero).unwrap());
    }
    use RegistrationStatus::{Active, Fail};
    assert_eq!(statuses, [Active, Active, Active, Fail]);
    assert_eq!(told(&vero).as_deref(), Some("fail"));
    for _ in 0..5 {
        receiver.call();
    }
    assert!(vero.push(notification()).attempts.is_empty());
    assert!(receiver.is_left_alone());

    register(&vero, &receiver);
    assert_eq!(status(&vero), Some(Active));
    assert!(vero.push(notification()).is_acknowledged());
}

#[test]
fn misbehaviour_comes_once_each_and_does_not_count() {
    let mut setup = setup();
    setup.failures_to_suspend = 1;
    setup.push.attempts = 1;
    let vero = VeroSimulator::start(setup).unwrap();
    let receiver = start_receiver(&[RIGHT, NO]);
    // Nobody is registered: this is no occasion.
    vero.misbehave([Misbehaviour::NoSecret, Misbehaviour::WrongPath]);
    vero.push(notification());
    register(&vero, &receiver);
    let played: Vec<_> = (0..3)
        .map(|_| vero.push(notification()).misbehaviour)
        .collect();
    assert_eq!(
        played,
        [
            Some(Misbehaviour::NoSecret),
            Some(Misbehaviour::WrongPath),
            None
        ]
    );
    let calls = [(); 4].map(|()| receiver.call());
    assert_eq!(calls[0].header("vero-callback-secret"), Some(SECRET));
    assert_eq!(calls[1].header("vero-callback-secret"), None);
    assert!(calls[2].request_line().contains("/other"));
    assert_eq!(status(&vero), Some(RegistrationStatus::Active));
}

#[test]
fn records_do_not_show_the_secret() {
    let vero = vero();
    let receiver = start_receiver(&[]);
    register(&vero, &receiver);
    let shown = format!(
        "{:?} {:?} {:?}",
        vero.received(),
        vero.deliveries(),
        vero.registration()
    );
    assert!(shown.contains("RegisterPush"));
    assert!(!shown.contains("c2ls"), "{shown}");
}
