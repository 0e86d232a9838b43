// SPDX-License-Identifier: Apache-2.0
//! What has to come out before the component may serve. Anchors are the operator's, so that no signature is judged here.

use agency_guest::{
    describe::{SelfTests, accepted, problem, validate},
    exports::descriptor::{Exercise, SelfTest},
};

use super::name;
use crate::wire::Operation;

/// Settings of calls that nobody has signed.
const UNSIGNED: &str = r#"{"signature": {"policy": "off"}}"#;

const PATH: &str = "/suomifi-viestit/ViranomaisPaluukanava";

pub(super) fn self_tests() -> Vec<SelfTest> {
    let mut tests = unsigned();
    tests.extend(signatures());
    tests
}

fn unsigned() -> Vec<SelfTest> {
    SelfTests::new(UNSIGNED)
        .test(
            "a citizen's message is accepted",
            messages("1", &message("010190-900P", "Pyyntö")),
            accepted(name(Operation::Messages)),
        )
        .test(
            "one bad message fails no other",
            messages(
                "2",
                &[
                    message("010190-900P", "Ärende"),
                    message("010190-900Q", "Ärende"),
                ]
                .concat(),
            ),
            accepted(name(Operation::Messages)),
        )
        .test(
            "a message of nobody is not stored",
            messages("1", &message("010190-900Q", "Pyyntö")),
            problem("call.nothing-stored"),
        )
        .test(
            "a wrong count is told",
            messages("2", &message("010190-900P", "Pyyntö")),
            problem("call.count"),
        )
        .test(
            "a status is accepted",
            statuses("220"),
            accepted(name(Operation::Statuses)),
        )
        .test(
            "a status that nobody knows is kept",
            statuses("999"),
            accepted(name(Operation::Statuses)),
        )
        .test(
            "another operation is a fault",
            call("HaeTilaTieto", ""),
            problem("call.unknown-operation"),
        )
        .test(
            "garbage is a fault",
            validate("POST", PATH, "text/xml", "<html>"),
            problem("call.not-xml"),
        )
        .test(
            "another path is refused",
            validate("POST", "/", "text/xml", ""),
            problem("call.other-path"),
        )
        .into_tests()
}

fn signatures() -> Vec<SelfTest> {
    SelfTests::new("{}")
        .test(
            "a call that nobody has signed is refused",
            statuses("200"),
            problem("ws-security.security-missing"),
        )
        .into_tests()
}

fn messages(count: &str, items: &str) -> Exercise {
    call("VieKohteita", &query(count, items))
}

fn statuses(code: &str) -> Exercise {
    let item = format!(
        "<Kohde><ViranomaisTunniste>A-1</ViranomaisTunniste><Asiakas AsiakasTunnus=\"010190-900P\" TunnusTyyppi=\"SSN\"><AsiointitiliTunniste>1</AsiointitiliTunniste>\
         <KohteenTila>{code}</KohteenTila><KohteenTilaPvm>2026-01-01T12:00:00+02:00</KohteenTilaPvm></Asiakas></Kohde>"
    );
    call("VieKohdeTiloja", &query("1", &item))
}

fn query(count: &str, items: &str) -> String {
    format!("<Kysely><KohdeMaara>{count}</KohdeMaara><Kohteet>{items}</Kohteet></Kysely>")
}

/// A message without an id of the service's, with an attachment of three bytes.
fn message(customer: &str, title: &str) -> String {
    format!(
        "<Kohde><Asiakas AsiakasTunnus=\"{customer}\" TunnusTyyppi=\"SSN\"/><Nimeke>{title}</Nimeke><LahetysPvm>2026-01-01T12:00:00</LahetysPvm>\
         <KuvausTeksti>Hei</KuvausTeksti><Tiedostot><Tiedosto><TiedostoSisalto>YWJj</TiedostoSisalto><TiedostoNimi>a.txt</TiedostoNimi></Tiedosto></Tiedostot></Kohde>"
    )
}

fn call(operation: &str, query: &str) -> Exercise {
    let body = format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><{operation} xmlns=\"http://www.suomi.fi/asiointitili\"><Viranomainen>\
         <ViranomaisTunnus>A</ViranomaisTunnus><PalveluTunnus>P</PalveluTunnus><SanomaTunniste>S</SanomaTunniste></Viranomainen>{query}</{operation}></e:Body></e:Envelope>"
    );
    validate("POST", PATH, "text/xml; charset=utf-8", body)
}
