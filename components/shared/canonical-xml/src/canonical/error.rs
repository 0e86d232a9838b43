// SPDX-License-Identifier: Apache-2.0
//! What has no canonical form.

use thiserror::Error;

/// Why there is no canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CanonicalizeError {
    /// The document declares a namespace name that is no absolute URI (Canonical XML 1.0 §1.3).
    #[error(
        "a namespace is declared that is no absolute URI, for which there is no canonical form; name it by an absolute URI"
    )]
    RelativeNamespace,
    /// Canonical XML 1.1 §2.4 would resolve an `xml:base` of an ancestor, which is not supported.
    #[error(
        "an element around the subtree carries xml:base, which Canonical XML 1.1 would resolve; that is not supported: use another algorithm"
    )]
    InheritedBase,
}
