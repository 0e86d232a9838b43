// SPDX-License-Identifier: Apache-2.0
//! Each response code, and the check that leads to it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::{CustomsSimulator, Finding, SignatureForm, Verdict, WireNames};
use super::client::{exchange, head, upload};
use super::message::{SERVICE, SOAP, Upload};
use super::{customs, send, setup, world};
use crate::Simulator;

/// Asserts on the code, the first check that did not pass, and the brevity of the answer.
fn assert_refused(soap: &str, code: &str, failed: &str) {
    let (reply, record) = send(soap);
    let reason = record.reason.clone().unwrap_or_default();
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (200, code),
        "{reason}"
    );
    assert!(!reply.body.contains("MessageInformation"));
    assert_eq!(record.code.as_deref(), Some(code));
    let next = super::ALL_CHECKS.get(record.checks.len());
    assert_eq!(next, Some(&failed), "{reason}");
}

#[test]
fn unreadable_soap_is_a_fault() {
    let right = Upload::default().soap("x");
    for soap in [
        String::new(),
        "not XML".to_owned(),
        format!("<!DOCTYPE s:Envelope>{right}"),
        right.replace("</s:Body>", ""),
        right.replace(SOAP, "http://www.w3.org/2003/05/soap-envelope"),
        right.replace("</s:Body>", "</s:Body><s:Body/>"),
        right.replace("</t:UploadRequest>", "</t:UploadRequest><t:UploadRequest/>"),
        right.replace("s:Body", "s:Other"),
        right.replace(SERVICE, "urn:other"),
        right.replace("UploadRequest", "UnknownRequest"),
        format!("<s:Envelope xmlns:s=\"{SOAP}\"><s:Body/></s:Envelope>"),
    ] {
        let (reply, record) = send(&soap);
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (500, "999"),
            "{soap}"
        );
        assert!(reply.body.contains("Unexpected error"));
        assert!(reply.head.contains("text/xml"));
        assert_eq!((record.verdict, record.http_status), (Verdict::Fault, 500));
    }
}

#[test]
fn request_headers_are_read_strictly() {
    let spoilt = |from: &str, to: &str| Upload::default().soap("x").replace(from, to);
    for soap in [
        spoilt("1234567-1", "1234567-2"),
        spoilt("1234567-1", "FI12345671"),
        spoilt("IntermediaryBusinessId", "SenderId"),
        spoilt("12:00:00+02:00", "12:00"),
        spoilt("<t:Language>FI<", "<t:Language>DE<"),
        spoilt("</t:RequestHeader>", "<t:More/></t:RequestHeader>"),
        spoilt("<t:RequestHeader>", "<t:RequestHeader>text"),
        spoilt(
            "<t:IntermediaryBusinessId>",
            "<t:IntermediaryBusinessId><!-- -->",
        ),
        spoilt("ApplicationRequestMessage", "Message"),
        spoilt("</t:UploadRequest>", "<t:More/></t:UploadRequest>"),
    ] {
        assert_refused(&soap, "451", "request-header");
    }
}

#[test]
fn the_intermediary_must_own_the_connection() {
    let mut message = Upload::default();
    message.intermediary = message.builder.clone();
    assert_refused(&message.soap("x"), "450", "connection-identity");

    // A certificate that names nobody speaks for nobody.
    let customs = customs();
    let nameless = world().client_authority.issue(|_| {});
    assert_eq!(
        upload(&customs, &nameless, &Upload::default().soap("x")).code(),
        "450"
    );
}

#[test]
fn base64_is_strict_outside_and_inside() {
    let mut message = Upload::default();
    for wrong in ["????", "QUI", "QUJ="] {
        assert_refused(&message.soap_with(wrong), "452", "outer-base64");
        message.content = Some(wrong.to_owned());
        assert_refused(
            &message.soap(&message.signed_by(&world().builder)),
            "452",
            "inner-base64",
        );
    }
}

