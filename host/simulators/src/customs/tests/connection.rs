// SPDX-License-Identifier: Apache-2.0
//! TLS and HTTP.

use std::io::Write;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::super::{CustomsSimulator, Verdict};
use super::client::{connect, exchange, head, upload};
use super::message::Upload;
use super::{INTERMEDIARY, customs, setup, world};
use crate::peers::authority::Authority;
use crate::peers::reserved::Reserved;
use crate::{Simulator, SimulatorError};

#[test]
fn without_the_right_certificate_the_handshake_is_refused() {
    let customs = customs();
    let request = format!("{}<x/>", head(&customs, 4));
    let stranger = Authority::new("Clients").issue_to(INTERMEDIARY);
    let expired = world().client_authority.issue(|params| {
        params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    });
    assert!(exchange(&customs, None, &request).is_err());
    assert!(exchange(&customs, Some(&stranger), &request).is_err());
    assert!(exchange(&customs, Some(&expired), &request).is_err());
    assert!(customs.received().is_empty());
    // The server may count a moment after the client has noticed.
    let started = Instant::now();
    while customs.refused_handshakes() < 3 && started.elapsed() < Duration::from_secs(60) {
        std::thread::yield_now();
    }
    assert_eq!(customs.refused_handshakes(), 3);
    let reasons: Vec<_> = customs
        .take_refused_handshakes()
        .into_iter()
        .map(|refused| refused.reason)
        .collect();
    let expected = ["no certificates", "BadSignature", "expired"];
    for (reason, says) in reasons.iter().zip(expected) {
        assert!(reason.contains(says), "{reasons:?}");
    }
    assert_eq!(reasons.len(), 3);
    assert!(customs.take_refused_handshakes().is_empty());
}

#[test]
fn http_has_its_own_refusals() {
    let customs = customs();
    let right = head(&customs, 4);
    #[rustfmt::skip]
    let rows = [
        ("POST ", "GET ", 405, "tls-client-certificate"),
        ("POST ", "PUT ", 405, "tls-client-certificate"),
        ("HTTP/1.1", "HTTP/1.0", 505, "http-method"),
        ("/dme", "/other", 404, "http-version"),
        ("/dme", "/dme?wsdl", 404, "http-version"),
        ("text/xml; charset=utf-8", "application/soap+xml", 415, "http-path"),
        ("charset=utf-8", "charset=iso-8859-1", 415, "http-path"),
        ("Content-Type", "X-Content-Type", 415, "http-path"),
        ("SOAPAction: \"\"", "SOAPAction: \"Upload\"", 400, "content-type"),
        ("SOAPAction: \"\"", "SOAPAction: ", 400, "content-type"),
        ("SOAPAction", "X-SOAPAction", 400, "content-type"),
    ];
    for (from, to, status, last_passed) in rows {
        let request = format!("{}<x/>", right.replace(from, to));
        let reply = exchange(&customs, Some(&world().intermediary), &request).unwrap();
        let record = customs.received().pop().unwrap();
        assert_eq!(reply.status, status, "{to}");
        assert!(reply.body.is_empty());
        assert_eq!(
            (record.verdict, record.http_status),
            (Verdict::Http, status)
        );
        assert_eq!(record.checks.last().unwrap().name, last_passed, "{to}");
    }
}

#[test]
fn the_body_limit_is_exact() {
    let mut setup = setup();
    let message = Upload::default();
    let soap = message.soap(&message.signed_by(&world().builder));
    setup.body_limit = soap.len();
    let customs = CustomsSimulator::start(setup).unwrap();
    assert_eq!(upload(&customs, &world().intermediary, &soap).status, 200);
    assert_eq!(
        upload(&customs, &world().intermediary, &format!("{soap} ")).status,
        413
    );
    // Far beyond it the answer still arrives.
    let long = " ".repeat(4 * 1024 * 1024);
    assert_eq!(upload(&customs, &world().intermediary, &long).status, 413);
}

#[test]
fn connections_can_be_kept() {
    let customs = customs();
    let mut stream = connect(&customs, Some(&world().intermediary)).unwrap();
    let request = head(&customs, 4).replace("Connection: close\r\n", "");
    let last = head(&customs, 4);
    stream
        .write_all(format!("{request}<x/>{request}<x/>{last}<x/>").as_bytes())
        .unwrap();
    let mut answers = Vec::new();
    let _ = std::io::Read::read_to_end(&mut stream, &mut answers);
    assert_eq!(customs.received().len(), 3);
}

#[test]
fn dropping_it_frees_the_address_even_with_connections_open() {
    let reserved = Reserved::new();
    let mut setup = setup();
    setup.address = reserved.address;
    let customs = CustomsSimulator::start(setup).unwrap();
    let mut idle = connect(&customs, Some(&world().intermediary)).unwrap();
    idle.conn.complete_io(&mut idle.sock).unwrap();
    assert!(TcpListener::bind(reserved.address).is_err());
    // Does not wait for whoever keeps a connection.
    drop(customs);
    TcpListener::bind(reserved.address).unwrap();
}

#[test]
fn a_setup_that_cannot_work_is_an_error() {
    let mut no_anchors = setup();
    no_anchors.builder_anchors_pem.clear();
    assert!(matches!(
        CustomsSimulator::start(no_anchors),
        Err(SimulatorError::Pem("builder_anchors_pem"))
    ));
    let mut wrong_key = setup();
    wrong_key.server_key_pem = world().intermediary.key_pem();
    assert!(matches!(
        CustomsSimulator::start(wrong_key),
        Err(SimulatorError::Credential {
            field: "server_certificates_pem",
            ..
        })
    ));
    let taken = customs();
    let mut same_address = setup();
    same_address.address = taken.address();
    assert!(matches!(
        CustomsSimulator::start(same_address),
        Err(SimulatorError::Listen(_))
    ));
}
