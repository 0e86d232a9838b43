// SPDX-License-Identifier: Apache-2.0
//! A receiver that does what the documents say, no more than that, and another one that takes everything.

use std::collections::HashMap;
use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use roxmltree::{Document, Node};
use xml_testkit::tools;

use super::{envelope, http, world};
use crate::peers::receiver::{Call, Receiver};

pub(super) const ASI: &str = "http://www.suomi.fi/asiointitili";
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// Larger attachments are refused.
const LARGEST: usize = 100_000;

/// What it knows.
#[derive(Default)]
struct Right {
    wants_signature: bool,
    /// ViranomaisTunniste by AsiointitiliTunniste.
    stored: HashMap<String, String>,
}

/// A receiver that is right. Signatures are verified by `xmlsec1`.
pub(super) fn right(wants_signature: bool) -> Receiver {
    let mut model = Right {
        wants_signature,
        ..Right::default()
    };
    Receiver::answering(world().receiver(), move |call| model.answer(call))
}

/// A receiver that says of every message that it is stored, each time anew.
pub(super) fn credulous() -> Receiver {
    let mut number = 0;
    Receiver::answering(world().receiver(), move |call| {
        let text = call.text();
        if text.contains("<asi:VieKohdeTiloja") {
            return http("200 OK", &envelope(&tiloja(0)));
        }
        let ids = text.split("<asi:AsiointitiliTunniste>").skip(1);
        let kohteet: Vec<String> = ids
            .map(|rest| {
                number += 1;
                kohde(
                    rest.split('<').next().unwrap(),
                    Some(&number.to_string()),
                    200,
                )
            })
            .collect();
        http("200 OK", &envelope(&kohteita(0, &kohteet)))
    })
}

impl Right {
    fn answer(&mut self, call: &Call) -> String {
        let options = roxmltree::ParsingOptions::default();
        let Ok(document) = Document::parse_with_options(call.text(), options) else {
            return fault("Client", "The message is no XML without DTD.");
        };
        let body = child(document.root_element(), SOAP, "Body").unwrap();
        let operation = body.first_element_child().unwrap();
        let name = operation.tag_name().name();
        let refused = |code| {
            let answer = match name {
                "VieKohteita" => kohteita(code, &[]),
                _ => tiloja(code),
            };
            http("200 OK", &envelope(&answer))
        };
        if !matches!(name, "VieKohteita" | "VieKohdeTiloja") {
            return fault("Client", "The operation is not known.");
        }
        if self.wants_signature && !is_signed(&document, call.text()) {
            return refused(406);
        }
        let text = |name| {
            let mut all = operation.descendants();
            let found = all.find(|node| node.has_tag_name((ASI, name)));
            found.and_then(|node| node.text()).unwrap_or_default()
        };
        if text("ViranomaisTunnus") != "silta_viranomainen" {
            return refused(403);
        }
        if text("PalveluTunnus") != "silta_palvelu" {
            return refused(404);
        }
        let action = call.header("soapaction").unwrap();
        let is_kohde = |node: &Node<'_, '_>| node.has_tag_name((ASI, "Kohde"));
        let kohteet: Vec<Node<'_, '_>> = operation.descendants().filter(is_kohde).collect();
        let count: usize = text("KohdeMaara").parse().unwrap();
        if !action.ends_with(&format!("/{name}\"")) || count != kohteet.len() {
            return refused(400);
        }
        if name == "VieKohdeTiloja" {
            return refused(0);
        }
        let kohteet: Vec<String> = kohteet.into_iter().map(|kohde| self.store(kohde)).collect();
        http("200 OK", &envelope(&kohteita(0, &kohteet)))
    }

    fn store(&mut self, message: Node<'_, '_>) -> String {
        let id = child(message, ASI, "AsiointitiliTunniste").unwrap();
        let id = id.text().unwrap();
        if let Some(state) = objection(message) {
            return kohde(id, None, state);
        }
        let next = format!("A-{}", self.stored.len() + 1);
        let own = self.stored.entry(id.to_owned()).or_insert(next);
        kohde(id, Some(own), 200)
    }
}

/// Why a message is not taken.
fn objection(kohde: Node<'_, '_>) -> Option<i32> {
    let customers = kohde
        .children()
        .filter(|node| node.has_tag_name((ASI, "Asiakas")));
    let customers: Vec<Node<'_, '_>> = customers.collect();
    let [customer] = customers[..] else {
        return Some(525);
    };
    if customer.attribute("TunnusTyyppi") == Some("SSN")
        && !is_code(customer.attribute("AsiakasTunnus")?)
    {
        return Some(525);
    }
    let contents = kohde
        .descendants()
        .filter(|node| node.has_tag_name((ASI, "Tiedosto")));
    contents.filter_map(attachment_objection).next()
}

