// SPDX-License-Identifier: Apache-2.0
//! Takes away the power, the disk and the process, and looks whether a store has what it said it had.
//!
//! `README.md` of this package says what each proof is of and how it is run for long.

#![cfg(target_os = "linux")]

mod between_calls;
mod careless;
mod disk;
mod faults;
mod fiu;
mod ground;
mod history;
mod killed;
mod mapped;
mod mount;
mod place;
mod plan;
mod power_cut;
mod proofs;
mod random;
mod records;
mod scenario;
mod small_disk;
mod tracer;
mod worker;

pub use proofs::run;
