// SPDX-License-Identifier: Apache-2.0
//! The answers of the API.

use hyper::{Method, StatusCode};
use serde_json::{Map, Value};

/// An answer, and what the record says of it.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) allow: Option<Method>,
    pub(super) json: Option<Value>,
    pub(super) reason: Option<String>,
    pub(super) listed: Option<usize>,
}

impl Answer {
    /// Without a body.
    pub(super) fn done(status: StatusCode) -> Self {
        Self {
            status,
            allow: None,
            json: None,
            reason: None,
            listed: None,
        }
    }

    /// Without a body; the reason is for the record, the caller learns the status.
    pub(super) fn refused(status: StatusCode, reason: impl Into<String>) -> Self {
        Self {
            reason: Some(reason.into()),
            ..Self::done(status)
        }
    }

    pub(super) fn list(status: StatusCode, name: &str, entries: Vec<Value>) -> Self {
        Self {
            listed: Some(entries.len()),
            json: Some(Map::from_iter([(name.to_owned(), entries.into())]).into()),
            ..Self::done(status)
        }
    }
}
