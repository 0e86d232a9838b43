// SPDX-License-Identifier: Apache-2.0
//! What the component says of itself.

mod self_tests;

use agency_guest::{
    describe::{adjusted_limits, anchor_set, inbound_operation, limits as usual, title},
    exports::descriptor::{self, AdjustedLimits, Description, Document, Limits},
    json,
};

use crate::{
    events,
    wire::{Operation, Settings},
};

/// Anchor set of those who may sign calls.
pub(crate) const SIGNERS: &str = "suomifi-signers";

/// Anchor set of those who may open connections, where they have to show a certificate.
pub(crate) const CALLERS: &str = "suomifi-callers";

/// The name of an operation.
pub(crate) fn name(operation: Operation) -> &'static str {
    match operation {
        Operation::Messages => "receive-messages",
        Operation::Statuses => "receive-statuses",
    }
}

pub(crate) fn description() -> Description {
    Description {
        agency: "suomifi-viestit".into(),
        titles: vec![
            title("fi", "Suomi.fi-viestit: viranomaisen paluukanava"),
            title("sv", "Suomi.fi-meddelanden: myndighetens returkanal"),
            title("en", "Suomi.fi messages: the authority's return channel"),
        ],
        version: env!("CARGO_PKG_VERSION").into(),
        documents: vec![
            Document {
                title: "Viranomaisen paluukanava, rajapintakuvaus (return channel of the authority, interface description)".into(),
                version: "1.1".into(),
                coverage: "VieKohteita and VieKohdeTiloja in full. The shape of its response to VieKohteita is a setting, since the WSDL has another.".into(),
            },
            Document {
                title: "ViranomaisPaluukanava (WSDL)".into(),
                version: "2020, and leniently that of 2014".into(),
                coverage: "Both operations. Signatures after the policy that is published for the authorities' own calls (WS-Security 1.0, X.509), since none is published for these.".into(),
            },
        ],
        operations: operations(),
        events: events::kinds(),
        key_roles: Vec::new(),
        anchor_sets: vec![
            anchor_set(
                SIGNERS,
                "issuers of the certificates that calls are signed with, or these certificates, pinned; needed unless signature.policy is off",
            ),
            anchor_set(
                CALLERS,
                "issuers of the certificates that callers show for TLS; needed where notification.client-certificate is true",
            ),
        ],
        secret_roles: Vec::new(),
        settings_schema: json::schema::<Settings>(),
        self_tests: self_tests::self_tests(),
    }
}

/// The limits of both operations under these settings.
pub(crate) fn adjusted(settings: &Settings) -> Vec<AdjustedLimits> {
    adjusted_limits(Operation::ALL.map(|operation| (name(operation), limits(settings))))
}

/// The operations with their limits under the settings that nobody has changed.
fn operations() -> Vec<descriptor::Operation> {
    let settings = Settings::default();
    let operation =
        |operation, summary| inbound_operation(name(operation), summary, limits(&settings));
    vec![
        operation(
            Operation::Messages,
            "Suomi.fi hands over what citizens and companies write to the authority, with attachments (VieKohteita).",
        ),
        operation(
            Operation::Statuses,
            "Suomi.fi tells the statuses of the authority's messages: delivered, opened, acknowledged (VieKohdeTiloja).",
        ),
    ]
}

/// Which of the two is called shows in the body, so that both have the same limits.
fn limits(settings: &Settings) -> Limits {
    let notification = &settings.notification;
    Limits {
        response_advice: "raise the setting notification.largest-body-bytes".into(),
        ..usual(
            notification.answer_seconds.saturating_mul(1000),
            notification.largest_body_bytes,
        )
    }
}
