// SPDX-License-Identifier: Apache-2.0
//! Events that no component has named.

use silta_store::record::End;

use crate::{
    certificate_event::CERTIFICATE_ENDS, inbound::UNREADABLE, inbox::OWN_ENTRIES,
    sending::OPERATION_HELD, trials::CANARY_ROLLED_BACK,
};

/// Kinds of the gateway's own events that entries of an agency may have, by the name that it is deployed under; of [`OWN_ENTRIES`], those that are of no agency.
pub fn own_kinds(agency: &str) -> Vec<&'static str> {
    if agency == OWN_ENTRIES {
        return vec![CERTIFICATE_ENDS];
    }
    let ends = [End::Refused, End::GivenUp].into_iter();
    ends.filter_map(End::event_kind)
        .chain([
            OPERATION_HELD,
            UNREADABLE,
            CERTIFICATE_ENDS,
            CANARY_ROLLED_BACK,
        ])
        .collect()
}
