// SPDX-License-Identifier: Apache-2.0
//! What HTTP has a say in: the head of a request, and the size of its body.

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode, Version};

use super::inspection::{Inspection, Refusal};
use super::wire::WireNames;

const SOAP_ACTION: &str = "soapaction";

/// Everything HTTP has a say in. The body is read to its end even when the head is refused: a
/// connection closed over unread bytes can take the answer with it.
pub(super) async fn read_body(
    wire: &WireNames,
    limit: usize,
    request: Request<Incoming>,
    inspection: &mut Inspection,
) -> Result<Vec<u8>, Refusal> {
    let (head, body) = request.into_parts();
    let action = head.headers.get(SOAP_ACTION);
    inspection.soap_action = action.map(|action| action.as_bytes().to_vec());
    let head_is_right = check_head(wire, &head, inspection);
    let body = collect(body, limit).await;
    head_is_right?;
    let body = body?;
    inspection.passed("body-size");
    Ok(body)
}

/// Customs' checklist of 2014: POST only, HTTP 1.1. SOAP 1.1, §6: media type and SOAPAction.
fn check_head(wire: &WireNames, head: &Parts, inspection: &mut Inspection) -> Result<(), Refusal> {
    if head.method != Method::POST {
        return Err(Refusal::http(
            StatusCode::METHOD_NOT_ALLOWED,
            "only POST is served",
        ));
    }
    inspection.passed("http-method");
    if head.version != Version::HTTP_11 {
        return Err(Refusal::http(
            StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            "only HTTP/1.1 is served",
        ));
    }
    inspection.passed("http-version");
    if head.uri.path() != wire.path || head.uri.query().is_some() {
        return Err(Refusal::http(
            StatusCode::NOT_FOUND,
            "nothing is served at this path",
        ));
    }
    inspection.passed("http-path");
    check_content_type(&head.headers)?;
    inspection.passed("content-type");
    check_soap_action(&head.headers, wire.soap_action.as_deref())?;
    inspection.passed("soap-action");
    Ok(())
}

/// Keeps at most `limit` bytes, whatever the sender announces.
async fn collect(mut body: Incoming, limit: usize) -> Result<Vec<u8>, Refusal> {
    let mut kept = Vec::new();
    let mut length = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|_| Refusal::http(StatusCode::BAD_REQUEST, "the body ended early"))?;
        let data = frame.into_data().unwrap_or_default();
        length = length.saturating_add(data.len());
        if length <= limit {
            kept.extend_from_slice(&data);
        }
    }
    if length > limit {
        return Err(Refusal::http(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body has {length} bytes, more than {limit}"),
        ));
    }
    Ok(kept)
}

/// SOAP 1.1 travels as `text/xml` (§6), here in UTF-8.
fn check_content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut parts = value.split(';').map(str::trim);
    let is_xml = parts
        .next()
        .is_some_and(|media_type| media_type.eq_ignore_ascii_case("text/xml"));
    let is_utf8 = parts
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(name, _)| name.eq_ignore_ascii_case("charset"))
        .all(|(_, charset)| charset.trim_matches('"').eq_ignore_ascii_case("utf-8"));
    if is_xml && is_utf8 {
        return Ok(());
    }
    Err(Refusal::http(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "the Content-Type is not text/xml in UTF-8",
    ))
}

/// SOAP 1.1, §6.1.1: the header must be there, its value is a quoted string.
fn check_soap_action(headers: &HeaderMap, expected: Option<&str>) -> Result<(), Refusal> {
    let Some(expected) = expected else {
        return Ok(());
    };
    match headers.get(SOAP_ACTION) {
        Some(value) if value.as_bytes() == format!("\"{expected}\"").as_bytes() => Ok(()),
        _ => Err(wrong_soap_action()),
    }
}

/// For the header of another service, or of another operation.
pub(super) fn wrong_soap_action() -> Refusal {
    Refusal::http(
        StatusCode::BAD_REQUEST,
        "the SOAPAction header is not the service's",
    )
}
