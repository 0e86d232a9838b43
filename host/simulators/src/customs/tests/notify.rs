// SPDX-License-Identifier: Apache-2.0
//! Notifications: what is sent, to whom, how often, and which answers are in order.

use std::time::{Duration, Instant};

use super::super::{CustomsSimulator, Notification, NotifySetup, NotifyShape, Reply, SoapVersion};
use super::client::texts;
use super::{INTERMEDIARY, setup, world};
use crate::peers::receiver::Receiver;
use crate::{Simulator, SimulatorError};

/// A customer's notification service that gives every call the same answer; an empty one is none.
pub(super) fn receiver(answer: &str) -> Receiver {
    let receiver = Receiver::start(world().server.tls(), &[]);
    receiver.answer_with(answer);
    receiver
}

pub(super) fn notify_setup(receiver: &Receiver, soap_version: SoapVersion) -> NotifySetup {
    let world = world();
    let mut setup = NotifySetup::new(
        format!("https://localhost:{}/notify?of=customs", receiver.port),
        world.client_authority.pem(),
        world.customs.certificate_pem(),
        world.customs.key_pem(),
    );
    setup.soap_version = soap_version;
    setup.timeout = Duration::from_secs(60);
    setup
}

/// An answer with status 200.
fn http(content_type: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

const NAMESPACE: &str = "http://tulli.fi/schema/notificationservice/v1";
const SOAP_1_1: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_1_2: &str = "http://www.w3.org/2003/05/soap-envelope";

/// Code and text beside the header.
fn siblings(soap: &str, code: &str) -> String {
    envelope(
        soap,
        &format!(
            "<ResponseHeader><Timestamp>2026-01-31T12:00:00Z</Timestamp></ResponseHeader>\
             <ResponseCode>{code}</ResponseCode><ResponseText>OK</ResponseText>"
        ),
    )
}

/// Code and text in the header.
fn in_header(soap: &str, code: &str) -> String {
    envelope(
        soap,
        &format!(
            "<ResponseHeader><ResponseCode>{code}</ResponseCode><ResponseText>OK</ResponseText></ResponseHeader>"
        ),
    )
}

fn envelope(soap: &str, content: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"{soap}\"><s:Body><NotifyResponse xmlns=\"{NAMESPACE}\">{content}</NotifyResponse></s:Body></s:Envelope>"
    )
}

fn start(receiver: &Receiver, version: SoapVersion) -> CustomsSimulator {
    let mut setup = setup();
    setup.notify = Some(notify_setup(receiver, version));
    CustomsSimulator::start(setup).unwrap()
}

