// SPDX-License-Identifier: Apache-2.0
//! The envelope, and WS-Security 1.0 in it: Body and Timestamp signed, the certificate in a BinarySecurityToken, in the order and with the prefix lists
//! of a signed message of a Finnish client of the service.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use roxmltree::{Document, Node};

use super::draft::Damage;
use super::signer::WsSigner;
use super::wire::{ASIOINTITILI, SOAP};
use crate::signature::DSIG;
use crate::xml::{Form, canonical, parse_text};

const WSSE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const WSU: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const X509_V3: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";
const BASE64: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// What is in an envelope beside its signature.
pub(super) struct Envelope<'a> {
    /// Header blocks.
    pub(super) header: &'a str,
    /// What is in the Body.
    pub(super) body: &'a str,
}

/// How it is signed.
pub(super) struct Seal<'a> {
    pub(super) signer: &'a WsSigner,
    /// Distinguishes the Ids of this message.
    pub(super) id: &'a str,
    /// How long ago it is said to have been made.
    pub(super) age: Duration,
    pub(super) time_to_live: Duration,
    pub(super) must_understand: bool,
}

/// What is filled in step by step.
#[derive(Default)]
struct Values {
    timestamp_digest: String,
    body_digest: String,
    signature: String,
}

impl Envelope<'_> {
    pub(super) fn unsigned(&self) -> String {
        let Self { header, body } = self;
        format!(
            "{PROLOG}<soapenv:Envelope xmlns:soapenv=\"{SOAP}\"><soapenv:Header>{header}</soapenv:Header>\
             <soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
        )
    }

    /// `None` when the key refuses to sign.
    pub(super) fn signed(&self, seal: &Seal<'_>) -> Option<String> {
        let made = Timestamp::now() - SignedDuration::try_from(seal.age).ok()?;
        let mut values = Values::default();
        let text = self.with(seal, made, &values)?;
        let document = parse_text(&text).ok()?;
        let timestamp = find(&document, WSU, "Timestamp")?;
        let covered = canonical(timestamp, &Form::Exclusive(vec!["wsse", "soapenv"]), None);
        values.timestamp_digest = seal.signer.digest(covered.as_bytes());
        let body = find(&document, SOAP, "Body")?;
        let covered = canonical(body, &Form::Exclusive(Vec::new()), None);
        values.body_digest = seal.signer.digest(covered.as_bytes());

        let text = self.with(seal, made, &values)?;
        let document = parse_text(&text).ok()?;
        let signed_info = find(&document, DSIG, "SignedInfo")?;
        let covered = canonical(signed_info, &Form::Exclusive(vec!["soapenv"]), None);
        values.signature = seal.signer.sign(covered.as_bytes())?;
        self.with(seal, made, &values)
    }

    fn with(&self, seal: &Seal<'_>, made: Timestamp, values: &Values) -> Option<String> {
        let (Self { header, body }, id) = (self, seal.id);
        let security = security(seal, made, values)?;
        Some(format!(
            "{PROLOG}<soapenv:Envelope xmlns:soapenv=\"{SOAP}\"><soapenv:Header>{security}{header}</soapenv:Header>\
             <soapenv:Body xmlns:wsu=\"{WSU}\" wsu:Id=\"id-{id}\">{body}</soapenv:Body></soapenv:Envelope>"
        ))
    }
}

const PROLOG: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

