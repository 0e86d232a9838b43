// SPDX-License-Identifier: Apache-2.0
//! Attacks on signatures through the program as its users have it: `silta xml verify` says no, and for the right reason.
//!
//! The many more that need no program are with the crate that verifies.

mod documents;
mod scene;
mod trust;
mod wrapping;
