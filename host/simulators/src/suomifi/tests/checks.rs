// SPDX-License-Identifier: Apache-2.0
//! Every check of an answer: what passes it, and what does not.

use std::collections::BTreeSet;

use super::super::{AnswerShape, CallRecord, Delivery, SuomifiSetup};
use super::model::{fault, kohde, kohteita, tiloja};
use super::{caller, envelope, http, setup, world};
use crate::peers::receiver::Receiver;

/// Stands for the AsiointitiliTunniste of the one message that is sent.
const ID: &str = "{id}";

/// What is found about an answer to one message.
fn judge(answer: &str, adjust: fn(&mut SuomifiSetup)) -> CallRecord {
    let mut setup = setup();
    setup.redelivery.attempts = 1;
    adjust(&mut setup);
    let answer = answer.to_owned();
    let receiver = Receiver::answering(world().receiver(), move |call| {
        let (_, rest) = call
            .text()
            .split_once("<asi:AsiointitiliTunniste>")
            .unwrap();
        let id = rest.split('<').next().unwrap();
        let body = answer.replace(ID, id);
        let Some((head, body)) = body.split_once("\r\n\r\n") else {
            return body;
        };
        // The id is longer than what stands for it.
        let head: Vec<&str> = head
            .lines()
            .filter(|line| !line.starts_with("Content-Length"))
            .collect();
        format!(
            "{}\r\nContent-Length: {}\r\n\r\n{body}",
            head.join("\r\n"),
            body.len()
        )
    });
    let suomifi = caller(&receiver, setup);
    let Delivery { mut calls, .. } = suomifi.deliver(&suomifi.generate(1));
    assert_eq!(calls.len(), 1);
    calls.remove(0)
}

fn right() -> String {
    http(
        "200 OK",
        &envelope(&kohteita(0, &[kohde(ID, Some("A-1"), 200)])),
    )
}

fn with(from: &str, to: &str) -> String {
    let right = right();
    assert!(right.contains(from), "{from}");
    right.replacen(from, to, 1)
}

#[test]
fn a_right_answer_passes_every_check_in_order() {
    let call = judge(&right(), |_| {});
    assert_eq!(call.failed, None);
    assert_eq!(
        call.checks,
        [
            "answered",
            "http-status",
            "content-type",
            "xml",
            "soap-envelope",
            "soap-status",
            "response-element",
            "response-shape",
            "tila-koodi",
            "tila-koodi-expected",
            "kohde-maara",
            "kohteen-tila",
            "kohteet",
            "kohteet-number",
            "kohteen-tila-expected",
        ]
    );
    assert_eq!((call.http_status, call.code()), (Some(200), Some(0)));
    assert_eq!(call.kohteet()[0].authority_id.as_deref(), Some("A-1"));
}

