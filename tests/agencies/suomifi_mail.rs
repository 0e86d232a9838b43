// SPDX-License-Identifier: Apache-2.0
//! Suomi.fi messages by mail: the cases in `data/suomifi-mail`, and what no case can show.

mod python;
mod relay;

use std::collections::BTreeMap;

use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use silta::{
    Agency, Blob, Deployment, Error,
    exchange::{Acceptance, Call, CertificateChain, MailCall, MailConnection, Verdict},
};

use super::{case, cases::hold, events::Kinds, golden, people::authority};
use crate::support::{
    host::{Borrowed, host},
    recording::Taped,
    surroundings::Surroundings,
};

/// What `build` leaves for `parse`.
const MEMO: &str = r#"{"reference": "R-1", "messageId": "R-1.00000000-0000-0000-0000-000000000000@virasto.example"}"#;

#[test]
fn every_case_comes_out_as_it_should() {
    let mail = Mail::new();
    let cases = case::load::<Mail>("suomifi-mail", "none", "none");
    let kinds = Kinds::of(&mail.deploy(&Map::new()).unwrap().description().unwrap());
    hold(&cases, 90, |case, body| {
        case::run(&mail, &kinds, case, body)
    });
    kinds.check_all_seen();
}

/// A relay that the operator allows, with TLS.
fn arriving(content: impl Into<Vec<u8>>) -> MailCall {
    MailCall {
        sender: "010190-900P@asiointitili.fi".into(),
        recipients: vec!["viestit@virasto.example".into()],
        content: Blob::from(content.into()),
        connection: MailConnection {
            peer_address: "192.0.2.7".into(),
            tls: Some("TLSv1.3".into()),
            peer_certificates: None,
            allowed: true,
        },
    }
}

fn accepted(agency: &Agency, call: MailCall) -> Acceptance {
    match agency.validate(Call::Mail(call)).unwrap() {
        Verdict::Accepted(acceptance) => acceptance,
        Verdict::Rejected(rejected) => panic!("{}", rejected.reason),
    }
}

const MESSAGE: &str =
    "From: 010190-900P@asiointitili.fi\r\nSubject: a\r\nMessage-ID: <m@x>\r\n\r\nHei\r\n";

#[test]
fn the_relay_has_to_show_a_certificate_where_that_is_asked_for() {
    let mail = Mail::new();
    let settings =
        |names: Value| json!({"incoming": {"relay-certificate": "required", "relay-names": names}});
    let code = |settings: Value, chain: Option<CertificateChain>| {
        let agency = mail.deploy(settings.as_object().unwrap()).unwrap();
        let mut call = arriving(MESSAGE);
        call.connection.peer_certificates = chain;
        match agency.validate(Call::Mail(call)).unwrap() {
            Verdict::Accepted(_) => "accepted".to_owned(),
            Verdict::Rejected(rejected) => {
                assert_eq!(rejected.reply.status, 550);
                rejected.reason.code
            }
        }
    };
    let relay = || Some(mail.relay.clone());
    assert_eq!(code(settings(json!([])), relay()), "accepted");
    assert_eq!(
        code(settings(json!(["relay.example"])), relay()),
        "accepted"
    );
    assert_eq!(
        code(settings(json!(["other.example"])), relay()),
        "caller.other-name"
    );
    assert_eq!(code(settings(json!([])), None), "caller.no-certificate");
    assert_eq!(
        code(settings(json!([])), Some(relay_of("unknown").1)),
        "caller.untrusted"
    );
}

/// Nobody can be judged without anchors: the relay keeps the mail and comes again.
#[test]
fn what_is_our_own_fault_is_told_as_temporary() {
    let mail = Mail::new();
    let deployment = Deployment::from_bytes(artifacts::SUOMIFI_MAIL.bytes).with_settings(
        r#"{"from": "a@virasto.example", "domain": "virasto.example", "incoming": {"relay-certificate": "required"}}"#,
    );
    let agency = mail
        .host
        .runtime
        .deploy("suomifi-mail", deployment)
        .unwrap();
    let mut call = arriving(MESSAGE);
    call.connection.peer_certificates = Some(mail.relay.clone());
    let Verdict::Rejected(rejected) = agency.validate(Call::Mail(call)).unwrap() else {
        panic!("accepted without anchors")
    };
    assert_eq!(rejected.reply.status, 451);
    assert_eq!(rejected.reason.code, "trust.missing");
}

/// The same mail has the same key, whoever brings it; another recipient or another content is another mail.
#[test]
fn mails_are_known_again_by_their_message_id_and_recipients() {
    let mail = Mail::new();
    let agency = mail.deploy(&Map::new()).unwrap();
    let key = |content: &str, recipients: &[&str]| {
        let mut call = arriving(content);
        call.recipients = recipients.iter().map(|path| (*path).to_owned()).collect();
        accepted(&agency, call).events[0].deduplication_key.clone()
    };
    let (one, other) = ("a@virasto.example", "b@virasto.example");
    let known = key(MESSAGE, &[one, other]);
    assert_eq!(
        known,
        key(&MESSAGE.replace("Hei", "Moi"), &["B@virasto.example", one])
    );
    assert_ne!(known, key(MESSAGE, &[one]));
    assert_ne!(known, key(&MESSAGE.replace("m@x", "n@x"), &[one, other]));
    let without = MESSAGE.replace("Message-ID: <m@x>\r\n", "");
    assert_eq!(key(&without, &[one]), key(&without, &[one]));
    assert_ne!(
        key(&without, &[one]),
        key(&without.replace("Hei", "Moi"), &[one])
    );
    let settings = json!({"incoming": {"same-mail": "message-id"}});
    let agency = mail.deploy(settings.as_object().unwrap()).unwrap();
    let key = |recipient: &str| {
        let mut call = arriving(MESSAGE);
        call.recipients = vec![recipient.into()];
        accepted(&agency, call).events[0].deduplication_key.clone()
    };
    assert_eq!(key(one), key(other));
}

