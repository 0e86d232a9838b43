// SPDX-License-Identifier: Apache-2.0
//! Bodies of a few bytes.

use std::time::Duration;

use axum::body::Body;
use http_body_util::{BodyExt, Limited};

use super::{
    problem::{self, Problem},
    query::wrong,
};

/// Time for a few bytes.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Reads a body of at most so many bytes.
pub(crate) async fn read(body: Body, limit: usize) -> Result<bytes::Bytes, Problem> {
    let read = tokio::time::timeout(TIMEOUT, Limited::new(body, limit).collect()).await;
    let Ok(read) = read else {
        let detail = format!("the body did not come within {} s", TIMEOUT.as_secs());
        return Err(Problem::new(
            problem::BODY_TOO_SLOW,
            "request.too-slow",
            detail,
        ));
    };
    match read {
        Ok(read) => Ok(read.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            let detail = format!("the body is larger than {limit} bytes, which are enough here");
            Err(Problem::new(
                problem::TOO_LARGE,
                "request.too-large",
                detail,
            ))
        }
        Err(_) => Err(wrong("request.broken-off", "the body broke off")),
    }
}
