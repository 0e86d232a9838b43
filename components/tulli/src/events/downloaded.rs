// SPDX-License-Identifier: Apache-2.0
//! A message that was downloaded.

use agency_guest::EventData;
use schemars::JsonSchema;
use serde::Serialize;

use super::NamedValues;

/// Data of `message-downloaded`.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageDownloaded<'a> {
    /// Key by which it was downloaded.
    pub(crate) storage_id: &'a str,
    /// Reference of the upload that it is about; null where Customs names none.
    pub(crate) reference: Option<&'a str>,
    /// Customs' code.
    pub(crate) code: &'a str,
    /// All that Customs notes of it.
    pub(crate) message_information: NamedValues<'a>,
    /// What identifies it in the reply itself.
    pub(crate) identification: NamedValues<'a>,
    /// What the first XML document is; null where none can be read.
    pub(crate) message: Option<MessageKind<'a>>,
    /// Its documents, which are handed out beside the event under these names.
    pub(crate) documents: Vec<DownloadedDocument<'a>>,
    /// Who vouches for it.
    pub(crate) signature: Signature<'a>,
}

impl EventData for MessageDownloaded<'_> {
    const KIND: &'static str = "message-downloaded";
    const SUMMARY: &'static str = "A message of Customs was fetched, with its documents.";
}

/// What an XML document is, by its root.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MessageKind<'a> {
    /// Namespace; empty for none.
    pub(crate) namespace: &'a str,
    /// Local name.
    pub(crate) name: &'a str,
}

/// A document of a message.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DownloadedDocument<'a> {
    /// Name under which it is handed out.
    pub(crate) name: String,
    /// Media type.
    pub(crate) media_type: &'a str,
    /// Format as Customs names it; empty where it does not.
    pub(crate) content_format: &'a str,
    /// Size in bytes.
    pub(crate) size: u64,
    /// Of a ZIP that can be listed, what its directory names, folders left out; otherwise null.
    pub(crate) entries: Option<Vec<ListedEntry>>,
    /// Of a ZIP that cannot be listed, why; otherwise null.
    pub(crate) unreadable: Option<String>,
}

/// An entry of a ZIP as its directory has it. Nobody has checked that it is true.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListedEntry {
    /// Path.
    pub(crate) name: String,
    /// Bytes when decompressed.
    pub(crate) size: u64,
    /// Bytes as they are.
    pub(crate) compressed_size: u64,
}

/// Who vouches for a message.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub(crate) enum Signature<'a> {
    /// Somebody who is trusted has signed all content.
    Verified {
        /// What the signature covers.
        covers: SignatureCoverage,
        /// Who has signed.
        signer: Signer<'a>,
    },
    /// There is no signature.
    Absent,
    /// It is not looked at, by the setting `reply.signature`.
    NotJudged,
}

/// What a signature covers.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SignatureCoverage {
    /// The whole reply.
    Reply,
    /// Every content, and not what stands around it.
    Content,
}

/// Who has signed, by the certificate.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Signer<'a> {
    /// Its subject (RFC 4514); empty for a bare key.
    pub(crate) subject: &'a str,
    /// The attribute serialNumber of the subject; empty where there is none.
    pub(crate) serial_number: &'a str,
    /// Whether the operator has pinned it.
    pub(crate) pinned: bool,
}
