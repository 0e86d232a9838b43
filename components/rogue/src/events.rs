// SPDX-License-Identifier: Apache-2.0
//! The kinds of events.

use agency_guest::{EventData, describe::published, exports::descriptor::EventKind};
use schemars::JsonSchema;
use serde::Serialize;

/// The kind of event that an answer words.
pub(crate) const WORDED: &str = "worded";

/// All of them.
pub(crate) fn kinds() -> Vec<EventKind> {
    vec![
        published::<Called<'_>>(),
        EventKind {
            kind: WORDED.into(),
            summary: "An answer has worded it.".into(),
            data: "true".into(),
        },
    ]
}

/// Data of `called`.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Called<'a> {
    /// A line of the body.
    pub(crate) text: &'a str,
}

impl EventData for Called<'_> {
    const KIND: &'static str = "called";
    const SUMMARY: &'static str = "Somebody has called.";
}
