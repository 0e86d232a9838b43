// SPDX-License-Identifier: Apache-2.0
use std::{
    path::PathBuf,
    sync::{Arc, mpsc::Sender},
};

use silta::Runtime;
use silta_config::Config;
use silta_gateway::trials::TrialCounts;
use silta_store::Store;

use super::on_trial::OnTrial;
use crate::signals::Signal;

/// What serving agencies needs.
pub(super) struct ServeContext {
    pub(super) file: PathBuf,
    pub(super) config: Config,
    pub(super) runtime: Runtime,
    /// Where generations are recorded.
    pub(super) store: Arc<dyn Store>,
    /// What is on trial, for whoever shows it.
    pub(super) on_trial: OnTrial,
    /// What trials count.
    pub(super) trial_counts: TrialCounts,
    /// Wakes whoever looks after the agencies.
    pub(super) wake: Sender<Signal>,
}

/// Who changes what serves when files do.
pub(super) const CONFIGURATION: &str = "configuration";
