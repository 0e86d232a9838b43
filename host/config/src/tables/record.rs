// SPDX-License-Identifier: Apache-2.0
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use serde::Deserialize;
use silta_gateway::recording::RecordedFunction;
use toml::Spanned;

use super::Table;

/// `[record]`: a share of the calls is recorded. Without the table, none is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RecordTable {
    /// File of the public key that bundles are sealed to.
    pub(crate) key: Spanned<PathBuf>,
    /// Folder of the bundles, made where it is missing. Default `recorded`, beside the configuration.
    #[serde(default = "folder")]
    pub(crate) folder: PathBuf,
    /// Of a thousand calls, so many. Default 10, 0 to 1,000.
    #[serde(default = "share")]
    pub(crate) share: u32,
    /// Kinds of calls. Default `build`, `parse` and `validate`, which are all.
    #[serde(default = "calls")]
    pub(crate) calls: BTreeSet<RecordedFunction>,
    /// Most bytes of what one call saw and gave. Default 4 MiB, 1 KiB to 256 MiB.
    #[serde(default = "most_bytes")]
    pub(crate) most_bytes: u64,
    /// Most calls that wait to be written, in memory. Default 16, 1 to 1,024.
    #[serde(default = "most_waiting")]
    pub(crate) most_waiting: u32,
    /// Most bundles in the folder. Default 10,000, 1 to 1,000,000.
    #[serde(default = "most_bundles")]
    pub(crate) most_bundles: u32,
    /// Most bytes of all of them. Default 1 GiB, at least 1 MiB.
    #[serde(default = "most_folder_bytes")]
    pub(crate) most_folder_bytes: u64,
    /// For how many days each is kept. Default 30, 1 to 3,650.
    #[serde(default = "keep_days")]
    pub(crate) keep_days: u32,
    /// What is otherwise for an agency, by the name of its table.
    #[serde(default)]
    pub(crate) agencies: BTreeMap<String, Table<RecordedAgencyTable>>,
}

/// `[record.agencies.ID]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RecordedAgencyTable {
    /// Of a thousand calls, so many. Default that of `[record]`.
    pub(crate) share: Option<u32>,
    /// Kinds of calls. Default those of `[record]`.
    pub(crate) calls: Option<BTreeSet<RecordedFunction>>,
}

fn folder() -> PathBuf {
    "recorded".into()
}

fn share() -> u32 {
    10
}

fn calls() -> BTreeSet<RecordedFunction> {
    RecordedFunction::ALL.into()
}

fn most_bytes() -> u64 {
    4 << 20
}

fn most_waiting() -> u32 {
    16
}

fn most_bundles() -> u32 {
    10_000
}

fn most_folder_bytes() -> u64 {
    1 << 30
}

fn keep_days() -> u32 {
    30
}
