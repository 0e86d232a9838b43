// SPDX-License-Identifier: Apache-2.0
//! Answers.

use std::fmt;

use hyper::HeaderMap;
use silta::{Blob, exchange::Header};

/// A whole answer.
///
/// `Debug` shows the names of header fields and the size of the body: values may be secrets, bodies are somebody's.
#[derive(Clone, PartialEq)]
pub struct HttpAnswer {
    /// Status code, 200 to 999.
    pub status: u16,
    /// Header fields with names in lower case, those of one name in the order in which they came. Bytes beyond ASCII are read as UTF-8, and as
    /// ISO-8859-1 where they are none.
    pub headers: Vec<Header>,
    /// Body, without its transfer coding; content codings stay.
    pub body: Blob,
}

impl fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("HttpAnswer")
            .field("status", &self.status)
            .field("headers", &names)
            .field("body", &self.body)
            .finish()
    }
}

pub(super) fn fields(headers: &HeaderMap) -> Vec<Header> {
    let text = |value: &[u8]| match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().copied().map(char::from).collect(),
    };
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes())))
        .collect()
}