#[test]
fn application_requests_are_read_strictly() {
    let message = Upload::default();
    for document in ["", "<a>", "<!DOCTYPE a><a/>"] {
        assert_refused(&message.soap(document), "453", "application-request-xml");
    }
    let right = message.signed_by(&world().builder);
    for (from, to) in [
        (super::message::APPLICATION, "urn:other"),
        ("ApplicationRequest", "AppRequest"),
        (super::DECLARANT, "1000002-1"),
        (super::BUILDER, "FI76543212"),
        (">TESTAPP<", "><"),
        (">TEST<", ">PRODUCTION<"),
        ("10:00:00.123Z", "10:00:00.Z"),
        (">REF-1<", "><"),
        (">REF-1<", ">REF/1<"),
        (">REF-1<", ">R23456789012345678901234567890123456<"),
        ("<Reference>REF-1</Reference>", ""),
        ("application/xml<", " application/xml<"),
        ("<Content Id=\"c1\">", "<Content/><Content Id=\"c1\">"),
        ("<Application>", "<Extra/><Application>"),
    ] {
        let spoilt = right.replace(from, to);
        assert_ne!(spoilt, right, "{from}");
        assert_refused(&message.soap(&spoilt), "453", "application-request-fields");
    }
    // 35 characters are the most.
    let longest = Upload {
        reference: "R2345678901234567890123456789012345".to_owned(),
        ..Upload::default()
    };
    let (reply, _) = send(&longest.soap(&longest.signed_by(&world().builder)));
    assert_eq!(reply.code(), "000");
}

#[test]
fn the_payload_must_be_what_it_says() {
    let mut message = Upload::default();
    for wrong in ["", "text", "<a>", "<!DOCTYPE a><a/>", "<a/><a/>"] {
        message.payload = wrong.to_owned();
        assert_refused(
            &message.soap(&message.signed_by(&world().builder)),
            "456",
            "payload",
        );
    }
    message.content_format = "text/plain".to_owned();
    message.payload = "text".to_owned();
    let (reply, _) = send(&message.soap(&message.signed_by(&world().builder)));
    assert_eq!(reply.code(), "000");
}

#[test]
fn a_payload_may_declare_another_encoding() {
    let signed = |content: &[u8]| {
        let message = Upload {
            content: Some(STANDARD.encode(content)),
            ..Upload::default()
        };
        message.soap(&message.signed_by(&world().builder))
    };
    let utf_16: Vec<u8> = "\u{feff}<a>ä</a>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for content in [
        &b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xe4</a>"[..],
        b"<?xml version='1.0' encoding='iso-8859-15'?><a>\xa4</a>",
        b"<?xml version='1.0' encoding='windows-1252'?><a>\x80</a>",
        b"<?xml version='1.0' encoding='US-ASCII'?><a/>",
        &utf_16,
    ] {
        let (reply, record) = send(&signed(content));
        assert_eq!(reply.code(), "000", "{:?}", record.reason);
        assert_eq!(record.payload.unwrap().bytes(), content);
    }
    for content in [
        // Not what it declares, or nothing that anybody knows.
        &b"<a>\xe4</a>"[..],
        b"<?xml version='1.0' encoding='UTF-8'?><a>\xe4</a>",
        b"<?xml version='1.0' encoding='KLINGON'?><a/>",
        b"<?xml version='1.0' encoding='UTF-16'?><a/>",
        b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4",
    ] {
        assert_refused(&signed(content), "456", "payload");
    }
}

#[test]
fn a_time_without_a_zone_is_finnish() {
    let mut message = Upload {
        timestamp: "2026-01-31T10:00:00.123".to_owned(),
        ..Upload::default()
    };
    message.header_rest = message.header_rest.replace("+02:00", "");
    let (reply, record) = send(&message.soap(&message.signed_by(&world().builder)));
    assert_eq!(reply.code(), "000", "{:?}", record.reason);
}

#[test]
fn schema_locations_are_pairs() {
    let located = |value: &str| {
        format!(
            "<a xmlns:x=\"http://www.w3.org/2001/XMLSchema-instance\" x:schemaLocation=\"{value}\"/>"
        )
    };
    let mut message = Upload {
        payload: located("urn:a"),
        ..Upload::default()
    };
    assert_refused(
        &message.soap(&message.signed_by(&world().builder)),
        "456",
        "payload",
    );
    assert_refused(
        &message.soap(&located("a b c")),
        "453",
        "application-request-xml",
    );
    message.payload = located("urn:a a.xsd");
    let (reply, _) = send(&message.soap(&message.signed_by(&world().builder)));
    assert_eq!(reply.code(), "000");
}

