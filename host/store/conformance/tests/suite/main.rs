// SPDX-License-Identifier: Apache-2.0
//! The stores of this workspace, judged by the suite; and what is SQLite's alone.

mod agreement;
mod backends;
mod beds;
mod failures;
mod folder;
mod versions;
