// SPDX-License-Identifier: Apache-2.0
//! Every misbehaviour, as it is on the wire.

mod messages;

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::super::{
    CustomsSetup, CustomsSimulator, Finding, Misbehaviour, Operation, Script, SigningIdentity,
    Verdict,
};
use super::client::{self, Reply as Answer, exchange, head, texts, upload};
use super::message::{SERVICE, SOAP, Upload, download, echo, list_last_hour};
use super::{setup, world};
use crate::Simulator;

fn start(misbehaviour: Misbehaviour) -> CustomsSimulator {
    let customs = CustomsSimulator::start(patient()).unwrap();
    customs.misbehave(misbehaviour);
    customs
}

/// Lists may be asked for at any time; replies are signed.
fn patient() -> CustomsSetup {
    let mut setup = setup();
    setup.list_interval = Duration::ZERO;
    setup.reply_signing = Some(SigningIdentity {
        certificates_pem: world().customs.certificate_pem(),
        key_pem: world().customs.key_pem(),
    });
    setup
}

fn post(customs: &CustomsSimulator, soap: &str) -> Answer {
    upload(customs, &world().intermediary, soap)
}

/// What came, and how it ended if not in order.
fn raw(customs: &CustomsSimulator, soap: &str) -> (Vec<u8>, Option<std::io::Error>) {
    let request = format!("{}{soap}", head(customs, soap.len()));
    client::raw(customs, Some(&world().intermediary), &request).unwrap()
}

fn message(reference: &str) -> String {
    let message = Upload {
        reference: reference.to_owned(),
        ..Upload::default()
    };
    message.soap(&message.signed_by(&world().builder))
}

/// Whether the reference has been used up, which only a later upload can tell.
fn is_kept(customs: &CustomsSimulator, reference: &str) -> bool {
    match post(customs, &message(reference)).code().as_str() {
        "000" => false,
        "500" => true,
        other => panic!("{other}"),
    }
}

/// How many bytes of body the head announces.
fn announced(head: &str) -> usize {
    let (_, length) = head.split_once("content-length: ").unwrap();
    length.lines().next().unwrap().parse().unwrap()
}

#[test]
fn a_slow_answer_trickles_in_whole() {
    let customs = start(Misbehaviour::Slow(Duration::from_secs(2)));
    let mut stream = client::connect(&customs, Some(&world().intermediary)).unwrap();
    let soap = echo("x");
    let request = format!("{}{soap}", head(&customs, soap.len()));
    let started = Instant::now();
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    let (mut received, mut arrivals) = (Vec::new(), 0);
    let mut buffer = [0; 16384];
    while let Ok(1..) = std::io::Read::read(&mut stream, &mut buffer).inspect(|count| {
        received.extend_from_slice(&buffer[..*count]);
    }) {
        arrivals += 1;
    }
    assert!(started.elapsed() >= Duration::from_secs(1));
    // Pieces may meet on their way through a busy machine.
    assert!(arrivals >= 3, "{arrivals}");
    let text = String::from_utf8(received).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert_eq!(announced(&head.to_ascii_lowercase()), body.len());
    assert_eq!(texts(body, "EchoContent"), ["x"]);
}

#[test]
fn a_held_back_answer_comes_in_the_end() {
    let customs = start(Misbehaviour::Hang(Duration::from_millis(300)));
    let started = Instant::now();
    assert_eq!(post(&customs, &message("REF-1")).code(), "000");
    assert!(started.elapsed() >= Duration::from_millis(300));
    assert!(is_kept(&customs, "REF-1"));
}

