// SPDX-License-Identifier: Apache-2.0
//! An upload that Customs has taken.

use agency_guest::EventData;
use agency_http::AnswerError;
use schemars::JsonSchema;
use serde::Serialize;

use super::NamedValues;

/// Data of `upload-acknowledged`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UploadAcknowledged<'a> {
    /// Reference of the upload, as Customs names it if it does.
    pub(crate) reference: &'a str,
    /// Customs' code.
    pub(crate) code: &'a str,
    /// All that Customs notes of it; null where that cannot be read.
    pub(crate) message_information: Option<NamedValues<'a>>,
    /// Why it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unreadable: Option<UnreadableInformation<'a>>,
}

impl EventData for UploadAcknowledged<'_> {
    const KIND: &'static str = "upload-acknowledged";
    const SUMMARY: &'static str =
        "Customs has taken an upload for processing; what it thinks of the content comes later.";
}

/// Why what Customs notes of an upload cannot be read.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UnreadableInformation<'a> {
    /// Stable code.
    code: &'a str,
    /// Where: a path of element names.
    path: &'a str,
    /// What is wrong and what to do.
    reason: &'a str,
}

impl<'a> From<&'a AnswerError> for UnreadableInformation<'a> {
    fn from(error: &'a AnswerError) -> Self {
        Self {
            code: error.code,
            path: &error.path,
            reason: &error.message,
        }
    }
}