#[test]
fn a_reference_is_good_for_one_accepted_message() {
    let customs = customs();
    let send = |message: &Upload, signed: &str| {
        upload(&customs, &world().intermediary, &message.soap(signed)).code()
    };
    let mut message = Upload::default();
    let signed = message.signed_by(&world().builder);
    // A refused message does not use its reference up.
    assert_eq!(
        send(&message, &signed.replace("</Content>", "AAAA</Content>")),
        "454"
    );
    assert_eq!(send(&message, &signed), "000");
    assert_eq!(send(&message, &signed), "500");
    message.payload = "<other/>".to_owned();
    assert_eq!(send(&message, &message.signed_by(&world().builder)), "500");
    message.reference = "REF-2".to_owned();
    assert_eq!(send(&message, &message.signed_by(&world().builder)), "000");

    let received = customs.received();
    let codes: Vec<_> = received
        .iter()
        .map(|record| record.code.clone().unwrap())
        .collect();
    assert_eq!(codes, ["454", "000", "500", "500", "000"]);
    assert_eq!(received[2].verdict, Verdict::Refused(Finding::Duplicate));
    // A byte-identical resend can be told from another message under the same reference.
    let hash = |at: usize| received[at].application_request_sha256.clone().unwrap();
    assert!(hash(1) == hash(2) && hash(2) != hash(3));
}

#[test]
fn names_and_codes_are_data() {
    let mut setup = setup();
    setup.wire.service_namespace = "urn:service".to_owned();
    setup.wire.path = "/elsewhere".to_owned();
    setup.wire.soap_action = None;
    setup.wire.message_status = "State".to_owned();
    setup.codes.signature.code = "602".to_owned();
    let customs = CustomsSimulator::start(setup).unwrap();
    let message = Upload::default();
    let signed = message.signed_by(&world().builder);
    let send = |signed: &str| {
        let soap = message.soap(signed).replace(SERVICE, "urn:service");
        let request = head(&customs, soap.len()).replace("SOAPAction: \"\"\r\n", "");
        exchange(
            &customs,
            Some(&world().intermediary),
            &format!("{request}{soap}"),
        )
        .unwrap()
    };
    assert_eq!(
        send(&signed.replace("</Content>", "AAAA</Content>")).code(),
        "602"
    );
    let reply = send(&signed);
    assert_eq!(reply.code(), "000");
    assert!(reply.body.contains("State>RECEIVED<") && reply.body.contains("\"urn:service\""));
    assert!(customs.url().ends_with("/elsewhere"));
    // Line breaks in base64 are white space.
    let wrapped = Upload {
        reference: "REF-2".to_owned(),
        ..Upload::default()
    };
    let base64 = STANDARD
        .encode(wrapped.signed_by(&world().builder))
        .replace("Q", "Q\n ");
    assert_eq!(super::send(&wrapped.soap_with(&base64)).0.code(), "000");
}

#[test]
fn another_wire_is_spoken_from_one_request_to_the_next() {
    let customs = CustomsSimulator::start(setup()).unwrap();
    let send = |reference: &str| {
        let message = Upload {
            reference: reference.to_owned(),
            ..Upload::default()
        };
        let soap = message.soap(&message.signed_by(&world().builder));
        upload(&customs, &world().intermediary, &soap)
    };
    assert_eq!(send("REF-1").code(), "000");
    customs.speak(WireNames {
        application_namespace: "urn:next".to_owned(),
        ..WireNames::default()
    });
    assert_eq!(send("REF-2").code(), "453");
    customs.speak(WireNames {
        signature_form: Some(SignatureForm::EnvelopedRoot),
        ..WireNames::default()
    });
    assert_eq!(send("REF-2").code(), "454");
    customs.speak(WireNames::default());
    assert_eq!(send("REF-2").code(), "000");
    // References stay.
    assert_eq!(send("REF-1").code(), "500");
}
