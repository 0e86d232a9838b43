// SPDX-License-Identifier: Apache-2.0
//! The stores of this workspace, judged by the suite; and what is SQLite's alone.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise, and so do the functions it is made of"
)]

mod agreement;
mod backends;
mod beds;
mod failures;
mod folder;
mod log;
mod upgrade;
mod versions;
mod visitor;