fn security(seal: &Seal<'_>, made: Timestamp, values: &Values) -> Option<String> {
    let (id, certificate) = (seal.id, seal.signer.certificate());
    let expires = made + SignedDuration::try_from(seal.time_to_live).ok()?;
    let must_understand = u8::from(seal.must_understand);
    Some(format!(
        "<wsse:Security xmlns:wsse=\"{WSSE}\" xmlns:wsu=\"{WSU}\" soapenv:mustUnderstand=\"{must_understand}\">\
         <wsse:BinarySecurityToken EncodingType=\"{BASE64}\" ValueType=\"{X509_V3}\" wsu:Id=\"X509-{id}\">{certificate}</wsse:BinarySecurityToken>\
         <ds:Signature xmlns:ds=\"{DSIG}\" Id=\"SIG-{id}\">{}<ds:SignatureValue>{}</ds:SignatureValue>\
         <ds:KeyInfo Id=\"KI-{id}\"><wsse:SecurityTokenReference wsu:Id=\"STR-{id}\">\
         <wsse:Reference URI=\"#X509-{id}\" ValueType=\"{X509_V3}\"/></wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature>\
         <wsu:Timestamp wsu:Id=\"TS-{id}\"><wsu:Created>{}</wsu:Created><wsu:Expires>{}</wsu:Expires></wsu:Timestamp></wsse:Security>",
        signed_info(seal, values),
        values.signature,
        time(made),
        time(expires),
    ))
}

fn signed_info(seal: &Seal<'_>, values: &Values) -> String {
    let id = seal.id;
    let (signature, digest) = seal.signer.identifiers();
    let inclusive = |prefixes: &str| {
        format!("<ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"{prefixes}\"/>")
    };
    let reference = |id: &str, prefixes: &str, value: &str| {
        format!(
            "<ds:Reference URI=\"#{id}\"><ds:Transforms><ds:Transform Algorithm=\"{EXCLUSIVE}\">{}</ds:Transform></ds:Transforms>\
             <ds:DigestMethod Algorithm=\"{digest}\"/><ds:DigestValue>{value}</ds:DigestValue></ds:Reference>",
            inclusive(prefixes)
        )
    };
    format!(
        "<ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\">{}</ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"{signature}\"/>{}{}</ds:SignedInfo>",
        inclusive("soapenv"),
        reference(
            &format!("TS-{id}"),
            "wsse soapenv",
            &values.timestamp_digest
        ),
        reference(&format!("id-{id}"), "", &values.body_digest),
    )
}

/// With milliseconds, in UTC.
fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn find<'a, 'i>(document: &'a Document<'i>, namespace: &str, name: &str) -> Option<Node<'a, 'i>> {
    let mut all = document.descendants();
    all.find(|node| node.has_tag_name((namespace, name)))
}

/// Does to a finished message what a misbehaviour asks for.
pub(super) fn damage(text: &str, damage: Damage) -> String {
    match damage {
        Damage::AlterBody => alter(text),
        Damage::WrapBody => wrap(text).unwrap_or_else(|| text.to_owned()),
        Damage::AddDoctype => text.replacen(
            PROLOG,
            &format!("{PROLOG}<!DOCTYPE soapenv:Envelope [<!ENTITY e \"e\">]>"),
            1,
        ),
        Damage::CutOff => {
            let end = text.rfind("</soapenv:Body>").unwrap_or_default();
            text.get(..end).unwrap_or_default().to_owned()
        }
        Damage::RenameOperation => text
            .replace("asi:VieKohteita ", "asi:VieTuntemattomia ")
            .replace("asi:VieKohteita>", "asi:VieTuntemattomia>"),
    }
}

/// Another user.
fn alter(text: &str) -> String {
    let begin = "<asi:KayttajaTunnus>";
    text.replacen(begin, &format!("{begin}toinen-"), 1)
}

/// The Body with its Id goes into a header of its own, an altered one without Id stands in its place.
fn wrap(text: &str) -> Option<String> {
    let (before, rest) = text.split_once("</soapenv:Header>")?;
    let start = rest.find('>')?;
    let content = rest.get(start + 1..)?;
    let signed = rest.strip_suffix("</soapenv:Envelope>")?;
    Some(format!(
        "{before}<asi:Kuori xmlns:asi=\"{ASIOINTITILI}\">{signed}</asi:Kuori></soapenv:Header><soapenv:Body>{}",
        alter(content)
    ))
}