/// Attachments stay in the host: what the sandbox may hold is a fraction of the mail.
#[test]
fn a_large_mail_is_read_in_little_memory() {
    let mail = Mail::new();
    let agency = mail.deploy(&Map::new()).unwrap();
    let line = "AAAA".repeat(19) + "\r\n";
    let head = "From: 010190-900P@asiointitili.fi\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHei\r\n--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n";
    let content = head.to_owned() + &line.repeat((15 << 20) / line.len()) + "--b--\r\n";
    let acceptance = accepted(&agency, arriving(content));
    assert_eq!(acceptance.documents.len(), 1);
    assert_eq!(acceptance.documents[0].content.size(), (15 << 20) / 78 * 57);
    // Hyphens, of which each could begin a boundary.
    let dashes = head.to_owned() + &"--c\r\n-".repeat((15 << 20) / 6) + "\r\n--b--\r\n";
    assert_eq!(accepted(&agency, arriving(dashes)).documents.len(), 1);
    // Texts of the worst kind: each byte becomes three, and each is a line.
    for byte in ["\0", "\n", "\u{80}", "ä", "=", ">"] {
        let text = MESSAGE.to_owned() + &byte.repeat((256 << 10) / byte.len() - 5);
        accepted(&agency, arriving(text));
    }
}

/// Whatever a mail is, its text and whose it is stand in the event and nowhere else.
#[test]
fn no_log_line_and_no_reason_has_anything_of_a_mail() {
    let mail = Mail::new();
    let agency = mail.deploy(&Map::new()).unwrap();
    let bodies = ["Salaisuus", "Viesti epäonnistui: Salaisuus", "\0Salaisuus"];
    for from in [
        "010190-900P@asiointitili.fi",
        "Salaisuus@x.example",
        "a@b, Salaisuus@d",
    ] {
        for body in bodies {
            let content = format!(
                "From: {from}\r\nSubject: Salaisuus 010190-900P\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{body}\r\n--b\r\nContent-Type: a/b; name=Salaisuus\r\nContent-Transfer-Encoding: x-Salaisuus\r\n\r\nSalaisuus\r\n"
            );
            let acceptance = accepted(&agency, arriving(content.clone()));
            assert!(!acceptance.events[0].deduplication_key.contains("900P"));
            let mut forged = arriving(content);
            forged.connection.allowed = false;
            let verdict = format!("{:?}", agency.validate(Call::Mail(forged)).unwrap());
            let lines = format!("{:?}", mail.host.recorder.lines());
            for secret in ["Salaisuus", "010190", "900P"] {
                assert!(
                    !verdict.contains(secret) && !lines.contains(secret),
                    "{lines}"
                );
            }
        }
    }
}

/// An issuer of that name, its certificate, and a relay that it has certified.
fn relay_of(name: &str) -> (String, CertificateChain) {
    let (issuer, pem) = authority(name);
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params
        .distinguished_name
        .push(DnType::CommonName, "relay.example");
    params.not_before = date_time_ymd(2010, 1, 1);
    params.not_after = date_time_ymd(3000, 1, 1);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let certificate = params.signed_by(&key, &issuer).unwrap();
    (
        pem,
        CertificateChain::new([certificate.der().clone()]).unwrap(),
    )
}

/// A runtime that the component is deployed into, and a relay whose issuer the operator trusts.
struct Mail {
    host: Borrowed,
    anchors: BTreeMap<String, String>,
    relay: CertificateChain,
}

impl Mail {
    fn new() -> Self {
        let (pem, relay) = relay_of("relay");
        Self {
            host: host(),
            anchors: [("relay".into(), pem)].into(),
            relay,
        }
    }

    /// At the beginning of 2026-07-01, whatever was deployed before.
    fn deploy(&self, settings: &Map<String, Value>) -> Result<Agency, Error> {
        let least = json!({"from": "viestit@virasto.example", "domain": "virasto.example"});
        let surroundings = Surroundings {
            anchors: self.anchors.clone(),
            ..Surroundings::with_settings(&least, settings)
        };
        self.host.deploy(artifacts::SUOMIFI_MAIL, surroundings)
    }
}

/// Cases of this agency have nothing of their own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Extra {}

/// Runs a case, for its recording.
pub(super) fn perform(name: &str) -> Vec<Taped> {
    let mail = Mail::new();
    let cases = case::load::<Mail>("suomifi-mail", "none", "none");
    golden::tape(&mail.host, || case::perform(&mail, &cases[name]))
}

impl case::Agency for Mail {
    type Extra = Extra;
    const EXTRA: &'static [&'static str] = &[];
    const MEMO: &'static str = MEMO;
    const TARGET: &'static str = "/";
    const CONTENT_TYPE: &'static str = "text/plain";
    const CALLER: &'static str = "stranger";

    fn deploy(&self, settings: &Map<String, Value>, _: &Extra) -> Result<Agency, Error> {
        Self::deploy(self, settings)
    }

    fn headers(_: &Extra) -> Vec<(String, String)> {
        Vec::new()
    }
}
