// SPDX-License-Identifier: Apache-2.0
use std::{net::TcpListener, sync::Arc, time::Duration};

use silta::keys::KeyError;
use silta_gateway::{ListenerError, ListenerLimits, ListenerSetup};
use silta_store::MemoryStore;

use super::scene::{listen, server, setup};
use crate::support::keys;

fn refused(change: impl FnOnce(&mut ListenerSetup)) -> ListenerError {
    let mut setup = setup(Arc::new(MemoryStore::default()));
    change(&mut setup);
    listen(setup).unwrap_err()
}

#[test]
fn what_a_listener_cannot_be_started_with_is_told() {
    let (own, foreign) = (server(), keys::ecdsa());
    for certificates in ["", &own.key] {
        let error = refused(|setup| setup.certificates = certificates.into());
        let is_told = matches!(error, ListenerError::Key(KeyError::CertificateFile(_)));
        assert!(is_told, "{error}");
    }
    let error = refused(|setup| setup.private_key = own.certificate.clone().into());
    let is_told = matches!(error, ListenerError::Key(KeyError::PrivateKeyFile(_)));
    assert!(is_told, "{error}");
    let error = refused(|setup| setup.private_key = foreign.key.into());
    let is_told = matches!(error, ListenerError::Key(KeyError::KeyMismatch { .. }));
    assert!(is_told, "{error}");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let error = refused(|setup| setup.address = address);
    assert!(matches!(error, ListenerError::Address { .. }), "{error}");
    assert!(error.to_string().contains(&address.to_string()), "{error}");
}

/// Sets a limit that is a number, or a time in milliseconds.
macro_rules! set {
    ($limit:ident) => {
        |limits, value| limits.$limit = value.try_into().unwrap()
    };
    (some $limit:ident) => {
        |limits, value| limits.$limit = Some(value.try_into().unwrap())
    };
    (time $limit:ident) => {
        |limits, value| limits.$limit = Duration::from_millis(value)
    };
}

#[test]
fn limits_have_their_ranges() {
    type Change = fn(&mut ListenerLimits, u64);
    let body_bytes: Change = |limits, value| limits.body_bytes_at_once = value;
    #[rustfmt::skip]
    let cases: [(&str, Change, u64, u64); 16] = [
        ("connections", set!(connections), 1, 100_000),
        ("connections-per-address", set!(some connections_per_address), 1, 100_000),
        ("stranger-connections", set!(some stranger_connections), 1, 100_000),
        ("known-callers", set!(known_callers), 1, 1_000_000),
        ("chain-certificates", set!(chain_certificates), 1, 100),
        ("chain-bytes", set!(chain_bytes), 1024, 64 << 10),
        ("calls-per-agency", set!(calls_per_agency), 1, 1000),
        ("header-bytes", set!(header_bytes), 1024, 1 << 20),
        ("header-fields", set!(header_fields), 1, 1000),
        ("body-bytes-at-once", body_bytes, 64 << 10, 64 << 30),
        ("header-milliseconds", set!(time header_time), 1, 3_600_000),
        ("idle-milliseconds", set!(time idle_time), 1, 3_600_000),
        ("body-milliseconds", set!(time body_time), 1, 3_600_000),
        ("queue-milliseconds", set!(time queue_time), 1, 3_600_000),
        ("answer-milliseconds", set!(time answer_time), 1, 3_600_000),
        ("stop-milliseconds", set!(time stop_time), 0, 3_600_000),
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
            assert_eq!((wrong.name, wrong.value), (name, value));
            let error = refused(|setup| change(&mut setup.limits, value));
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}

#[test]
fn a_setup_shows_no_key() {
    let setup = setup(Arc::new(MemoryStore::default()));
    let shown = format!("{setup:?}");
    assert!(shown.contains("127.0.0.1:0"), "{shown}");
    assert!(
        !shown.contains("private") && !shown.contains("45, 45, 45"),
        "{shown}"
    );
}
