// SPDX-License-Identifier: Apache-2.0
//! A share of the calls is recorded: what each saw and gave, sealed to the operator's key. No call waits for that, and none fails because of it.

mod recorder;
pub(crate) mod sampling;
mod settings;
mod writing;

pub use crate::metrics::RecordingCounts;
pub use recorder::Recorder;
pub use settings::{RecordedFunction, RecordingSettings, RecordingShare};
