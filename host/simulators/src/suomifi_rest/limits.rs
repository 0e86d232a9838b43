// SPDX-License-Identifier: Apache-2.0
//! Limits that the service declares and no setting changes.

/// The largest body of a request, in bytes, whatever it holds; more is answered with 413.
pub(super) const LARGEST_BODY: usize = 10_485_760;

/// The most events that one call gives.
pub(super) const LARGEST_PAGE: usize = 1_000;

/// Shortest and longest password, in characters. The longest is that of the user directory said to be behind the service.
pub(super) const PASSWORD: (usize, usize) = (32, 256);

/// Access tokens that are valid at a time; the oldest end first. The service declares no such limit: it keeps this
/// simulator from growing without end.
pub(super) const TOKENS: usize = 1_000;

/// Uploads that are kept; more are refused until some were used or have ended. No limit of the service's, as above.
pub(super) const UPLOADS: usize = 10_000;

/// Most validation errors that one answer lists.
pub(super) const LISTED_ERRORS: usize = 20;
