// SPDX-License-Identifier: Apache-2.0
//! Trials of candidates: a component does calls again that another one has answered, and what differs is counted by kind and place.
//!
//! A call goes on as soon as it has been handed over; it is done again on a thread of the trial's own, one at a time. What waits is bounded, and a call for which there is no room is counted as left out.
//! A candidate makes no signature and sends nothing, and its results are compared and dropped.

mod comparing;
mod lacking;
mod settings;
mod watch;

pub use crate::metrics::TrialCounts;
pub use lacking::Lacking;
pub use settings::TrialSettings;
pub use watch::TrialWatch;