#[test]
fn every_check_finds_what_it_is_for() {
    let two = kohteita(0, &[kohde(ID, None, 200), kohde("other", None, 200)]);
    let twice = kohteita(0, &[kohde(ID, None, 200), kohde(ID, None, 200)]);
    let refused_and_stored = kohteita(400, &[kohde(ID, None, 200)]);
    let state = |state| http("200 OK", &envelope(&kohteita(0, &[kohde(ID, None, state)])));
    let ok = |body: &str| http("200 OK", &envelope(body));
    let fault_with = |from: &str, to: &str| {
        let fault = fault("Client", "text");
        assert!(fault.contains(from), "{from}");
        fault.replacen(from, to, 1)
    };
    let mut found = BTreeSet::new();
    #[rustfmt::skip]
    let rows = [
        (String::new(), "answered", "did not answer in HTTP"),
        (with("200 OK", "404 Not Found"), "http-status", "404"),
        (with("200 OK", "202 Accepted"), "http-status", "202"),
        (with("text/xml", "application/soap+xml"), "content-type", "text/xml"),
        (with("utf-8", "iso-8859-1"), "content-type", "UTF-8"),
        (with("Content-Type", "X-Type"), "content-type", "text/xml"),
        (with("</s:Envelope>", ""), "xml", "not well-formed"),
        (with("<s:Envelope", "<!DOCTYPE x><s:Envelope"), "xml", "document type"),
        (right().replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"), "soap-envelope", "Envelope"),
        (with("<s:Body>", "<s:Body><a:Extra/>"), "soap-envelope", "not expected"),
        (with("200 OK", "500 No"), "soap-status", "HTTP 200"),
        (right().replace("http://www.suomi.fi/asiointitili", "http://www.suomi.fi/Asiointitili"), "response-element", "namespace"),
        (ok(&tiloja(0)), "response-element", "operation"),
        (with("<a:Kohteet>", "<a:Kohteet><a:Extra/>"), "response-shape", "Extra"),
        (with("<a:KohdeMaara>1</a:KohdeMaara>", ""), "response-shape", "KohdeMaara"),
        (with("<a:KohteenTila>200<", "<a:KohteenTila>OK<"), "response-shape", "KohteenTila is no xs:int"),
        (with("<a:Kohde>", "<a:Kohde id='1'>"), "response-shape", "attribute id"),
        (with("<a:KohteenTila>", "<a:KohteenTila x='1'>"), "response-shape", "attribute x"),
        (with("<a:TilaKoodi><a:TilaKoodi>0</a:TilaKoodi></a:TilaKoodi>", ""), "tila-koodi", "there is no TilaKoodi"),
        (with("<a:TilaKoodi>0<", "<a:TilaKoodi>1<"), "tila-koodi", "in no table"),
        (ok("<a:VieKohteitaResponse/>"), "tila-koodi", "there is no TilaKoodi"),
        (with("<a:TilaKoodi>0<", "<a:TilaKoodi>450<"), "tila-koodi-expected", "TilaKoodi 450; expected TilaKoodi 0"),
        (with("<a:KohdeMaara>1<", "<a:KohdeMaara>2<"), "kohde-maara", "KohdeMaara is 2, and there are 1"),
        (state(201), "kohteen-tila", "201 is in no table"),
        (with(ID, "other"), "kohteet", "exactly one"),
        (ok(&twice), "kohteet", "exactly one"),
        (ok(&kohteita(0, &[])), "kohteet", "exactly one"),
        (ok(&two), "kohteet-number", "2 Kohde for 1 sent"),
        (state(525), "kohteen-tila-expected", "525; expected 200 or 202"),
        (ok(&refused_and_stored), "tila-koodi-expected", "400"),
        (fault("Server", "temporary exception"), "fault-expected", "a Fault (Server); expected TilaKoodi 0"),
        (fault_with("500 Internal Server Error", "200 OK"), "soap-status", "HTTP 500"),
        (fault_with("s:Client", "Client"), "fault", "bound to no namespace"),
        (fault_with("s:Client", "x:Client"), "fault", "bound to no namespace"),
        (fault_with("faultcode>", "s:Code>").replacen("</faultcode>", "</s:Code>", 1), "fault", "Code"),
        (fault_with(">text<", "><"), "fault", "faultstring is empty"),
        (fault_with("</s:Fault>", "<other/></s:Fault>"), "fault", "other"),
    ];
    for (answer, check, says) in rows {
        let call = judge(&answer, |_| {});
        let failed = call.failed.unwrap_or_else(|| panic!("{check}: {answer}"));
        assert_eq!(failed.check, check, "{}: {answer}", failed.reason);
        assert!(failed.reason.contains(says), "{check}: {}", failed.reason);
        assert!(!call.checks.contains(&check), "{check}");
        found.insert(check);
    }
    assert_eq!(found.len(), 17, "{found:?}");
}

#[test]
fn a_refusal_that_has_stored_something_is_found_out() {
    use super::super::Misbehaviour;
    for (state, failed) in [(200, Some("nothing-stored")), (550, None)] {
        let answer = http(
            "200 OK",
            &envelope(&kohteita(400, &[kohde("x", None, state)])),
        );
        let receiver = Receiver::start(world().receiver(), &[&answer]);
        let delivery = caller(&receiver, setup()).play(Misbehaviour::WrongCount);
        let found = delivery.calls[0].failed.as_ref();
        assert_eq!(found.map(|found| found.check), failed);
    }
}

#[test]
fn a_fault_that_blames_the_receiver_for_the_message_is_found_out() {
    use super::super::Misbehaviour;
    for (code, failed) in [("Server", Some("fault-code")), ("Client", None)] {
        let receiver = Receiver::start(world().receiver(), &[&fault(code, "text")]);
        let delivery = caller(&receiver, setup()).play(Misbehaviour::Doctype);
        let found = delivery.calls[0].failed.as_ref();
        assert_eq!(found.map(|found| found.check), failed);
    }
}

#[test]
fn spellings_do_not_matter() {
    for answer in [
        with("text/xml; charset=utf-8", "TEXT/XML;charset=\"UTF-8\""),
        with("text/xml; charset=utf-8", "text/xml"),
        right().replace("a:", "p:").replace("xmlns:a=", "xmlns:p="),
        with("<a:KohteenTila>200<", "<a:KohteenTila>\n +200 <"),
        with("<s:Body>", "<s:Header><a:Any/></s:Header><s:Body>"),
        with("<a:KohteenTila>200<", "<a:KohteenTila>202<"),
        with("<a:ViranomaisTunniste>A-1</a:ViranomaisTunniste>", ""),
    ] {
        let call = judge(&answer, |_| {});
        assert_eq!(call.failed, None, "{answer}");
    }
}

#[test]
fn the_shape_of_the_document_is_another() {
    let kohde = format!(
        "<a:Kohde><a:ViranomaisTunniste>A-1</a:ViranomaisTunniste><a:Asiakas AsiakasTunnus=\"x\" TunnusTyyppi=\"SSN\">\
         <a:AsiointitiliTunniste>{ID}</a:AsiointitiliTunniste><a:KohteenTila>200</a:KohteenTila></a:Asiakas></a:Kohde>"
    );
    let document = http("200 OK", &envelope(&kohteita(0, &[kohde])));
    let by_document = |setup: &mut SuomifiSetup| setup.answer_shape = AnswerShape::DocumentV11;
    let call = judge(&document, by_document);
    assert_eq!(call.failed, None);
    assert_eq!(call.kohteet()[0].authority_id.as_deref(), Some("A-1"));
    for (answer, adjust) in [
        (document, (|_| {}) as fn(&mut SuomifiSetup)),
        (right(), by_document),
    ] {
        assert_eq!(
            judge(&answer, adjust).failed.unwrap().check,
            "response-shape"
        );
    }
    // Several Asiakas are one Kohde, and one that is not stored decides.
    let entry = |state| {
        format!(
            "<a:Asiakas><a:AsiointitiliTunniste>{ID}</a:AsiointitiliTunniste><a:KohteenTila>{state}</a:KohteenTila></a:Asiakas>"
        )
    };
    for (states, failed) in [
        ([200, 202], None),
        ([200, 525], Some("kohteen-tila-expected")),
    ] {
        let entries = states.map(entry).concat();
        let body = kohteita(0, &[format!("<a:Kohde>{entries}</a:Kohde>")]);
        let call = judge(&http("200 OK", &envelope(&body)), by_document);
        assert_eq!(call.failed.map(|failed| failed.check), failed, "{states:?}");
    }
}
