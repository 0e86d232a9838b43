// SPDX-License-Identifier: Apache-2.0
//! Trials of candidates: a component does calls again that another one has answered, and what differs is counted by kind and place.
//!
//! A call goes on as soon as it has been handed over; it is done again on a thread of the trial's own, one at a time. What waits is bounded, and a call for which there is no room is counted as left out.
//! A candidate makes no signature and sends nothing, and its results are compared and dropped.
//!
//! Or a component serves a share of the conversations itself ([`CanaryWatch`]), and how its calls end is counted beside those of what serves the others.

mod canary;
mod comparing;
mod event;
mod kinds;
mod lacking;
mod settings;
mod watch;
mod worse;

pub use crate::metrics::TrialCounts;
pub use canary::CanaryWatch;
pub use event::{CANARY_ROLLED_BACK, RolledBackCanary};
pub use kinds::Watch;
pub use lacking::Lacking;
pub use settings::TrialSettings;
pub use watch::TrialWatch;
