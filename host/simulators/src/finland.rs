// SPDX-License-Identifier: Apache-2.0
//! Finland's time, for whatever comes without a zone.

use jiff::tz::TimeZone;

/// Eastern European time with the European Union's summer time, whatever zones the machine knows.
pub(crate) fn time_zone() -> TimeZone {
    TimeZone::posix("EET-2EEST,M3.5.0/3,M10.5.0/4").unwrap_or(TimeZone::UTC)
}
