// SPDX-License-Identifier: Apache-2.0
//! The companies of the examples. Their numbers are from a range that has not been given out.

/// The company that builds and sends.
pub(super) const TEST_COMPANY: &str = "9000001-1";

/// The company in whose name it declares.
pub(super) const TEST_DECLARANT: &str = "9000003-8";
