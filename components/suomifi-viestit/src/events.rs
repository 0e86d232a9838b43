// SPDX-License-Identifier: Apache-2.0
//! The kinds of events: those of the common model, whatever brings the messages.

use agency_guest::{describe::published, exports::descriptor::EventKind};
use suomifi_messages::{CitizenMessage, DeliveryStatus, Unrecognized};

/// All of them.
pub(crate) fn kinds() -> Vec<EventKind> {
    vec![
        published::<CitizenMessage>(),
        published::<DeliveryStatus>(),
        published::<Unrecognized>(),
    ]
}
