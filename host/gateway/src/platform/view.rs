// SPDX-License-Identifier: Apache-2.0
//! Records of the store as the API shows them.

mod entry;
mod moment;
mod operation;

pub(crate) use self::{
    entry::{EntryView, EventList, LeaseView, LeasedList, LeasedView, ListedEvent},
    moment::moment,
    operation::{OperationList, OperationView, StateView},
};
