// SPDX-License-Identifier: Apache-2.0
//! Tests a component by cases, in the sandbox it is to serve in: a [`Case`] is a folder with input and what has to come of it, a [`MockHost`] is the host, in
//! which time, identifiers, keys, secrets and certificates are the same at each run, so that the results are.
//!
//! `silta component test` is this crate as a command; a test of your own calls it so:
//!
//! ```no_run
//! use silta_testing::{Cases, MockHost, Verdict};
//!
//! let host = MockHost::of(std::fs::read("parcels.wasm")?)?;
//! for case in Cases::in_folder("cases".as_ref())?.iter() {
//!     let verdict = case.run(&host);
//!     assert!(matches!(verdict, Verdict::Passed), "{}: {verdict}", case.name());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod case;
mod certificates;
mod difference;
mod error;
mod events;
mod exercise;
mod folder;
mod golden;
mod host;
mod input;
mod rendering;
mod running;

pub use case::{Case, Cases};
pub use difference::Difference;
pub use error::TestingError;
pub use events::unpublished;
pub use golden::{Golden, GoldenCall, Recording};
pub use host::MockHost;
pub use rendering::Rendering;
pub use running::{Blessing, Verdict};
