// SPDX-License-Identifier: Apache-2.0
use std::{fmt, time::Duration};

use super::{act::Actor, arrival::Document, ids::OperationId};
use crate::content::Content;

/// An operation that somebody asks for.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Submission {
    /// Name that the agency is deployed under.
    pub agency: String,
    /// Operation.
    pub operation: String,
    /// Parameters: one JSON object.
    pub parameters: String,
    /// Payload, where the operation takes one.
    pub payload: Option<Content>,
    /// Attachments.
    pub attachments: Vec<Document>,
    /// The conversation whose operations go one after the other. Operations without one go side by side.
    pub lane: Option<String>,
    /// The poll that it is a run of: its runs are one conversation, and each has the cursor that the last one left.
    pub poll: Option<String>,
    /// It is not claimed before so long after now.
    pub delay: Duration,
    /// Under which it is submitted once.
    pub idempotency: Option<IdempotencyKey>,
    /// The operation that it does once more: one that has ended, and not well. It is no part of what makes two submissions the same.
    pub replay_of: Option<OperationId>,
    /// Trace that it belongs to: a `traceparent` (W3C Trace Context). It is no part of what makes two submissions the same, either.
    pub trace: Option<String>,
    /// Who submits it; nobody, where the program does by itself. Of one that does another once more, an act is kept. It is no part of what makes two submissions the same, either.
    pub by: Option<Actor>,
}

/// What a caller calls a request.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdempotencyKey {
    /// Whose key it is: keys of different clients are different.
    pub client: String,
    /// The key.
    pub key: String,
}

/// The result of a submission. Both are acknowledgements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Submitted {
    /// It is queued.
    New(OperationId),
    /// The same request has been submitted under this key.
    Known(OperationId),
}

impl fmt::Debug for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submission")
            .field("agency", &self.agency)
            .field("operation", &self.operation)
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("IdempotencyKey");
        shown.field("client", &self.client).finish_non_exhaustive()
    }
}
