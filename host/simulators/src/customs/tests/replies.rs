// SPDX-License-Identifier: Apache-2.0
//! Replies to uploads: when they come, what is in them, who vouches for them.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::KeyPair;
use xml_testkit::tools;

use super::super::{
    Attachment, CustomsSimulator, Reply, ReplyKind, ReplyPlan, SignatureForm, SigningIdentity,
};
use super::client::{texts, upload};
use super::message::{APPLICATION, DSIG, Upload, download, list_last_hour};
use super::{CUSTOMS, DECLARANT, INTERMEDIARY, setup, world};
use crate::certificate::Certificate;
use crate::peers::authority::{Identity, set_serial_number};
use crate::signature::Signature;
use crate::{Simulator, SimulatorError};

fn start(plan: ReplyPlan, signer: Option<&Identity>) -> CustomsSimulator {
    let mut setup = setup();
    setup.list_interval = Duration::ZERO;
    setup.replies = plan;
    setup.reply_signing = signer.map(|signer| SigningIdentity {
        certificates_pem: signer.certificate_pem(),
        key_pem: signer.key_pem(),
    });
    CustomsSimulator::start(setup).unwrap()
}

/// Uploads for an application; the ApplicationResponse of the reply, if there is one.
fn reply_to(customs: &CustomsSimulator, application: &str) -> Option<String> {
    let message = Upload {
        application: application.to_owned(),
        ..Upload::default()
    };
    let soap = message.soap(&message.signed_by(&world().builder));
    assert_eq!(upload(customs, &world().intermediary, &soap).code(), "000");
    let listed = upload(customs, &world().intermediary, &list_last_hour());
    let storage_id = listed.texts("MessageStorageId").pop()?;
    Some(fetch(customs, &storage_id))
}

fn fetch(customs: &CustomsSimulator, storage_id: &str) -> String {
    let answer = upload(customs, &world().intermediary, &download(storage_id));
    assert_eq!(answer.code(), "000");
    assert_eq!(answer.texts("MessageStatus"), ["DOWNLOADED"]);
    let document = STANDARD
        .decode(&answer.texts("ApplicationResponseMessage")[0])
        .unwrap();
    String::from_utf8(document).unwrap()
}

/// Format and content of each block.
fn blocks(document: &str) -> Vec<(String, Vec<u8>)> {
    let contents = texts(document, "Content").into_iter();
    let contents = contents.map(|content| STANDARD.decode(content).unwrap());
    texts(document, "ContentFormat")
        .into_iter()
        .zip(contents)
        .collect()
}

#[test]
fn applications_decide_what_comes_with_a_reply() {
    for (application, attachment) in [
        ("INTRASTAT", None),
        ("Import-Test", Some(("application/pdf", &b"%PDF-"[..]))),
        ("EXPORT", Some(("application/zip", b"PK\x03\x04"))),
        ("TRANSIT", Some(("application/zip", b"PK\x03\x04"))),
    ] {
        let customs = start(ReplyPlan::default(), None);
        let document = reply_to(&customs, application).unwrap();
        let root = roxmltree::Document::parse(&document).unwrap();
        assert!(
            root.root_element()
                .has_tag_name((APPLICATION, "ApplicationResponse"))
        );
        for (name, value) in [
            ("DeclarantBusinessId", DECLARANT),
            ("Application", application),
            ("Environment", "TEST"),
            ("Reference", "REF-1"),
        ] {
            assert_eq!(texts(&document, name), [value]);
        }
        let blocks = blocks(&document);
        assert_eq!(blocks[0].0, "application/xml");
        let xml = String::from_utf8(blocks[0].1.clone()).unwrap();
        assert_eq!(texts(&xml, "Reference"), ["REF-1"]);
        let uploaded = customs.received()[0].storage_id.clone().unwrap();
        assert_eq!(texts(&xml, "RequestCorrelation"), [uploaded]);
        let found = blocks
            .get(1)
            .map(|(format, bytes)| (format.as_str(), &bytes[..]));
        match (found, attachment) {
            (None, None) => {}
            (Some(found), Some(wanted)) => {
                assert_eq!(found.0, wanted.0);
                assert!(found.1.starts_with(wanted.1));
            }
            _ => panic!("{application}"),
        }
        assert!(!document.contains("Signature"));
    }
}