/// Lays a message into the mailbox; the result of its notification.
fn notified(customs: &CustomsSimulator) -> Notification {
    let before = customs.notifications().len();
    customs
        .deposit(Reply {
            reference: Some("REF-1".to_owned()),
            ..Reply::new(INTERMEDIARY, "<r/>")
        })
        .unwrap();
    let started = Instant::now();
    loop {
        if let Some(notification) = customs.notifications().get(before) {
            return notification.clone();
        }
        assert!(started.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn each_message_is_told_of_once_in_either_version_of_soap() {
    for (version, soap, media_type) in [
        (SoapVersion::V1_1, SOAP_1_1, "text/xml"),
        (SoapVersion::V1_2, SOAP_1_2, "application/soap+xml"),
    ] {
        let receiver = receiver(&http(media_type, &siblings(soap, "000")));
        let customs = start(&receiver, version);
        let notification = notified(&customs);
        let call = receiver.call();
        let head = call.head.to_ascii_lowercase();
        assert_eq!(notification.problem, None);
        assert_eq!(notification.http_status, Some(200));
        assert_eq!(notification.code.as_deref(), Some("000"));
        assert_eq!(notification.shape, Some(NotifyShape::Siblings));
        assert_eq!(notification.soap_version, version);

        assert!(head.starts_with("post /notify?of=customs http/1.1"));
        assert!(head.contains(&format!("content-type: {media_type}; charset=utf-8")));
        assert_eq!(
            head.contains("soapaction: \"\""),
            version == SoapVersion::V1_1
        );
        assert_eq!(
            call.client.as_ref(),
            Some(world().customs.certificate.der())
        );
        let document = roxmltree::Document::parse(call.text()).unwrap();
        assert!(document.root_element().has_tag_name((soap, "Envelope")));
        let is_request =
            |node: roxmltree::Node<'_, '_>| node.has_tag_name((NAMESPACE, "NotifyRequest"));
        assert!(document.descendants().any(is_request));
        assert_eq!(texts(call.text(), "IntermediaryBusinessId"), ["0245442-8"]);
        assert_eq!(
            texts(call.text(), "MessageStorageId"),
            [notification.storage_id]
        );
        assert_eq!(texts(call.text(), "Reference"), ["REF-1"]);
        assert!(!receiver.is_called_within(Duration::from_millis(200)));
    }
}

#[test]
fn both_published_shapes_are_read() {
    let receiver = receiver(&http("application/soap+xml", &in_header(SOAP_1_2, "999")));
    let notification = notified(&start(&receiver, SoapVersion::V1_2));
    assert_eq!(notification.problem, None);
    assert_eq!(notification.code.as_deref(), Some("999"));
    assert_eq!(notification.shape, Some(NotifyShape::InHeader));
}

#[test]
fn answers_that_break_a_rule_are_noticed_and_nothing_is_sent_again() {
    let receiver = receiver("");
    let customs = start(&receiver, SoapVersion::V1_2);
    let right = siblings(SOAP_1_2, "000");
    let right_type = "application/soap+xml; charset=utf-8";
    #[rustfmt::skip]
    let rows = [
        (String::new(), None, "did not answer in HTTP"),
        (http("text/xml", &right), Some(200), "Content-Type"),
        (http(right_type, &siblings(SOAP_1_1, "000")), Some(200), "version of SOAP"),
        (http(right_type, &right.replace(NAMESPACE, "urn:x")), Some(200), "NotifyResponse"),
        (http(right_type, &siblings(SOAP_1_2, "OK")), Some(200), "three digits"),
        (http(right_type, "<!DOCTYPE a><a/>"), Some(200), "document type"),
        (http(right_type, &envelope(SOAP_1_2, "<ResponseHeader/>")), Some(200), "ResponseCode"),
        (http(right_type, &right).replace("200 OK", "500 No"), Some(500), "not 200"),
    ];
    for (answer, status, says) in rows {
        receiver.answer_with(&answer);
        let notification = notified(&customs);
        receiver.call();
        let problem = notification.problem.unwrap();
        assert!(problem.contains(says), "{problem}");
        assert_eq!(notification.http_status, status);
        assert_eq!(notification.code, None);
        assert!(!receiver.is_called_within(Duration::from_millis(100)));
    }
}

#[test]
fn a_service_that_is_not_there_or_not_trusted_is_a_problem() {
    let receiver = receiver("");
    let mut setup = setup();
    let mut notify = notify_setup(&receiver, SoapVersion::V1_2);
    notify.receiver_anchors_pem = world().builder_authority.pem();
    setup.notify = Some(notify);
    let untrusted = CustomsSimulator::start(setup.clone()).unwrap();
    assert!(notified(&untrusted).problem.unwrap().contains("TLS"));

    let mut notify = notify_setup(&receiver, SoapVersion::V1_2);
    // Bound and not listening, so that nobody else gets the port meanwhile.
    let closed = tokio::net::TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = closed.local_addr().unwrap().port();
    notify.url = format!("https://127.0.0.1:{port}/");
    setup.notify = Some(notify);
    let absent = CustomsSimulator::start(setup).unwrap();
    assert!(
        notified(&absent)
            .problem
            .unwrap()
            .contains("nobody listens")
    );
}

#[test]
fn calls_end_when_their_time_is_over() {
    // Accepts by the backlog alone, and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let receiver = receiver("");
    let mut notify = notify_setup(&receiver, SoapVersion::V1_2);
    notify.url = format!("https://localhost:{}/", silent.local_addr().unwrap().port());
    notify.timeout = Duration::from_millis(200);
    let mut setup = setup();
    setup.notify = Some(notify);
    let customs = CustomsSimulator::start(setup).unwrap();
    let notification = notified(&customs);
    assert!(notification.problem.unwrap().contains("in time"));
    assert!(notification.took >= Duration::from_millis(200));
}

#[test]
fn urls_that_cannot_be_called_are_errors() {
    let receiver = receiver("");
    for url in [
        "",
        "http://localhost/notify",
        "https://",
        "/notify",
        "https://a b/",
    ] {
        let mut setup = setup();
        let mut notify = notify_setup(&receiver, SoapVersion::V1_2);
        notify.url = url.to_owned();
        setup.notify = Some(notify);
        let refused = CustomsSimulator::start(setup);
        assert!(
            matches!(refused, Err(SimulatorError::Url("notify.url"))),
            "{url}"
        );
    }
}
