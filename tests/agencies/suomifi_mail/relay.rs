// SPDX-License-Identifier: Apache-2.0
//! The component, the gateway's sender and the simulated relay together: a message goes out, what the relay writes of it comes back and is understood.

use std::time::Duration;

use rcgen::{CertificateParams, KeyPair};
use serde_json::{Map, Value, json};
use silta::exchange::{Acceptance, RetryClass};
use silta_gateway::{
    operation::{Content, KeepNothing, Progress, Sender, Stopped},
    outbound::{Blocking, ConnectSettings, HttpClient, MailClient, MailRelay, MailSecurity},
};
use silta_simulators::{
    Simulator,
    suomifi_mail::{
        CitizenMessage, MailKind, MailRelaySetup, MailRelaySimulator,
        MailSecurity as RelaySecurity, ReceiptEvent, ReceiptPlan, Wording,
    },
};

use super::{Mail, accepted, arriving};

/// No honest step takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

const SERVICE: &str = "kirjaamo@kunta.example";

fn relay(receipts: ReceiptPlan) -> MailRelaySimulator {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let mut setup = MailRelaySetup::new(certificate.pem(), key.serialize_pem(), "kunta.example");
    setup.security = RelaySecurity::None;
    setup.receipts = receipts;
    MailRelaySimulator::start(setup).unwrap()
}

fn settings() -> Map<String, Value> {
    let settings = json!({"from": SERVICE, "domain": "kunta.example"});
    settings.as_object().unwrap().clone()
}

fn receive(agency: &silta::Agency, content: Vec<u8>) -> Acceptance {
    let mut call = arriving(content);
    call.recipients = vec![SERVICE.into()];
    accepted(agency, call)
}

/// The one event of a mail: its kind, data, and reference.
fn told(acceptance: &Acceptance) -> (&str, Value, Option<&str>) {
    let [event] = &acceptance.events[..] else {
        panic!("{:?}", acceptance.events);
    };
    let data = serde_json::from_str(&event.data).unwrap();
    (&event.kind, data, event.about.as_deref())
}

#[test]
fn every_receipt_in_every_wording_is_about_the_message_that_was_sent() {
    let mail = Mail::new();
    let agency = mail.deploy(&settings()).unwrap();
    for wording in Wording::ALL {
        let mut receipts = ReceiptPlan::default();
        receipts.events = ReceiptEvent::ALL.to_vec();
        receipts.wordings = vec![wording];
        let relay = relay(receipts);
        let port = relay.address().port();
        let client = MailClient::new(MailRelay::new(
            "localhost",
            port,
            MailSecurity::PlainOnLoopback,
        ));
        let http = HttpClient::new(ConnectSettings::default()).unwrap();
        let sender = Sender::new(agency.clone(), http, Some(client.unwrap()));
        let content = Content::default();
        let parameters =
            json!({"recipient": "010190-900P", "title": "Päätös", "body": "Hyvä asiakas"});
        let mut progress = Progress::new(
            "suomifi-mail",
            "send-message",
            parameters.to_string(),
            &content,
        );
        let mut keep = KeepNothing;
        let run = sender.run(&mut progress, &content, &mut keep);
        let stopped = Blocking::new().unwrap().run(run).unwrap();
        let Stopped::Outcome(outcome, _) = stopped else {
            panic!("{stopped:?}");
        };
        assert_eq!(outcome.class, RetryClass::Done, "{outcome:?}");
        assert!(relay.wait_until_idle(PATIENCE));
        let receipts = relay.take_deliveries(PATIENCE);
        assert_eq!(receipts.len(), ReceiptEvent::ALL.len());
        for receipt in receipts {
            let MailKind::Receipt(event, _) = receipt.kind else {
                panic!("{:?}", receipt.kind);
            };
            let (kind, member, value) = match event {
                ReceiptEvent::Relayed => ("delivery-status", "status", "accepted"),
                ReceiptEvent::Readable => ("delivery-status", "status", "delivered"),
                ReceiptEvent::Read => ("delivery-status", "status", "opened"),
                ReceiptEvent::Acknowledged => ("delivery-status", "status", "acknowledged"),
                ReceiptEvent::NotRelayed => ("send-failed", "reason", "other"),
                ReceiptEvent::VirusFound => ("send-failed", "reason", "attachment-virus"),
                ReceiptEvent::AttachmentRefused => ("send-failed", "reason", "attachment-type"),
            };
            let acceptance = receive(&agency, receipt.mail);
            let found = told(&acceptance);
            assert_eq!(found.0, kind, "{event:?} {wording:?}: {}", found.1);
            assert_eq!(found.1[member], value, "{event:?} {wording:?}");
            assert_eq!(
                found.2,
                Some(outcome.reference.as_str()),
                "{event:?} {wording:?}"
            );
        }
    }
}

#[test]
fn what_citizens_write_is_read_in_every_form() {
    let mail = Mail::new();
    let agency = mail.deploy(&settings()).unwrap();
    let relay = relay(ReceiptPlan::default());
    for number in 0..12 {
        let sample = CitizenMessage::sample(number);
        let (title, text) = (sample.title.clone(), sample.text.clone());
        let (id, files) = (
            sample.sender.identity_code.clone(),
            sample.attachments.len(),
        );
        for delivery in relay.write(sample, SERVICE).unwrap() {
            let acceptance = receive(&agency, delivery.mail);
            let (kind, data, _) = told(&acceptance);
            assert_eq!(kind, "citizen-message", "{number}: {data}");
            assert_eq!(data["sender"]["id"]["id"], id, "{number}");
            assert_eq!(data["title"], title, "{number}");
            let lines = |text: &str| text.replace('\r', "").trim_end().to_owned();
            assert_eq!(
                lines(data["body"].as_str().unwrap()),
                lines(&text),
                "{number}"
            );
            assert_eq!(acceptance.documents.len(), files, "{number}");
            let details = data.pointer("/transport/details").unwrap();
            assert!(details.as_str().unwrap().contains(&id), "{number}: {data}");
        }
    }
}
