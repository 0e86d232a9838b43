// SPDX-License-Identifier: Apache-2.0
//! The other end of a simulator, for tests: authorities, a client and a receiver that know no more HTTP than they must, and addresses.

pub(crate) mod authority;
pub(crate) mod client;
pub(crate) mod receiver;
pub(crate) mod reserved;
