// SPDX-License-Identifier: Apache-2.0
//! Canonical forms of what was read.

mod algorithm;
mod context;
mod error;
mod subset;
mod walk;

pub use algorithm::{Canonicalization, Method};
pub use error::CanonicalizeError;
pub use subset::Subset;
pub use walk::{Octets, canonicalize};
