// SPDX-License-Identifier: Apache-2.0
//! Limits that are the same for every request.

use std::time::Duration;

/// Time for taking leave of a server, after everything is known.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

/// Most bytes of the head of an answer.
pub const MOST_ANSWER_HEAD_BYTES: usize = 64 << 10;

/// Most header fields of an answer.
pub const MOST_ANSWER_FIELDS: usize = 100;