#[test]
fn replies_can_be_left_out_be_schema_errors_and_be_late() {
    assert!(reply_to(&start(ReplyPlan::always(ReplyKind::Nothing), None), "X").is_none());
    let plan = ReplyPlan::always(ReplyKind::SchemaError);
    let document = reply_to(&start(plan, None), "X").unwrap();
    let xml = String::from_utf8(blocks(&document)[0].1.clone()).unwrap();
    let xml_document = roxmltree::Document::parse(&xml).unwrap();
    let root = xml_document.root_element().tag_name().name().to_owned();
    assert_eq!(root, "DmeErrorMessage");
    assert_eq!(texts(&xml, "Reference"), ["REF-1"]);
    let late = ReplyPlan {
        delay: Duration::from_secs(60),
        ..ReplyPlan::default()
    };
    assert!(reply_to(&start(late, None), "X").is_none());
}

#[test]
fn refused_uploads_get_no_reply() {
    let customs = start(ReplyPlan::default(), None);
    let soap = Upload::default().soap("x");
    assert_ne!(upload(&customs, &world().intermediary, &soap).code(), "000");
    let listed = upload(&customs, &world().intermediary, &list_last_hour());
    assert_eq!(listed.texts("MessageInformation").len(), 0);
}

#[test]
fn deposits_come_out_as_they_went_in() {
    let customs = start(ReplyPlan::default(), None);
    let storage_id = customs
        .deposit(Reply {
            attachment: Some(Attachment::Pdf(vec![0xff; 100])),
            ..Reply::new(INTERMEDIARY, "not XML at all")
        })
        .unwrap();
    let document = fetch(&customs, &storage_id);
    assert_eq!(texts(&document, "MessageStorageId"), [storage_id]);
    assert_eq!(
        blocks(&document),
        [
            ("application/xml".to_owned(), b"not XML at all".to_vec()),
            ("application/pdf".to_owned(), vec![0xff; 100]),
        ]
    );
}

/// Certificates of Customs for every kind of key that replies can be signed with.
fn signers() -> [Identity; 3] {
    [
        &rcgen::PKCS_RSA_SHA256,
        &rcgen::PKCS_ECDSA_P256_SHA256,
        &rcgen::PKCS_ECDSA_P384_SHA384,
    ]
    .map(|algorithm| {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let issuer = &world().client_authority;
        issuer.issue_for(key, |params| set_serial_number(params, CUSTOMS))
    })
}

#[test]
fn signed_replies_verify_and_break() {
    for signer in signers() {
        let customs = start(ReplyPlan::default(), Some(&signer));
        let document = reply_to(&customs, "IMPORT").unwrap();
        let verify = |document: &str| {
            let document = roxmltree::Document::parse(document).unwrap();
            let root = document.root_element();
            let signature = Signature::read(root).unwrap();
            assert_eq!(signature.certificates, [signer.certificate.der().to_vec()]);
            let certificate = Certificate::read(&signature.certificates[0]).unwrap();
            assert_eq!(certificate.business_id.unwrap().as_str(), "0245442-8");
            signature.check_value(&certificate.key).unwrap();
            signature.check_reference(root)
        };
        assert_eq!(verify(&document).unwrap(), SignatureForm::EnvelopedRoot);
        assert!(verify(&document.replace("REF-1", "REF-2")).is_err());
    }
}

#[test]
fn xmlsec1_takes_the_signature() {
    if !tools::are_installed(&["xmlsec1"]) {
        return;
    }
    for signer in signers() {
        let customs = start(ReplyPlan::default(), Some(&signer));
        let document = reply_to(&customs, "EXPORT").unwrap();
        assert!(document.contains(DSIG));
        let folder = tempfile::tempdir().unwrap();
        let write = |name, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("ca.pem", &world().client_authority.pem());
        let verify = |document: &str| {
            write("signed.xml", document);
            let command =
                "xmlsec1 --verify --enabled-key-data x509 --trusted-pem ca.pem signed.xml";
            tools::run(folder.path(), command)
        };
        tools::succeeds(verify(&document));
        let changed = document.replace("REF-1", "REF-2");
        assert!(!verify(&changed).status.success());
    }
}

#[test]
fn a_key_that_does_not_fit_is_an_error() {
    let mut setup = setup();
    setup.reply_signing = Some(SigningIdentity {
        certificates_pem: world().customs.certificate_pem(),
        key_pem: world().builder.key_pem(),
    });
    assert!(matches!(
        CustomsSimulator::start(setup),
        Err(SimulatorError::Credential {
            field: "reply_signing.certificates_pem",
            ..
        })
    ));
}
