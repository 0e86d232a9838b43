// SPDX-License-Identifier: Apache-2.0
//! Kinds of events, as types. What several components hand out is described once, in a crate that knows neither the sandbox nor the contract;
//! `agency-guest` publishes the kinds and makes the events.

use schemars::JsonSchema;
use serde::Serialize;

/// The data of a kind of event. The kind is published with the schema of the type, and events have the data as the type is written, so that the two cannot differ.
pub trait EventData: Serialize + JsonSchema + Sized {
    /// The kind: lower case with hyphens.
    const KIND: &'static str;
    /// What has happened when there is one, in a sentence.
    const SUMMARY: &'static str;
}
