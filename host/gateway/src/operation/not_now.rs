// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

/// Which limit, and after what time to ask again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{limit}: not before {} ms from now", delay.as_millis())]
pub struct NotNow {
    /// After so long.
    pub delay: Duration,
    /// Which limit, in words.
    pub limit: String,
}
