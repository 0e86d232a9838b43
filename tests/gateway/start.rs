use std::{net::TcpListener, sync::Arc, time::Duration};

use silta::keys::KeyError;
use silta_gateway::{ListenerError, ListenerLimits, ListenerSetup, MemoryInbox};

use super::scene::{listen, server, setup};
use crate::support::keys;

fn refused(change: impl FnOnce(&mut ListenerSetup)) -> ListenerError {
    let mut setup = setup(Arc::new(MemoryInbox::default()));
    change(&mut setup);
    listen(setup).unwrap_err()
}

#[test]
fn what_a_listener_cannot_be_started_with_is_told() {
    let error = refused(|setup| setup.certificates = Vec::new());
    let of_certificates = |error: &ListenerError| {
        assert!(
            matches!(error, ListenerError::Key(KeyError::CertificateFile(_))),
            "{error}"
        );
    };
    of_certificates(&error);
    let error = refused(|setup| setup.certificates = server().key.clone().into());
    of_certificates(&error);
    let error = refused(|setup| setup.private_key = server().certificate.clone().into());
    assert!(
        matches!(error, ListenerError::Key(KeyError::PrivateKeyFile(_))),
        "{error}"
    );
    let foreign = keys::ecdsa().key;
    let error = refused(|setup| setup.private_key = foreign.into());
    assert!(
        matches!(error, ListenerError::Key(KeyError::KeyMismatch { .. })),
        "{error}"
    );
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = refused(|setup| setup.address = address);
    assert!(matches!(error, ListenerError::Address { .. }), "{error}");
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

#[test]
fn limits_have_their_ranges() {
    type Change = fn(&mut ListenerLimits, u32);
    let cases: [(&str, Change, u32, u32); 14] = [
        (
            "connections",
            |limits, value| limits.connections = value,
            1,
            100_000,
        ),
        (
            "connections-per-address",
            |limits, value| limits.connections_per_address = value,
            1,
            100_000,
        ),
        (
            "stranger-connections",
            |limits, value| limits.stranger_connections = value,
            1,
            100_000,
        ),
        (
            "known-callers",
            |limits, value| limits.known_callers = value,
            1,
            1_000_000,
        ),
        (
            "chain-certificates",
            |limits, value| limits.chain_certificates = value,
            1,
            100,
        ),
        (
            "chain-bytes",
            |limits, value| limits.chain_bytes = value,
            1024,
            64 << 10,
        ),
        (
            "calls-per-agency",
            |limits, value| limits.calls_per_agency = value,
            1,
            1000,
        ),
        (
            "header-bytes",
            |limits, value| limits.header_bytes = value,
            1024,
            1 << 20,
        ),
        (
            "header-fields",
            |limits, value| limits.header_fields = value,
            1,
            1000,
        ),
        (
            "header-milliseconds",
            |limits, value| limits.header_time = time(value),
            1,
            3_600_000,
        ),
        (
            "idle-milliseconds",
            |limits, value| limits.idle_time = time(value),
            1,
            3_600_000,
        ),
        (
            "body-milliseconds",
            |limits, value| limits.body_time = time(value),
            1,
            3_600_000,
        ),
        (
            "answer-milliseconds",
            |limits, value| limits.answer_time = time(value),
            1,
            3_600_000,
        ),
        (
            "stop-milliseconds",
            |limits, value| limits.stop_time = time(value),
            0,
            3_600_000,
        ),
    ];
    for (name, change, least, most) in cases {
        let check = |value| {
            let mut limits = ListenerLimits::default();
            change(&mut limits, value);
            limits.check()
        };
        assert_eq!((check(least), check(most)), (Ok(()), Ok(())), "{name}");
        let outside = [least.checked_sub(1), Some(most + 1)];
        for value in outside.into_iter().flatten() {
            let wrong = check(value).unwrap_err();
            assert_eq!((wrong.name, wrong.value), (name, value.into()));
            let error = refused(|setup| change(&mut setup.limits, value));
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}

#[test]
fn the_budget_of_bodies_has_its_range() {
    let check = |body_bytes_at_once| {
        let limits = ListenerLimits {
            body_bytes_at_once,
            ..ListenerLimits::default()
        };
        limits.check().map_err(|wrong| wrong.name)
    };
    assert_eq!((check(64 << 10), check(64 << 30)), (Ok(()), Ok(())));
    for outside in [(64 << 10) - 1, (64 << 30) + 1] {
        assert_eq!(check(outside), Err("body-bytes-at-once"));
    }
}

fn time(milliseconds: u32) -> Duration {
    Duration::from_millis(milliseconds.into())
}

#[test]
fn a_setup_shows_no_key() {
    let setup = setup(Arc::new(MemoryInbox::default()));
    let shown = format!("{setup:?}");
    assert!(shown.contains("127.0.0.1:0"), "{shown}");
    assert!(
        !shown.contains("private") && !shown.contains("45, 45, 45"),
        "{shown}"
    );
}
