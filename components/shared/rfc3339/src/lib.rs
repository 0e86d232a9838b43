// SPDX-License-Identifier: Apache-2.0
//! Times as RFC 3339 writes them: read exactly, written exactly.
//!
//! [`Moment`] is a `date-time`, [`Day`] is a `full-date` (RFC 3339 §5.6). What else looks like a time is refused with the place and what was
//! expected there; the text itself is never repeated.
//!
//! ```
//! use rfc3339::{Day, Moment};
//!
//! let moment: Moment = "2026-01-31T14:00:00.50+02:00".parse().unwrap();
//! assert_eq!(moment.to_string(), "2026-01-31T12:00:00.5Z");
//! let error = "2026-01-31T12:00Z".parse::<Moment>().unwrap_err();
//! assert_eq!(error.to_string(), "expected `:` and the seconds at character 17");
//! assert!("2026-02-29".parse::<Day>().is_err());
//! ```

mod day;
mod error;
mod moment;
mod reader;

pub use day::Day;
pub use error::TimeError;
pub use moment::Moment;
