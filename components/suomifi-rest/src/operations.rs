// SPDX-License-Identifier: Apache-2.0
//! The operations, a file for each kind; `request` and `outcome` are what they do alike, and `settle` says what a message comes to.

pub(crate) mod fetch;
pub(crate) mod mailboxes;
pub(crate) mod outcome;
pub(crate) mod password;
pub(crate) mod poll;
mod request;
pub(crate) mod send;
pub(crate) mod settle;
pub(crate) mod token;
