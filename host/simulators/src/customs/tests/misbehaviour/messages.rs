// SPDX-License-Identifier: Apache-2.0
//! Misbehaviours in what is fetched, listed and told of.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::super::{CustomsSimulator, Misbehaviour, Reply, Script, SoapVersion};
use super::super::client::texts;
use super::super::message::{download, list_last_hour};
use super::super::notify;
use super::super::{INTERMEDIARY, setup, world};
use super::{post, start};
use crate::Simulator;
use crate::certificate::Certificate;
use crate::signature::{Signature, SignatureError};

/// Fetches a message under a misbehaviour; the text of ApplicationResponseMessage.
fn fetched(misbehaviour: Misbehaviour) -> String {
    let customs = start(misbehaviour);
    let storage_id = customs
        .deposit(Reply::new(INTERMEDIARY, "<r><a>one</a><b/></r>"))
        .unwrap();
    let answer = post(&customs, &download(&storage_id));
    assert_eq!(answer.code(), "000");
    answer.texts("ApplicationResponseMessage").pop().unwrap()
}

#[test]
fn cut_base64_cannot_be_decoded() {
    let cut = fetched(Misbehaviour::TruncatedBase64);
    assert!(cut.len() > 100);
    assert!(STANDARD.decode(&cut).is_err());
    let groups = &cut[..cut.len() / 4 * 4];
    let start = STANDARD.decode(groups).unwrap();
    assert!(String::from_utf8_lossy(&start).contains("ApplicationResponse"));
}

#[test]
fn a_tampered_reply_is_well_formed_and_does_not_verify() {
    let document = STANDARD
        .decode(fetched(Misbehaviour::TamperedReply))
        .unwrap();
    let document = String::from_utf8(document).unwrap();
    let xml = STANDARD.decode(&texts(&document, "Content")[0]).unwrap();
    assert_eq!(xml, b"<r><a>onX</a><b/></r>");
    let parsed = roxmltree::Document::parse(&document).unwrap();
    let signature = Signature::read(parsed.root_element()).unwrap();
    let certificate = Certificate::read(&signature.certificates[0]).unwrap();
    signature.check_value(&certificate.key).unwrap();
    let outcome = signature.check_reference(parsed.root_element());
    assert!(matches!(outcome, Err(SignatureError::Digest)));
}

#[test]
fn a_stranger_signs_well_and_is_not_trusted() {
    let document = STANDARD.decode(fetched(Misbehaviour::WrongSigner)).unwrap();
    let document = String::from_utf8(document).unwrap();
    let parsed = roxmltree::Document::parse(&document).unwrap();
    let signature = Signature::read(parsed.root_element()).unwrap();
    let certificate = Certificate::read(&signature.certificates[0]).unwrap();
    signature.check_value(&certificate.key).unwrap();
    signature.check_reference(parsed.root_element()).unwrap();
    let claimed = certificate.business_id.as_ref().unwrap();
    assert_eq!(claimed.as_str(), "0245442-8");
    let authority = world().client_authority.der().to_vec().into();
    let anchor = webpki::anchor_from_trusted_cert(&authority).unwrap();
    assert!(certificate.check_signer(&[anchor], &[]).is_err());
}

#[test]
fn a_list_can_say_everything_twice() {
    let customs = start(Misbehaviour::ListTwice);
    let storage_id = customs.deposit(Reply::new(INTERMEDIARY, "<r/>")).unwrap();
    let twice = post(&customs, &list_last_hour()).texts("MessageStorageId");
    assert_eq!(twice, [storage_id.clone(), storage_id.clone()]);
    let once = post(&customs, &list_last_hour()).texts("MessageStorageId");
    assert_eq!(once, [storage_id]);
}

#[test]
fn notifications_come_twice_late_or_never() {
    let receiver = notify::receiver("");
    let mut setup = setup();
    setup.notify = Some(notify::notify_setup(&receiver, SoapVersion::V1_2));
    setup.script = Script::new()
        .once(Misbehaviour::NotifyTwice)
        .once(Misbehaviour::NotifyLate(Duration::from_millis(300)))
        .once(Misbehaviour::NotifyNever);
    let customs = CustomsSimulator::start(setup).unwrap();
    let deposit = || customs.deposit(Reply::new(INTERMEDIARY, "<r/>")).unwrap();
    let twice = deposit();
    for _ in 0..2 {
        assert_eq!(
            texts(receiver.call().text(), "MessageStorageId"),
            std::slice::from_ref(&twice)
        );
    }
    let started = Instant::now();
    let late = deposit();
    assert_eq!(texts(receiver.call().text(), "MessageStorageId"), [late]);
    assert!(started.elapsed() >= Duration::from_millis(300));
    deposit();
    assert!(!receiver.is_called_within(Duration::from_millis(300)));
    deposit();
    receiver.call();
    assert!(customs.notifications().len() >= 3);
}
