// SPDX-License-Identifier: Apache-2.0
use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{generation::Generation, ids::Revision};
use crate::time::Timestamp;

/// The most calls that a budget may allow in its window: the time of each is kept.
pub const MOST_CALLS: u32 = 10_000;

/// How often an agency may be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// The agency.
    pub agency: String,
    /// What is counted, such as the name of an operation.
    pub name: String,
    /// So many calls, from 1 to [`MOST_CALLS`].
    pub calls: u32,
    /// In any stretch of time that is so long.
    pub window: Duration,
    /// What is added to it, for clocks that differ: those of the agency and of the store, and of two machines of the store.
    pub margin: Duration,
}

/// Whether a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reserved {
    /// Now. It has been counted, whether it is made or not.
    Now,
    /// Not before this moment of the store's time. Nothing was counted.
    NotBefore(Timestamp),
}

/// What all nodes are to serve.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Desired {
    /// By the name that an agency is deployed under.
    pub agencies: BTreeMap<String, DesiredAgency>,
}

/// What is to be served of one agency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DesiredAgency {
    /// SHA-256 of the component, in hexadecimal.
    pub component: String,
    /// What names its settings, such as their digest.
    pub settings: String,
    /// How far to go.
    pub phase: Phase,
    /// Number of the generation that serves, where one was put into service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// Number of the one before, which a rollback returns to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<u64>,
    /// Number of the one that is on trial beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trial: Option<u64>,
    /// SHA-256 of the component that the configuration named when that was decided, in hexadecimal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub configured: String,
}

impl DesiredAgency {
    /// What is on trial once a generation serves: what is, as long as the component that it is tried beside serves.
    pub(crate) fn trial_after(&self, generation: &Generation) -> Option<u64> {
        let is_same = self.component == generation.component.to_string();
        self.trial
            .filter(|trial| is_same && *trial != generation.number)
    }

    /// What a rollback returns to once a generation serves: what serves now. Where that is the same component, by other settings or files, it is what a rollback returns to already.
    pub(crate) fn earlier_after(&self, generation: &Generation) -> Option<u64> {
        let next = Some(generation.number);
        let is_same = self.component == generation.component.to_string();
        match self.generation == next || (is_same && self.earlier != next) {
            true => self.earlier,
            false => self.generation,
        }
    }
}

/// A change goes in two steps, so that every node has it before one serves it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Fetch and check it.
    #[default]
    Prepare,
    /// Serve it.
    Serve,
}

/// Something, and how often it has been changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Revised<T> {
    /// How often. 0 for what nobody has set.
    pub revision: Revision,
    /// It.
    pub value: T,
}

/// What a node says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeState {
    /// Its name.
    pub node: String,
    /// Which revision of what is desired it speaks of.
    pub revision: Revision,
    /// How far it has come with that.
    pub phase: NodePhase,
    /// Why it cannot go on, in words for the operator.
    pub detail: String,
    /// How each agency stands there, by the name that it is deployed under. Empty where an older program says so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub agencies: BTreeMap<String, NodeAgency>,
}

/// How an agency stands on a node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeAgency {
    /// Number of the generation that it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serving: Option<u64>,
    /// Since when the node has known that it serves that, in the store's time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Number of the generation that it has prepared, and could serve at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prepared: Option<u64>,
    /// What it was to prepare, and cannot serve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cannot: Option<NodeRefusal>,
}

/// Why a node cannot serve a generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeRefusal {
    /// Its number.
    pub number: u64,
    /// Stable code.
    pub code: String,
    /// In words. No content of settings or keys.
    pub reason: String,
}

/// How far a node has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NodePhase {
    /// It fetches and checks.
    Preparing,
    /// It could serve.
    Prepared,
    /// It serves.
    Serving,
    /// It cannot.
    Failed,
}

/// A node, and when it was heard of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeSeen {
    /// What it said.
    pub state: NodeState,
    /// When, in the store's time.
    pub at: Timestamp,
}
