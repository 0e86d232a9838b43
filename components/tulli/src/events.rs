// SPDX-License-Identifier: Apache-2.0
//! The kinds of events, and the data of each.

mod acknowledged;
mod downloaded;
mod named_values;

use agency_guest::{
    EventData, ListEntryUnreadable, describe::published, exports::descriptor::EventKind,
};
use schemars::JsonSchema;
use serde::Serialize;

pub(crate) use acknowledged::UploadAcknowledged;
pub(crate) use downloaded::{
    DownloadedDocument, ListedEntry, MessageDownloaded, MessageKind, Signature, SignatureCoverage,
    Signer,
};
pub(crate) use named_values::NamedValues;

/// All of them.
pub(crate) fn kinds() -> Vec<EventKind> {
    vec![
        published::<UploadAcknowledged<'_>>(),
        published::<OutcomeUnresolved<'_>>(),
        published::<MessageAvailable<'_>>(),
        published::<MessageDownloaded<'_>>(),
        published::<SchemaError<'_>>(),
        published::<ListEntryUnreadable<'_>>(),
        published::<UnknownOperationCalled<'_>>(),
    ]
}

/// Data of `outcome-unresolved`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OutcomeUnresolved<'a> {
    /// Reference of the upload.
    pub(crate) reference: &'a str,
    /// Customs' code; `none` for no answer, `http-NNN` for one without a code.
    pub(crate) code: &'a str,
    /// How often it was sent.
    pub(crate) sendings: u64,
    /// What to do.
    pub(crate) advice: &'a str,
}

impl EventData for OutcomeUnresolved<'_> {
    const KIND: &'static str = "outcome-unresolved";
    const SUMMARY: &'static str = "Whether Customs has taken an upload is not known, and it is not sent again: somebody has to ask.";
}

/// Data of `message-available`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageAvailable<'a> {
    /// Key by which the message is downloaded.
    pub(crate) storage_id: &'a str,
    /// Reference of the upload that it is about; null where Customs names none.
    pub(crate) reference: Option<&'a str>,
    /// All that Customs notes of it.
    pub(crate) message_information: NamedValues<'a>,
}

impl EventData for MessageAvailable<'_> {
    const KIND: &'static str = "message-available";
    const SUMMARY: &'static str =
        "A message waits at Customs; listed or notified, it is one event and one download.";
}

/// Data of `schema-error`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SchemaError<'a> {
    /// Key of the message in which Customs says so.
    pub(crate) storage_id: &'a str,
    /// Reference of the upload that it is about; null where Customs names none.
    pub(crate) reference: Option<&'a str>,
    /// What Customs says of the errors.
    pub(crate) details: NamedValues<'a>,
}

impl EventData for SchemaError<'_> {
    const KIND: &'static str = "schema-error";
    const SUMMARY: &'static str =
        "Customs says of an upload, which it had taken, that it does not conform to the schema.";
}

/// Data of `unknown-operation-called`.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UnknownOperationCalled<'a> {
    /// Namespace of the element that was called; empty for none.
    pub(crate) namespace: &'a str,
    /// Its local name.
    pub(crate) name: &'a str,
}

impl EventData for UnknownOperationCalled<'_> {
    const KIND: &'static str = "unknown-operation-called";
    const SUMMARY: &'static str = "Customs has called an operation that is not known here, and was answered with a fault: somebody has to look.";
}
