// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use super::path::Tolerance;

/// By how much the clocks of this machine and of those who issue certificates and lists may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockTolerance {
    /// At both ends of the validity of certificates, in whole seconds. Default 60 s: authorities date certificates at the moment
    /// they issue them.
    pub certificates: Duration,
    /// At both ends of the time in which revocation lists count. Default none: authorities let lists overlap by hours.
    pub lists: Duration,
}

impl Default for ClockTolerance {
    fn default() -> Self {
        Self {
            certificates: Duration::from_secs(60),
            lists: Duration::ZERO,
        }
    }
}

impl From<ClockTolerance> for Tolerance {
    fn from(tolerance: ClockTolerance) -> Self {
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Self {
            certificates: seconds(tolerance.certificates),
            lists: seconds(tolerance.lists),
        }
    }
}
