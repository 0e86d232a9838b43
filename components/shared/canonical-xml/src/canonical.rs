//! Canonical forms of what was read.

mod algorithm;
mod context;
mod subset;
mod walk;

pub use algorithm::{Canonicalization, Method};
pub use subset::Subset;
pub use walk::{CanonicalizeError, Octets, canonicalize};
