// SPDX-License-Identifier: Apache-2.0
//! Replies, with what the log says of them.

use std::time::SystemTime;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    HeaderMap, Response, StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use silta::exchange::Reply;

use crate::segments::Segments;

/// The body of a reply. It is one frame: hyper may flush between frames, and a reply counts as written once it has been flushed.
pub(crate) type ReplyBody = Full<Segments>;

/// What a reply says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReplyKind {
    /// The call was accepted, and committed if it brought anything.
    Accepted,
    /// The call was accepted, and had been committed before.
    Duplicate,
    /// The component rejected it.
    Rejected,
    /// It did not reach the component.
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

/// A reply, and why it is sent.
pub(crate) struct HttpReply {
    pub(crate) kind: ReplyKind,
    /// Stable code of a rejection, refusal or failure; empty otherwise.
    pub(crate) code: String,
    /// For the log alone: why the call failed, where the operator can mend it; empty otherwise.
    pub(crate) detail: String,
    /// Generation that validated the call.
    pub(crate) generation: Option<u64>,
    response: Response<ReplyBody>,
}

/// Fields that belong to the connection (RFC 9110 §7.6.1), that the server sets itself, or that would name the server.
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

/// Seconds after which what has failed may go through: a store that was closed has been tried again by then.
const FAILURE_OVER: HeaderValue = HeaderValue::from_static("5");

/// Longest code in the log, in bytes; those of today have up to 40.
const LONGEST_CODE: usize = 80;

/// Longest reason of a failure in the log, in bytes.
const LONGEST_DETAIL: usize = 1000;

impl HttpReply {
    /// The gateway's own reply to a call that does not reach the component. It has no body: who calls by mistake need not know more.
    pub(crate) fn refusal(status: u16, code: &str) -> Self {
        Self {
            kind: ReplyKind::Refused,
            code: code.to_owned(),
            detail: String::new(),
            generation: None,
            response: empty(status),
        }
    }

    /// The gateway's own reply when there is no verdict or no commit: the caller may try again, after a while.
    pub(crate) fn failure(code: impl Into<String>) -> Self {
        Self {
            kind: ReplyKind::Failed,
            code: code.into(),
            detail: String::new(),
            generation: None,
            response: empty(503),
        }
        .retry_after(FAILURE_OVER)
    }

    /// The gateway's own reply while a limit is reached.
    pub(crate) fn retry_later(code: &str) -> Self {
        Self::refusal(503, code).retry_after(HeaderValue::from_static("1"))
    }

    fn retry_after(mut self, seconds: HeaderValue) -> Self {
        let headers = self.response.headers_mut();
        headers.insert(header::RETRY_AFTER, seconds);
        self
    }

    /// The same with a line of text for the people who operate the caller.
    pub(crate) fn with_text(mut self, text: &str) -> Self {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        self.response
            .headers_mut()
            .insert(header::CONTENT_TYPE, plain);
        let text = Bytes::from(format!("{text}\n"));
        *self.response.body_mut() = ReplyBody::new([text].into_iter().collect());
        self
    }

    /// A component's reply.
    ///
    /// # Errors
    /// It has a status or a header field that HTTP does not have.
    pub(crate) fn of_component(kind: ReplyKind, reply: &Reply) -> Result<Self, UnusableReply> {
        let mut response = empty(reply.status);
        if response.status().as_u16() != reply.status {
            return Err(UnusableReply);
        }
        *response.headers_mut() = header_fields(reply)?;
        *response.body_mut() = ReplyBody::new(Segments::from(&reply.body));
        Ok(Self {
            kind,
            code: String::new(),
            detail: String::new(),
            generation: None,
            response,
        })
    }

    /// With a code, which may be a component's: one that is too long for the log is cut.
    pub(crate) fn with_code(self, code: String) -> Self {
        let code = shortened(code, LONGEST_CODE);
        Self { code, ..self }
    }

    /// With the reason of a failure in a component's words.
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

    /// The response, with the machine's time (RFC 9110 §6.6.1). `is_last` closes the connection: the rest of an unread call would be taken for the next.
    pub(crate) fn into_response(self, is_last: bool) -> Response<ReplyBody> {
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

fn empty(status: u16) -> Response<ReplyBody> {
    let mut response = Response::new(ReplyBody::default());
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    response
}

fn shortened(mut text: String, longest: usize) -> String {
    let cut = text.floor_char_boundary(longest.saturating_sub('…'.len_utf8()));
    if cut < text.len() {
        text.truncate(cut);
        text.push('…');
    }
    text
}

/// The fields to send, in their order.
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

/// Fields that `Connection` names belong to the connection, too.
fn named_by_connection(value: &str) -> impl Iterator<Item = HeaderName> {
    value.split(',').filter_map(|name| name.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use std::{
        io::IoSlice,
        pin::Pin,
        task::{Context, Poll},
    };

    use bytes::Buf;
    use hyper::body::Body;
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
    fn a_body_is_sent_in_its_own_segments() {
        let segments = [Bytes::from_static(b"one"), Bytes::from_static(b" two")];
        let sent = Reply {
            body: segments.to_vec().into(),
            ..reply(&[])
        };
        let sent = HttpReply::of_component(ReplyKind::Accepted, &sent).ok();
        let mut body = sent.unwrap().into_response(false).into_body();
        assert_eq!(body.size_hint().exact(), Some(7));
        // All of it in one frame, in whatever pieces it is taken.
        let mut context = Context::from_waker(std::task::Waker::noop());
        let Poll::Ready(Some(Ok(frame))) = Pin::new(&mut body).poll_frame(&mut context) else {
            panic!("the body has a frame");
        };
        assert!(body.is_end_stream());
        let frame = frame.into_data().ok().unwrap();
        let mut slices = [IoSlice::new(&[]); 3];
        assert_eq!(frame.chunks_vectored(&mut slices), 2);
        let is_shared = |(slice, own): (&IoSlice<'_>, &Bytes)| slice.as_ptr() == own.as_ptr();
        assert!(slices.iter().zip(&segments).all(is_shared));
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
