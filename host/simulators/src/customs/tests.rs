// SPDX-License-Identifier: Apache-2.0
//! Customs against senders that share no code with it: documents laid out by hand in canonical form
//! and signed by the crypto library, or signed by the tools `xmlsec1` and `openssl`.

mod client;
mod connection;
mod foreign_signers;
mod mailbox;
mod message;
mod misbehaviour;
mod notify;
mod refusals;
mod replies;
mod signatures;

use std::sync::OnceLock;

use super::{CustomsSetup, CustomsSimulator, Received};
use crate::Simulator;
use crate::peers::authority::{Authority, Identity};
use client::{Reply, upload};
use message::Upload;

/// Ids with right check digits that stand for nobody in particular.
const INTERMEDIARY: &str = "1234567-1";
const BUILDER: &str = "7654321-2";
const DECLARANT: &str = "1000002-0";

/// Customs itself, in the VAT form.
const CUSTOMS: &str = "FI02454428";

/// Keys and certificates, made once for all tests.
struct World {
    client_authority: Authority,
    builder_authority: Authority,
    server: Identity,
    intermediary: Identity,
    builder: Identity,
    customs: Identity,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let client_authority = Authority::new("Clients");
        let builder_authority = Authority::new("Builders");
        World {
            server: client_authority.issue_for_names(&["localhost"]),
            intermediary: client_authority.issue_to(INTERMEDIARY),
            // The VAT form, so that both forms are met with.
            builder: builder_authority.issue_to("FI76543212"),
            customs: client_authority.issue_to(CUSTOMS),
            client_authority,
            builder_authority,
        }
    })
}

fn setup() -> CustomsSetup {
    let world = world();
    CustomsSetup::new(
        world.server.certificate_pem(),
        world.server.key_pem(),
        world.client_authority.pem(),
        world.builder_authority.pem(),
    )
}

fn customs() -> CustomsSimulator {
    CustomsSimulator::start(setup()).unwrap()
}

/// Sends one message to a Customs of its own; the reply and what was recorded.
fn send(soap: &str) -> (Reply, Received) {
    send_to(setup(), soap)
}

fn send_to(setup: CustomsSetup, soap: &str) -> (Reply, Received) {
    let customs = CustomsSimulator::start(setup).unwrap();
    let reply = upload(&customs, &world().intermediary, soap);
    let record = customs.received().pop().unwrap();
    (reply, record)
}

#[test]
fn a_right_upload_is_accepted() {
    let message = Upload::default();
    let (reply, record) = send(&message.soap(&message.signed_by(&world().builder)));

    assert_eq!((reply.status, reply.code().as_str()), (200, "000"));
    let body = roxmltree::Document::parse(&reply.body).unwrap();
    let text = |name: &str| {
        let mut found = body
            .descendants()
            .filter(|node| node.tag_name().name() == name);
        found.next().and_then(|node| node.text()).map(str::to_owned)
    };
    assert_eq!(text("ResponseText").as_deref(), Some("OK"));
    assert_eq!(text("Reference").as_deref(), Some("REF-1"));
    assert_eq!(text("MessageBuilderBusinessId").as_deref(), Some(BUILDER));
    assert_eq!(text("MessageStatus").as_deref(), Some("RECEIVED"));
    assert_eq!(text("MessageStorageId").unwrap().len(), 38);

    assert_eq!(record.verdict, super::Verdict::Accepted);
    assert_eq!(
        record.payload.as_ref().unwrap().bytes(),
        message.payload.as_bytes()
    );
    let names: Vec<_> = record.checks.iter().map(|check| check.name).collect();
    assert_eq!(names, ALL_CHECKS);
    assert!(record.checks.is_sorted_by_key(|check| check.after));
}

#[test]
fn records_show_neither_ids_nor_content() {
    let message = Upload {
        payload: "<d>010190-900P</d>".to_owned(),
        ..Upload::default()
    };
    let (_, record) = send(&message.soap(&message.signed_by(&world().builder)));
    let shown = format!("{record:?}");
    for hidden in [INTERMEDIARY, BUILDER, DECLARANT, "010190", "7654321"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
    assert!(shown.contains("18 bytes"));
}

const ALL_CHECKS: &[&str] = &[
    "tls-client-certificate",
    "http-method",
    "http-version",
    "http-path",
    "content-type",
    "soap-action",
    "body-size",
    "soap-envelope",
    "operation",
    "request-header",
    "connection-identity",
    "outer-base64",
    "application-request-xml",
    "application-request-fields",
    "signature-structure",
    "signature-value",
    "signature-digest",
    "signer-chain",
    "signer-identity",
    "inner-base64",
    "payload",
    "not-a-duplicate",
];
