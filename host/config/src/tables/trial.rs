// SPDX-License-Identifier: Apache-2.0

use serde::Deserialize;

/// `[agencies.ID.trial]`: how candidates of the agency are tried, and when one may serve.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TrialTable {
    /// Of a thousand calls, so many are done again, unless whoever deploys says otherwise. Default 100, 1 to 1,000.
    pub(crate) share: u32,
    /// Of a thousand conversations, a candidate serves so many itself, unless whoever deploys says otherwise. Default 50, 1 to 1,000.
    pub(crate) canary_share: u32,
    /// Most bytes of what one call saw and gave. Default 4 MiB, 1 KiB to 256 MiB.
    pub(crate) most_bytes: u64,
    /// Most calls that wait to be done again, in memory. Default 16, 1 to 1,024.
    pub(crate) most_waiting: u32,
    /// Calls that have to have been done again, or served, before the candidate may serve. Default 100, 1 to 1,000,000.
    pub(crate) least_calls: u32,
    /// For how long it has to have been on trial. Default 3,600, 0 to 2,592,000: thirty days.
    pub(crate) least_seconds: u32,
    /// Of a thousand calls, so many may come to something else. Default 0, 0 to 1,000.
    pub(crate) most_differences: u32,
    /// Calls of a candidate that serves a share, and of what serves the others, before their rates of problems are compared. Default 50, 10 to 1,000,000.
    pub(crate) rollback_calls: u32,
    /// By more than so many of a thousand the candidate's rate has to be worse for a rollback. Default 50, 0 to 1,000.
    pub(crate) rollback_worse: u32,
    /// Whether it serves as soon as it may. Default false: somebody promotes it.
    pub(crate) automatic: bool,
}

impl Default for TrialTable {
    fn default() -> Self {
        Self {
            share: 100,
            canary_share: 50,
            most_bytes: 4 << 20,
            most_waiting: 16,
            least_calls: 100,
            least_seconds: 3_600,
            most_differences: 0,
            rollback_calls: 50,
            rollback_worse: 50,
            automatic: false,
        }
    }
}
