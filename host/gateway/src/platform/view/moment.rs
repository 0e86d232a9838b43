// SPDX-License-Identifier: Apache-2.0
//! Moments as the API shows them.

use silta_store::Timestamp;

/// RFC 3339, in UTC; empty for what is beyond the calendar.
pub(crate) fn moment(at: Timestamp) -> String {
    let moment = silta::time::Moment::from_system_time(at.to_system_time());
    moment.map_or_else(String::new, |at| at.to_string())
}