#[test]
fn whoever_stops_the_simulator_does_not_wait_for_what_hangs() {
    let customs = start(Misbehaviour::Hang(Duration::from_secs(120)));
    let soap = echo("x");
    let mut stream = client::connect(&customs, Some(&world().intermediary)).unwrap();
    let request = format!("{}{soap}", head(&customs, soap.len()));
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    let started = Instant::now();
    while customs.received().is_empty() {
        std::thread::yield_now();
    }
    drop(customs);
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_reset_comes_after_half_the_body() {
    let customs = start(Misbehaviour::ResetMidBody);
    let (received, error) = raw(&customs, &message("REF-1"));
    assert_eq!(error.unwrap().kind(), ErrorKind::ConnectionReset);
    let text = String::from_utf8(received).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert_eq!(body.len(), announced(&head.to_ascii_lowercase()) / 2);
    assert!(body.contains("Envelope"));
    assert!(is_kept(&customs, "REF-1"));
}

#[test]
fn silence_is_an_end_without_a_byte() {
    for kept in [false, true] {
        let customs = start(Misbehaviour::Silence { kept });
        let (received, _) = raw(&customs, &message("REF-1"));
        assert!(received.is_empty());
        let record = &customs.received()[0];
        assert_eq!(record.http_status, 0);
        let verdict = if kept {
            Verdict::Accepted
        } else {
            Verdict::Unjudged
        };
        assert_eq!(record.verdict, verdict);
        assert_eq!(is_kept(&customs, "REF-1"), kept);
    }
}

#[test]
fn refusals_have_any_code_and_keep_the_message_or_not() {
    for code in ["474", "490", "491", "499", "999", "123"] {
        for kept in [false, true] {
            let code = code.to_owned();
            let misbehaviour = Misbehaviour::Refuse {
                code: code.clone(),
                kept,
            };
            let customs = start(misbehaviour.clone());
            let answer = post(&customs, &message("REF-1"));
            assert_eq!((answer.status, answer.code()), (200, code.clone()));
            assert_eq!(answer.texts("UploadResponse").len(), 1);
            assert!(answer.texts("MessageInformation").is_empty());
            let record = &customs.received()[0];
            assert_eq!(record.misbehaviour, Some(misbehaviour));
            assert_eq!(record.code, Some(code));
            assert_eq!(is_kept(&customs, "REF-1"), kept);
        }
    }
}

#[test]
fn faults_have_a_detail_or_none() {
    for kept in [false, true] {
        let customs = start(Misbehaviour::Fault {
            code: "999".to_owned(),
            text: "Backend technical error".to_owned(),
            kept,
        });
        let answer = post(&customs, &message("REF-1"));
        assert_eq!((answer.status, answer.code().as_str()), (500, "999"));
        assert_eq!(answer.texts("text"), ["Backend technical error"]);
        assert_eq!(is_kept(&customs, "REF-1"), kept);

        customs.misbehave(Misbehaviour::BareFault { kept });
        let answer = post(&customs, &message("REF-2"));
        assert_eq!(answer.status, 500);
        assert_eq!(answer.texts("Fault").len(), 1);
        assert_eq!(answer.texts("faultstring"), ["Unexpected error"]);
        assert!(answer.texts("detail").is_empty());
        assert_eq!(is_kept(&customs, "REF-2"), kept);
    }
}

#[test]
fn prefixes_change_and_names_stay() {
    let seen = [
        start(Misbehaviour::OtherPrefixes),
        start(Misbehaviour::NoPrefixes),
        CustomsSimulator::start(setup()).unwrap(),
    ]
    .map(|customs| {
        let answer = post(&customs, &echo("x"));
        let document = roxmltree::Document::parse(&answer.body).unwrap();
        let names: Vec<_> = document
            .descendants()
            .filter(roxmltree::Node::is_element)
            .map(|element| format!("{:?}", element.tag_name()))
            .collect();
        assert!(names[0].contains(SOAP));
        assert!(names[3].contains(SERVICE));
        let (_, after) = answer.body.split_once("?>\n").unwrap();
        (after[..9].to_owned(), names)
    });
    assert_eq!(seen[0].0, "<SOAP-ENV");
    assert_eq!(seen[1].0, "<Envelope");
    assert_eq!(seen[2].0, "<env:Enve");
    assert!(seen.iter().all(|(_, names)| *names == seen[0].1));
}

#[test]
fn a_wrong_namespace_is_another_one() {
    let customs = start(Misbehaviour::WrongNamespace);
    let answer = post(&customs, &echo("x"));
    let document = roxmltree::Document::parse(&answer.body).unwrap();
    let namespaces: Vec<_> = document
        .descendants()
        .filter(|node| node.tag_name().name() == "CheckConnectivityResponse")
        .map(|node| node.tag_name().namespace().unwrap().to_owned())
        .collect();
    assert_eq!(namespaces, [format!("{SERVICE}/wrong")]);
}

#[test]
fn garbage_is_not_xml() {
    let customs = start(Misbehaviour::Garbage);
    let (received, _) = raw(&customs, &message("REF-1"));
    let body = received.split_last_chunk::<20>().unwrap().1;
    assert!(received.starts_with(b"HTTP/1.1 200"));
    assert!(String::from_utf8_lossy(body).contains("<not XML"));
    assert!(String::from_utf8(received).is_err());
    assert!(is_kept(&customs, "REF-1"));
}

#[test]
fn gateways_speak_html() {
    let customs = start(Misbehaviour::BadGateway);
    let answer = post(&customs, &message("REF-1"));
    assert_eq!(answer.status, 502);
    assert!(answer.head.contains("content-type: text/html\r\n"));
    assert!(answer.body.contains("<br>"));
    assert_eq!(customs.received()[0].http_status, 502);
    assert!(is_kept(&customs, "REF-1"));
}

#[test]
fn empty_answers_have_no_byte_of_body() {
    let customs = start(Misbehaviour::Empty);
    let answer = post(&customs, &message("REF-1"));
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(announced(&answer.head), 0);
    assert!(is_kept(&customs, "REF-1"));
}

#[test]
fn the_content_type_is_as_wrong_as_wanted() {
    let customs = start(Misbehaviour::ContentType("application/json".to_owned()));
    let answer = post(&customs, &echo("x"));
    assert!(answer.head.contains("content-type: application/json\r\n"));
    assert_eq!((answer.status, answer.code().as_str()), (200, "000"));
}

#[test]
fn a_document_type_stands_before_the_answer() {
    let customs = start(Misbehaviour::Doctype);
    let answer = post(&customs, &echo("x"));
    assert!(answer.body.contains("<!DOCTYPE Envelope [<!ENTITY"));
    let lax = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..Default::default()
    };
    // Well-formed but for the rule.
    assert!(roxmltree::Document::parse_with_options(&answer.body, lax).is_ok());
    assert!(roxmltree::Document::parse(&answer.body).is_err());
}

