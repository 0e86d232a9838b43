// SPDX-License-Identifier: Apache-2.0
use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::Position;
use crate::{content::Content, time::Timestamp};

/// What judged or made something.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// SHA-256 of the component, in hexadecimal.
    pub component: String,
    /// What names its settings, such as their digest.
    pub settings: String,
    /// Number of the generation, as the store counts it; `None` in what was kept before it did, or where nobody counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
}

/// What an accepted call of an agency brings.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Arrival {
    /// Name that the agency is deployed under. Keys count for their agency.
    pub agency: String,
    /// Inbound operation that was called.
    pub operation: String,
    /// What judged the call.
    pub provenance: Provenance,
    /// When the call had been read whole, by the clock of the node.
    pub at: Timestamp,
    /// Facts.
    pub events: Vec<Event>,
    /// Files.
    pub documents: Vec<Document>,
    /// Operations to run next; each is queued in the same transaction.
    pub follow_ups: Vec<FollowUp>,
    /// Trace that it belongs to: a `traceparent` (W3C Trace Context). It is no part of what makes two arrivals the same.
    pub trace: Option<String>,
}

impl Arrival {
    /// Whether there is nothing to keep, as for a health check. A store refuses it.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.documents.is_empty() && self.follow_ups.is_empty()
    }
}

/// Something that happened.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Kind.
    pub kind: String,
    /// Details: one JSON object.
    pub data: String,
    /// Two events of an agency with the same key are one event.
    pub deduplication_key: String,
    /// Reference of the request of ours that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

/// A file.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// Name without a folder.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Content.
    pub content: Content,
}

/// An operation to run next.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FollowUp {
    /// Operation of the same agency.
    pub operation: String,
    /// Its parameters: one JSON object.
    pub parameters: String,
    /// Two follow-ups of an agency with the same key are one follow-up.
    pub deduplication_key: String,
    /// The conversation whose operations go one after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lane: Option<String>,
}

/// The result of a commit. Both are acknowledgements: what they speak of is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// Something of it was new; the entry that has it.
    New(Position),
    /// All of its events were known, or it has none and is known as a whole. Nothing was stored but that it came again. The entry that has the first of
    /// them; it may have been removed since.
    Duplicate(Position),
}

impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival")
            .field("agency", &self.agency)
            .field("operation", &self.operation)
            .field("events", &self.events)
            .field("documents", &self.documents)
            .field("follow_ups", &self.follow_ups)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Event");
        shown.field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document")
            .field("media_type", &self.media_type)
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for FollowUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("FollowUp");
        shown
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}
