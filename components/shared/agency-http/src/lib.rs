// SPDX-License-Identifier: Apache-2.0
//! What agencies over HTTP have in common, whatever they speak: plain values and functions for the `wire` of a component. Nothing here knows the
//! sandbox or the contract; `agency-guest` translates.

mod coding;
mod error;
mod fields;
mod reply;
mod request;
mod resending;
mod retry;
mod retry_after;

pub use coding::check_coding;
pub use error::{AnswerError, SettingError};
pub use fields::Fields;
pub use reply::Reply;
pub use request::{Endpoint, Head, JSON, Path, RequestMismatch, is_of_media_type};
pub use resending::{ResendingDefault, ResendingSettings};
pub use retry::RetryClass;
pub use retry_after::{LONGEST_WAIT, retry_after};