#[test]
fn oversized_answers_have_their_size() {
    let customs = start(Misbehaviour::Oversized(5_000_000));
    let answer = post(&customs, &echo("x"));
    assert_eq!(answer.body.len(), 5_000_000);
    assert_eq!(answer.code(), "000");
    customs.misbehave(Misbehaviour::Oversized(1));
    assert!(post(&customs, &echo("x")).body.len() > 100);
}

#[test]
fn a_strange_server_is_not_trusted() {
    let customs = start(Misbehaviour::WrongServerCertificate);
    let soap = echo("x");
    let request = format!("{}{soap}", head(&customs, soap.len()));
    let refused = exchange(&customs, Some(&world().intermediary), &request).map(drop);
    let reason = refused.unwrap_err().to_string();
    assert!(reason.contains("UnknownIssuer"), "{reason}");
    assert_eq!(post(&customs, &soap).code(), "000");
}

#[test]
fn scripts_go_on_in_order_and_can_be_ended() {
    let customs = CustomsSimulator::start(patient()).unwrap();
    customs.misbehave(
        Script::new()
            .once(Misbehaviour::Empty)
            .once_at(Operation::Upload, Misbehaviour::BadGateway)
            .always_at(
                Operation::DownloadList,
                Misbehaviour::Refuse {
                    code: "490".to_owned(),
                    kept: false,
                },
            ),
    );
    assert_eq!(post(&customs, &echo("x")).body, "");
    assert_eq!(post(&customs, &echo("x")).code(), "000");
    for _ in 0..3 {
        assert_eq!(post(&customs, &list_last_hour()).code(), "490");
    }
    assert_eq!(post(&customs, &message("REF-1")).status, 502);
    customs.behave();
    assert_eq!(post(&customs, &list_last_hour()).code(), "000");
}

#[test]
fn what_is_refused_anyway_is_recorded_as_that() {
    let customs = start(Misbehaviour::Doctype);
    post(&customs, &download("{unknown}"));
    let record = customs.received().pop().unwrap();
    assert_eq!(record.verdict, Verdict::Refused(Finding::UnknownMessage));
    assert_eq!(record.misbehaviour, Some(Misbehaviour::Doctype));
}

#[test]
fn what_http_refuses_uses_up_no_misbehaviour() {
    let customs = start(Misbehaviour::BadGateway);
    let wrong = head(&customs, 4).replace("POST", "PUT");
    let answer = exchange(
        &customs,
        Some(&world().intermediary),
        &format!("{wrong}<x/>"),
    );
    assert_eq!(answer.unwrap().status, 405);
    assert_eq!(post(&customs, "<x/>").status, 500);
    assert_eq!(post(&customs, &echo("x")).status, 502);
}
