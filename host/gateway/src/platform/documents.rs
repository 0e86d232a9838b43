// SPDX-License-Identifier: Apache-2.0
//! Documents of entries.

use std::{
    collections::VecDeque,
    convert::Infallible,
    ops::Range,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use silta_store::{Content, record::StoredDocument};

use super::{
    inbox,
    problem::{self, Problem, ProblemBody},
    range::{self, Asked},
    state::Platform,
    submission_body::no_room,
    token::{Client, Permission},
};
use crate::inbound::Reservation;

/// Fetch a document.
///
/// Its bytes as they came. `ETag` is their SHA-256, so that a client that has them is answered 304 upon `If-None-Match`. One range of bytes may be asked for (`Range`, `If-Range`; RFC 9110
/// §14); more than one is answered with the whole document. The media type is the one that its sender gave: look at the bytes before you believe it.
#[utoipa::path(
    get,
    path = "/v1/inbox/{position}/documents/{number}",
    operation_id = "fetchDocument",
    tag = "inbox",
    params(
        ("position" = u64, Path, description = "Position of the entry.", example = 23),
        ("number" = u64, Path, description = "Which of its documents, counted from 1.", example = 1),
        ("Range" = Option<String>, Header, description = "One range of bytes.", example = "bytes=0-1023"),
        ("If-Range" = Option<String>, Header, description = "The `ETag` of the bytes that the range is of."),
        ("If-None-Match" = Option<String>, Header, description = "`ETag`s of bytes that are there already."),
    ),
    responses(
        (status = 200, description = "All bytes.", content_type = "*/*", headers(
            ("ETag" = String, description = "SHA-256 of all bytes, in hexadecimal and in quotes."),
            ("Content-Disposition" = String, description = "`attachment` with its name (RFC 6266)."),
            ("Accept-Ranges" = String, description = "`bytes`."))),
        (status = 206, description = "The range.", content_type = "*/*", headers(
            ("Content-Range" = String, description = "Which bytes of how many."))),
        (status = 304, description = "The client has the bytes."),
        (status = 404, description = "There is no such entry or document, it was removed, or the token is not for its agency.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 416, description = "The document has no such bytes.", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("token" = [])),
)]
pub(crate) async fn fetch(
    State(platform): State<Arc<Platform>>,
    client: Client,
    path: Result<Path<(u64, u64)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    client.allow(&[Permission::Read, Permission::Inbox])?;
    let Path((position, number)) = path.map_err(|_| Problem::not_found("document"))?;
    let entry = inbox::entry(&platform, &client, position).await?;
    let number = number
        .checked_sub(1)
        .and_then(|at| usize::try_from(at).ok());
    let document = number.and_then(|at| entry.received.documents.into_iter().nth(at));
    let document = document.ok_or_else(|| Problem::not_found("document"))?;
    let tag = format!("\"{}\"", document.sha256);
    let mut response = Response::new(Body::empty());
    *response.headers_mut() = fields(&document, &tag);
    if range::matches(&headers, &tag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Ok(response);
    }
    let bytes = match range::asked(&headers, &tag, document.size) {
        Asked::All => 0..document.size,
        Asked::Some(bytes) => {
            let shown = format!("bytes {}-{}/{}", bytes.start, bytes.end - 1, document.size);
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            insert(response.headers_mut(), header::CONTENT_RANGE, &shown);
            bytes
        }
        Asked::Nothing => return Err(not_satisfiable(document.size)),
    };
    let mut reservation = platform.bytes.reserve(true);
    reservation.grow(document.size).map_err(|_| no_room())?;
    let found = platform.ask(move |store| store.body(document.body)).await?;
    let content = found.ok_or_else(|| Problem::not_found("document"))?;
    *response.body_mut() = Body::new(DocumentBody::new(&content, bytes, reservation));
    Ok(response)
}

fn not_satisfiable(size: u64) -> Problem {
    let detail = format!("the document has {size} bytes");
    let problem = Problem::new(problem::RANGE, "range.not-satisfiable", detail);
    match HeaderValue::try_from(format!("bytes */{size}")) {
        Ok(shown) => problem.with(header::CONTENT_RANGE, shown),
        Err(_) => problem,
    }
}

fn fields(document: &StoredDocument, tag: &str) -> HeaderMap {
    let mut fields = HeaderMap::new();
    // A sender may have written anything; what no field can have is not repeated.
    let media_type = HeaderValue::from_str(&document.media_type);
    let unknown = HeaderValue::from_static("application/octet-stream");
    let media_type = media_type.ok().filter(|media_type| !media_type.is_empty());
    fields.insert(header::CONTENT_TYPE, media_type.unwrap_or(unknown));
    insert(&mut fields, header::ETAG, tag);
    let disposition = range::disposition(&document.name);
    insert(&mut fields, header::CONTENT_DISPOSITION, &disposition);
    for (name, value) in [
        (header::ACCEPT_RANGES, "bytes"),
        // People's mail is kept by nobody in between, and by nobody unasked.
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, "sandbox"),
    ] {
        fields.insert(name, HeaderValue::from_static(value));
    }
    fields
}

/// Digests, numbers and what is percent-encoded fit into a field.
fn insert(fields: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        fields.insert(name, value);
    }
}

/// Bytes of a document, shared with it, and what they take of the bytes at once.
struct DocumentBody {
    segments: VecDeque<Bytes>,
    left: u64,
    _reservation: Reservation,
}

impl DocumentBody {
    fn new(content: &Content, bytes: Range<u64>, reservation: Reservation) -> Self {
        let mut begin = 0;
        let mut segments = VecDeque::new();
        for segment in content.segments() {
            let end = begin + segment.len() as u64;
            let (from, to) = (bytes.start.max(begin), bytes.end.min(end));
            if from < to {
                let place = |at: u64| usize::try_from(at - begin).unwrap_or(segment.len());
                segments.push_back(segment.slice(place(from)..place(to)));
            }
            begin = end;
        }
        Self {
            left: segments.iter().map(|segment| segment.len() as u64).sum(),
            segments,
            _reservation: reservation,
        }
    }
}

impl hyper::body::Body for DocumentBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let segment = self.segments.pop_front();
        Poll::Ready(segment.map(|segment| {
            self.left -= segment.len() as u64;
            Ok(Frame::data(segment))
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.segments.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbound::ByteBudget;

    #[test]
    fn a_range_is_cut_out_of_segments() {
        let content = Content::from_segments(["ab", "", "cde", "f"].map(Bytes::from));
        for start in 0..=6 {
            for end in start..=6 {
                let reservation = Arc::new(ByteBudget::new(0)).reserve(true);
                let body = DocumentBody::new(&content, start..end, reservation);
                assert_eq!(body.left, end - start);
                let bytes: Vec<Bytes> = body.segments.into();
                let expected = &b"abcdef"[start as usize..end as usize];
                assert_eq!(bytes.concat(), expected);
            }
        }
    }
}
