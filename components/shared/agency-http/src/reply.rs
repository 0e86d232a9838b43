// SPDX-License-Identifier: Apache-2.0
//! What a caller is answered.

use canonical_xml::{Element, NoBlob, WriteError, to_bytes};
use soap::Version;

use crate::RequestMismatch;

/// A reply to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Header fields.
    pub headers: Vec<(&'static str, String)>,
    /// Body; none is an empty one.
    pub body: Option<Vec<u8>>,
}

impl Reply {
    /// A status alone.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: None,
        }
    }

    /// A body of a media type, such as [`JSON`](crate::JSON).
    pub fn with_body(status: u16, media_type: impl Into<String>, body: Vec<u8>) -> Self {
        let reply = Self {
            body: Some(body),
            ..Self::empty(status)
        };
        reply.with_header("Content-Type", media_type)
    }

    /// A message of SOAP, in UTF-8.
    ///
    /// # Errors
    /// What cannot be written, such as a namespace that is no absolute URI.
    pub fn soap(
        status: u16,
        version: Version,
        message: &Element<NoBlob>,
    ) -> Result<Self, WriteError> {
        let media_type = format!("{}; charset=utf-8", version.media_type());
        Ok(Self::with_body(status, media_type, to_bytes(message)?))
    }

    /// The same with one more header field.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl From<&RequestMismatch> for Reply {
    fn from(mismatch: &RequestMismatch) -> Self {
        let reply = Self::empty(mismatch.status);
        match mismatch.allow {
            Some(method) => reply.with_header("Allow", method),
            None => reply,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_comes_with_its_media_type() {
        let reply = Reply::with_body(200, crate::JSON, b"{}".to_vec());
        assert_eq!(
            reply.headers,
            [("Content-Type", "application/json".to_owned())]
        );
        let message = Element::<NoBlob>::new("urn:a", "A");
        let reply = Reply::soap(500, Version::V12, &message).unwrap();
        assert_eq!(
            reply.headers,
            [(
                "Content-Type",
                "application/soap+xml; charset=utf-8".to_owned()
            )]
        );
        assert_eq!(reply.body.as_deref(), to_bytes(&message).ok().as_deref());
        let unwritable = Element::<NoBlob>::new("a", "A");
        assert!(Reply::soap(200, Version::V11, &unwritable).is_err());
    }
}
