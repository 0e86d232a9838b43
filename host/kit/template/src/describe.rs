// SPDX-License-Identifier: Apache-2.0
//! What the component says of itself.

use agency_guest::{
    describe::{
        SelfTests, adjusted_limits, anchor_set, any_request, build, inbound_operation, key_role,
        limits as usual, outcome, parse, problem, published, reading_operation, title, validate,
    },
    exports::descriptor::{
        AdjustedLimits, Description, Document, Idempotency, Limits, Operation, Resending, SelfTest,
    },
    json,
};

use crate::{
    component::{Announced, Parameters},
    wire::{Notification, Settings},
};

/// Outbound: announces a parcel.
pub(crate) const ANNOUNCE: &str = "announce";

/// Inbound: tells what has become of a parcel.
pub(crate) const NOTIFY: &str = "notify";

/// Key role of our certificate, by which the agency knows us.
pub(crate) const CLIENT: &str = "client";

/// Anchor set of the issuers of callers' certificates.
pub(crate) const CALLERS: &str = "callers";

/// Largest answer or notification, in bytes.
pub(crate) const LARGEST_MESSAGE: u32 = 64 << 10;

/// Largest content of an announcement, in bytes.
const LARGEST_CONTENT: u64 = 5 << 20;

/// How soon a notification is answered, in milliseconds.
const ANSWER_MILLISECONDS: u32 = 5_000;

pub(crate) fn description() -> Description {
    Description {
        agency: "AGENCY_ID".into(),
        titles: vec![title("en", "AGENCY_ID, an agency that does not exist")],
        version: env!("CARGO_PKG_VERSION").into(),
        documents: vec![Document {
            title: "README of the component".into(),
            version: "1".into(),
            coverage: "All of it.".into(),
        }],
        operations: operations(),
        events: vec![published::<Announced>(), published::<Notification>()],
        key_roles: vec![key_role(
            CLIENT,
            "the client certificate, by which the agency knows us",
        )],
        anchor_sets: vec![anchor_set(
            CALLERS,
            "issuers of the certificates that the agency calls with",
        )],
        secret_roles: Vec::new(),
        settings_schema: json::schema::<Settings>(),
        self_tests: self_tests(),
    }
}

/// The limits of all operations under these settings.
pub(crate) fn adjusted(settings: &Settings) -> Vec<AdjustedLimits> {
    adjusted_limits([
        (ANNOUNCE, announce_limits(settings)),
        (NOTIFY, notify_limits()),
    ])
}

fn operations() -> Vec<Operation> {
    let announce = reading_operation(
        ANNOUNCE,
        "Announces a parcel, whose content is the payload.",
        json::schema::<Parameters>(),
        announce_limits(&Settings::usual()),
    );
    vec![
        Operation {
            idempotency: Idempotency::ByReference,
            ..announce
        },
        inbound_operation(NOTIFY, "Something has become of a parcel.", notify_limits()),
    ]
}

fn announce_limits(settings: &Settings) -> Limits {
    let timeout = settings.timeout_seconds.saturating_mul(1000);
    Limits {
        payload_limit: Some(LARGEST_CONTENT),
        // The agency knows a reference for a day.
        resending: Some(Resending {
            sendings: 5,
            seconds: 24 * 60 * 60,
        }),
        ..usual(timeout, LARGEST_MESSAGE.into())
    }
}

fn notify_limits() -> Limits {
    usual(ANSWER_MILLISECONDS, LARGEST_MESSAGE.into())
}

/// They run at each deployment, in milliseconds: what must never go into service broken.
fn self_tests() -> Vec<SelfTest> {
    SelfTests::new(r#"{"url": "https://AGENCY_ID.example/v1"}"#)
        .test(
            "an announcement is built",
            build(ANNOUNCE, r#"{"recipient": "r"}"#, b"content"),
            any_request(),
        )
        .test(
            "an announcement without a recipient is refused",
            build(ANNOUNCE, "{}", b"content"),
            problem("parameter.missing"),
        )
        .test(
            "an answer is understood",
            parse(ANNOUNCE, r#"{"id": "P-1"}"#),
            outcome("http-200"),
        )
        .test(
            "a caller without a certificate is refused",
            validate("POST", "/AGENCY_ID/notifications", "application/json", "{}"),
            problem("caller.no-certificate"),
        )
        .into_tests()
}
