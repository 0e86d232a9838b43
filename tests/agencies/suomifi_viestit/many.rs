// SPDX-License-Identifier: Apache-2.0
//! As many Kohde as the settings take, with the limits that an agency has when nobody changes them.

use std::fmt::Write as _;

use serde_json::{Map, json};
use silta::{
    Blob,
    exchange::{Call, HttpCall, Verdict},
};

use super::Viestit;

const HEAD: &str =
    "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body>";
const AUTHORITY: &str = "<Viranomainen><ViranomaisTunnus>A</ViranomaisTunnus><PalveluTunnus>P</PalveluTunnus><SanomaTunniste>S</SanomaTunniste></Viranomainen>";

/// A call with so many Kohde, each made of its number.
fn call(operation: &str, count: usize, item: impl Fn(usize) -> String) -> Vec<u8> {
    let mut items = String::new();
    for number in 0..count {
        let _ = write!(items, "<Kohde>{}</Kohde>", item(number));
    }
    format!(
        "{HEAD}<{operation} xmlns=\"http://www.suomi.fi/asiointitili\">{AUTHORITY}<Kysely><KohdeMaara>{count}</KohdeMaara><Kohteet>{items}</Kohteet></Kysely></{operation}></soapenv:Body></soapenv:Envelope>"
    )
    .into_bytes()
}

/// What comes of a call that nobody has signed.
fn judge(body: Vec<u8>) -> Verdict {
    let viestit = Viestit::new();
    let settings: Map<_, _> = match json!({"signature": {"policy": "off"}}) {
        serde_json::Value::Object(settings) => settings,
        _ => unreachable!(),
    };
    let agency = viestit.plain(&settings);
    let call = Call::Http(HttpCall {
        method: "POST".into(),
        target: "/suomifi-viestit/ViranomaisPaluukanava".into(),
        headers: vec![("content-type".into(), "text/xml".into())],
        body: Blob::from(body),
        peer_certificates: None,
        peer_address: "127.0.0.1".into(),
    });
    agency.validate(call).unwrap()
}

fn accepted(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Accepted(accepted) => accepted.events.len(),
        Verdict::Rejected(rejected) => panic!("{}", rejected.reason),
    }
}

fn code(verdict: Verdict) -> String {
    match verdict {
        Verdict::Accepted(accepted) => format!("{} events", accepted.events.len()),
        Verdict::Rejected(rejected) => rejected.reason.code,
    }
}

fn status(number: usize) -> String {
    format!(
        "<ViranomaisTunniste>VIRASTO-{number}</ViranomaisTunniste><Asiakas AsiakasTunnus=\"010190-900P\" TunnusTyyppi=\"SSN\"><AsiointitiliTunniste>{number}</AsiointitiliTunniste><KohteenTila>220</KohteenTila><KohteenTilaPvm>2026-06-30T12:00:00+03:00</KohteenTilaPvm></Asiakas>"
    )
}

fn message(number: usize) -> String {
    format!(
        "<Asiakas AsiakasTunnus=\"010190-900P\" TunnusTyyppi=\"SSN\"/><AsiointitiliTunniste>{number}</AsiointitiliTunniste><Nimeke>Pyyntö</Nimeke><LahetysPvm>2026-06-30T12:00:00+03:00</LahetysPvm><KuvausTeksti>Hei</KuvausTeksti>\
         <Tiedostot><Tiedosto><TiedostoSisalto>YWJj</TiedostoSisalto><TiedostoNimi>liite.pdf</TiedostoNimi></Tiedosto></Tiedostot>"
    )
}

#[test]
fn as_many_statuses_as_are_taken() {
    assert_eq!(accepted(judge(call("VieKohdeTiloja", 1000, status))), 1000);
    let more = judge(call("VieKohdeTiloja", 1001, status));
    assert_eq!(code(more), "call.too-many-items");
}

#[test]
fn as_many_messages_as_are_taken() {
    assert_eq!(accepted(judge(call("VieKohteita", 200, message))), 200);
    let more = judge(call("VieKohteita", 201, message));
    assert_eq!(code(more), "call.too-many-items");
}

/// What a host hands over of one call is bounded: the messages beyond are refused one by one, and the call is no trap.
#[test]
fn texts_beyond_what_a_call_may_hold_are_refused_one_by_one() {
    let text = "Päätös. ".repeat(5_000);
    let long = |number: usize| message(number).replace("Hei", &text);
    let stored = accepted(judge(call("VieKohteita", 50, long)));
    assert!((30..45).contains(&stored), "{stored}");
    let long = |number: usize| {
        let description = &text[..8000];
        let told = format!("<KohteenTilaKuvaus>{description}</KohteenTilaKuvaus></Asiakas>");
        status(number).replace("</Asiakas>", &told)
    };
    assert_eq!(
        code(judge(call("VieKohdeTiloja", 300, long))),
        "call.too-large"
    );
}

/// One Kohde may name any number of customers, each of whom would be told the whole text: it is refused, and the one beside it is stored.
#[test]
fn a_message_of_thousands_is_refused_by_itself() {
    let text = "Päätös. ".repeat(12_000);
    let customer = "<Asiakas AsiakasTunnus=\"010190-900P\" TunnusTyyppi=\"SSN\"/>";
    let sent = |number: usize| match number {
        0 => message(number)
            .replace("Hei", &text)
            .replace(customer, &customer.repeat(2000)),
        _ => message(number),
    };
    assert_eq!(accepted(judge(call("VieKohteita", 2, sent))), 1);
}

/// As many lines as the host takes, and a word of the others.
#[test]
fn refusals_without_number_do_not_fill_the_log() {
    let bad = |number: usize| match number {
        0 => message(number),
        _ => message(number).replace("900P", "900Q"),
    };
    assert_eq!(accepted(judge(call("VieKohteita", 200, bad))), 1);
}

#[test]
fn files_beyond_what_a_call_may_hold_are_refused_one_message_at_a_time() {
    let many = |number: usize| {
        let file = "<Tiedosto><TiedostoSisalto>YWJj</TiedostoSisalto><TiedostoNimi>a.pdf</TiedostoNimi></Tiedosto>";
        let files = format!("<Tiedostot>{}", file.repeat(49));
        message(number).replace("<Tiedostot>", &files)
    };
    assert_eq!(accepted(judge(call("VieKohteita", 21, many))), 20);
}
