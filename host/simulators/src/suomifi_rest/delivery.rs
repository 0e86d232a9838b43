// SPDX-License-Identifier: Apache-2.0
//! How an answer goes out.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};

use super::answer::{Answer, Content};
use crate::server::Connection;

/// The error that makes the server close a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("no answer")]
pub(super) struct NoAnswer;

/// Answers, after a time if that is wanted.
pub(super) async fn deliver(
    mut connection: Connection,
    answer: Answer,
    trace_id: Option<&str>,
    wait: Option<Duration>,
) -> Result<Response<Full<Bytes>>, NoAnswer> {
    let response = response(answer, trace_id);
    let Some(wait) = wait else {
        return Ok(response);
    };
    tokio::select! {
        () = tokio::time::sleep(wait) => Ok(response),
        // Whoever stops the simulator does not want to wait for it.
        _ = connection.stopped.wait_for(|stopped| *stopped) => Err(NoAnswer),
    }
}

fn response(answer: Answer, trace_id: Option<&str>) -> Response<Full<Bytes>> {
    let body = match answer.content {
        Content::Json(value) => Bytes::from(value.to_string()),
        Content::Bytes(bytes) => bytes,
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&answer.content_type) {
        headers.insert(CONTENT_TYPE, value);
    }
    let trace = trace_id.map(|id| ("traceid", id.to_owned()));
    for (name, value) in answer.headers.into_iter().chain(trace) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    response
}
