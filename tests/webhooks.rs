// SPDX-License-Identifier: Apache-2.0
//! Entries of the inbox, pushed to a receiver over TLS that is not always there, and whose connections end at every point.

mod failures;
mod pushing;
mod scene;
mod sharing;