fn attachment_objection(attachment: Node<'_, '_>) -> Option<i32> {
    let content = child(attachment, ASI, "TiedostoSisalto")?.text().unwrap();
    let Ok(content) = STANDARD.decode(content) else {
        return Some(525);
    };
    let kilobytes = child(attachment, ASI, "TiedostoKoko")
        .unwrap()
        .text()
        .unwrap();
    assert_eq!(kilobytes.parse(), Ok(content.len().div_ceil(1024)));
    let (name, kind) = (
        child(attachment, ASI, "TiedostoNimi")
            .unwrap()
            .text()
            .unwrap(),
        child(attachment, ASI, "TiedostoMuoto")
            .unwrap()
            .text()
            .unwrap(),
    );
    match (name.rsplit('.').next(), kind) {
        (Some("pdf"), "application/pdf") => assert!(content.starts_with(b"%PDF-")),
        (Some("png"), "image/png") => assert!(content.starts_with(b"\x89PNG\r\n")),
        _ => return Some(528),
    }
    (content.len() > LARGEST).then_some(529)
}

/// Whether the check character goes with the rest.
fn is_code(code: &str) -> bool {
    let digits = format!("{}{}", &code[..6], &code[7..10]);
    let rest: usize = digits.parse::<usize>().unwrap() % 31;
    code[10..] == "0123456789ABCDEFHJKLMNPRSTUVWXY"[rest..=rest]
}

/// Whether Body and Timestamp are signed by the signer of the tests, and the time is not over.
fn is_signed(document: &Document<'_>, text: &str) -> bool {
    let find = |name: &str| {
        let mut all = document.descendants();
        all.find(|node| node.tag_name().name() == name)
    };
    let Some(expires) = find("Expires") else {
        return false;
    };
    let expires: Timestamp = expires.text().unwrap().parse().unwrap();
    let references = document.descendants();
    let references = references.filter(|node| node.tag_name().name() == "Reference");
    let references: Vec<_> = references
        .filter_map(|node| node.attribute("URI"))
        .collect();
    let body = child(document.root_element(), SOAP, "Body").unwrap();
    let timestamp = find("Timestamp").unwrap();
    let is_covered = [body, timestamp].into_iter().all(|part| {
        let mut ids = part
            .attributes()
            .filter(|attribute| attribute.name() == "Id");
        ids.next()
            .is_some_and(|id| references.contains(&format!("#{}", id.value()).as_str()))
    });
    is_covered && expires > Timestamp::now() && verifies(text)
}

/// What `xmlsec1` says, to whom the certificate of the tests is given.
pub(super) fn verifies(message: &str) -> bool {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("message.xml"), message).unwrap();
    fs::write(
        folder.path().join("signer.pem"),
        world().signer.certificate_pem(),
    )
    .unwrap();
    let utility =
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
    let command = format!(
        "xmlsec1 --verify --pubkey-cert-pem signer.pem --id-attr:Id {SOAP}:Body --id-attr:Id {utility}:Timestamp message.xml"
    );
    tools::run(folder.path(), &command).status.success()
}

pub(super) fn child<'a, 'i>(
    node: Node<'a, 'i>,
    namespace: &str,
    name: &str,
) -> Option<Node<'a, 'i>> {
    let mut children = node.children();
    children.find(|child| child.has_tag_name((namespace, name)))
}

pub(super) fn kohde(account_id: &str, authority_id: Option<&str>, state: i32) -> String {
    let own = authority_id.map(|id| format!("<a:ViranomaisTunniste>{id}</a:ViranomaisTunniste>"));
    format!(
        "<a:Kohde><a:AsiointitiliTunniste>{account_id}</a:AsiointitiliTunniste>{}<a:KohteenTila>{state}</a:KohteenTila></a:Kohde>",
        own.unwrap_or_default()
    )
}

pub(super) fn kohteita(code: i32, kohteet: &[String]) -> String {
    format!(
        "<a:VieKohteitaResponse><a:VieKohteitaResult><a:TilaKoodi><a:TilaKoodi>{code}</a:TilaKoodi></a:TilaKoodi>\
         <a:KohdeMaara>{}</a:KohdeMaara><a:Kohteet>{}</a:Kohteet></a:VieKohteitaResult></a:VieKohteitaResponse>",
        kohteet.len(),
        kohteet.concat()
    )
}

pub(super) fn tiloja(code: i32) -> String {
    format!(
        "<a:VieKohdeTilojaResponse><a:VieKohdeTilojaResult><a:TilaKoodi><a:TilaKoodi>{code}</a:TilaKoodi></a:TilaKoodi>\
         </a:VieKohdeTilojaResult></a:VieKohdeTilojaResponse>"
    )
}

pub(super) fn fault(code: &str, text: &str) -> String {
    let fault = format!(
        "<s:Fault><faultcode>s:{code}</faultcode><faultstring>{text}</faultstring></s:Fault>"
    );
    http("500 Internal Server Error", &envelope(&fault))
}
