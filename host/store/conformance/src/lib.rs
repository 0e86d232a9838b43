// SPDX-License-Identifier: Apache-2.0
//! What every [`Store`](silta_store::Store) has to do, whatever keeps its records.
//!
//! [`exercise`] goes through the rules one by one, each with a store of its own. [`agree`] gives the same commands to two stores and compares every
//! answer. A backend outside of this workspace is judged by both as those in it are: it brings a [`Bed`].

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a judge stops at the first thing that is wrong"
)]

mod bed;
mod cases;
mod command;
mod compare;
mod given;

pub use bed::{Bed, MemoryBed, START};
pub use cases::{CASES, Case, exercise};
pub use command::{Command, commands};
pub use compare::agree;
