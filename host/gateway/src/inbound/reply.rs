//! Answers, and what the log says of them.

use std::time::SystemTime;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    HeaderMap, Response, StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use silta::exchange::Reply;

/// What an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReplyKind {
    /// The call was let in, and committed if it brought anything.
    Accepted,
    /// The call was let in, and had been committed before.
    Duplicate,
    /// The component did not let it in.
    Rejected,
    /// It did not get as far as the component.
    Refused,
    /// There is no verdict, or it could not be committed.
    Failed,
}

impl ReplyKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Rejected => "rejected",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// What is sent, and why.
pub(crate) struct HttpReply {
    pub(crate) kind: ReplyKind,
    /// Stable code of a rejection, refusal or failure; empty otherwise.
    pub(crate) code: String,
    /// For the log alone: why, where that is ours to mend; empty otherwise.
    pub(crate) detail: String,
    /// Generation that judged.
    pub(crate) generation: Option<u64>,
    response: Response<Full<Bytes>>,
}

/// Fields that belong to a connection and not to an answer (RFC 9110 §7.6.1), that say what the server says itself, or would say what it is.
const NOT_SENT: [HeaderName; 10] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::DATE,
    header::PROXY_AUTHENTICATE,
    header::SERVER,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

/// Bytes of a code in the log: those that there are have up to 40.
const LONGEST_CODE: usize = 80;

/// The longest reason of a failure in the log.
const LONGEST_DETAIL: usize = 1000;

impl HttpReply {
    /// The listener's own: the call does not reach the component. Without a body: whoever calls by mistake is told nothing more.
    pub(crate) fn refusal(status: u16, code: &str) -> Self {
        Self {
            kind: ReplyKind::Refused,
            code: code.to_owned(),
            detail: String::new(),
            generation: None,
            response: empty(status),
        }
    }

    /// Nothing was committed, as far as is known: the caller may try again.
    pub(crate) fn failure(code: impl Into<String>) -> Self {
        Self {
            kind: ReplyKind::Failed,
            code: code.into(),
            detail: String::new(),
            generation: None,
            response: empty(503),
        }
    }

    /// The listener's own: there is no room for the call at the moment.
    pub(crate) fn retry_later(code: &str) -> Self {
        let mut reply = Self::refusal(503, code);
        let seconds = HeaderValue::from_static("1");
        reply
            .response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds);
        reply
    }

    /// The same with some words for whoever looks after the caller.
    pub(crate) fn with_text(mut self, text: &str) -> Self {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        self.response
            .headers_mut()
            .insert(header::CONTENT_TYPE, plain);
        *self.response.body_mut() = Full::new(Bytes::from(format!("{text}\n")));
        self
    }

    /// A component's reply.
    ///
    /// # Errors
    /// The reply is none that can be sent.
    pub(crate) fn reply(kind: ReplyKind, reply: &Reply) -> Result<Self, UnusableReply> {
        let mut response = empty(reply.status);
        if response.status().as_u16() != reply.status {
            return Err(UnusableReply);
        }
        *response.headers_mut() = header_fields(reply)?;
        *response.body_mut() = Full::new(Bytes::from(reply.body.to_vec()));
        Ok(Self {
            kind,
            code: String::new(),
            detail: String::new(),
            generation: None,
            response,
        })
    }

    /// A code is a component's, and a line of the log is short: what is too long for one is cut, and says so.
    pub(crate) fn with_code(self, code: String) -> Self {
        let code = shortened(code, LONGEST_CODE);
        Self { code, ..self }
    }

    /// Why it failed, in a component's words.
    pub(crate) fn with_detail(self, detail: String) -> Self {
        let detail = shortened(detail, LONGEST_DETAIL);
        Self { detail, ..self }
    }

    pub(crate) fn by_generation(self, generation: u64) -> Self {
        Self {
            generation: Some(generation),
            ..self
        }
    }

    pub(crate) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// What is sent, with the time of the machine as it is now (RFC 9110 §6.6.1). A connection with bytes of a call still on their way cannot serve another one.
    pub(crate) fn into_response(self, is_last: bool) -> Response<Full<Bytes>> {
        let mut response = self.response;
        if let Ok(now) = HeaderValue::try_from(httpdate::fmt_http_date(SystemTime::now())) {
            response.headers_mut().insert(header::DATE, now);
        }
        if is_last {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        response
    }
}

/// A reply with a header field or a status that HTTP does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnusableReply;

fn empty(status: u16) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    response
}

fn shortened(mut text: String, longest: usize) -> String {
    let cut = text.floor_char_boundary(longest);
    if cut < text.len() {
        text.truncate(cut);
        text.push('…');
    }
    text
}

/// The fields that are sent, in their order.
fn header_fields(reply: &Reply) -> Result<HeaderMap, UnusableReply> {
    let mut fields = HeaderMap::new();
    let mut dropped = NOT_SENT.to_vec();
    for (name, value) in &reply.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| UnusableReply)?;
        if name == header::CONNECTION {
            dropped.extend(named_by_connection(value));
        }
        let value = HeaderValue::from_str(value).map_err(|_| UnusableReply)?;
        fields.append(name, value);
    }
    for name in dropped {
        fields.remove(name);
    }
    Ok(fields)
}

/// What `Connection` names belongs to the connection, too.
fn named_by_connection(value: &str) -> impl Iterator<Item = HeaderName> {
    value.split(',').filter_map(|name| name.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use silta::Blob;

    use super::*;

    fn reply(headers: &[(&str, &str)]) -> Reply {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Reply {
            status: 200,
            headers: headers.iter().map(owned).collect(),
            body: Blob::empty(),
        }
    }

    #[test]
    fn fields_of_the_connection_are_dropped() {
        let fields = header_fields(&reply(&[
            ("Content-Type", "text/xml"),
            ("Connection", "close, X-Hop"),
            ("X-Hop", "1"),
            ("Transfer-Encoding", "chunked"),
            ("Content-Length", "999"),
            ("Keep-Alive", "timeout=5"),
            ("TE", "trailers"),
            ("Trailer", "X"),
            ("Upgrade", "h2c"),
            ("Server", "component"),
            ("Date", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("Set-Cookie", "a"),
            ("Set-Cookie", "b"),
        ]));
        let fields = fields.unwrap();
        let left: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(left, ["content-type", "set-cookie", "set-cookie"]);
    }

    #[test]
    fn fields_that_are_none_make_the_reply_unusable() {
        for (name, value) in [("a b", "1"), ("", "1"), ("ä", "1"), ("A", "1\r\nB: 2")] {
            assert_eq!(header_fields(&reply(&[(name, value)])), Err(UnusableReply));
        }
        assert!(header_fields(&reply(&[("A", "ä")])).is_ok());
    }
}
