//! One HTTP exchange: checks of the transport, the choice of the operation, the answer.

use std::sync::Arc;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, Version};
use roxmltree::{Document, Node};

use super::answer::{Answer, FAULT_CODE, FAULT_TEXT, Spelling, Writer};
use super::codes::ResponseCode;
use super::connectivity;
use super::delivery::{Body, Line, NoAnswer, deliver};
use super::download;
use super::download_list;
use super::faulty_answer;
use super::inspection::{Inspection, Refusal};
use super::misbehaviour::{Misbehaviour, Occasion};
use super::operation::Operation;
use super::received::Verdict;
use super::service::Service;
use super::soap;
use super::tls::Peer;
use super::upload;
use crate::xml;

/// Answers a request and records it. The record is made first, so that a client that has its answer
/// finds it there.
pub(super) async fn answer(
    service: Arc<Service>,
    peer: Peer,
    line: Line,
    request: Request<Incoming>,
) -> Result<Response<Body>, NoAnswer> {
    let mut inspection = Inspection::start();
    // The handshake has seen to it, or there would be no request.
    inspection.passed("tls-client-certificate");
    let answer = match read_body(&service, request, &mut inspection).await {
        Ok(body) => answer_message(&service, &peer, &body, &mut inspection),
        Err(refusal) => refuse(&ordinary(&service), refusal, &mut inspection),
    };
    let misbehaviour = inspection.record.misbehaviour.clone();
    inspection.record.http_status = match misbehaviour {
        Some(Misbehaviour::Silence { .. }) => 0,
        _ => answer.status.as_u16(),
    };
    service.record(inspection.record);
    deliver(line, answer, misbehaviour).await
}

fn ordinary(service: &Arc<Service>) -> Writer<'_> {
    Writer {
        service,
        spelling: Spelling::ORDINARY,
    }
}

/// Everything HTTP has a say in. The body is read to its end even when the head is refused: a
/// connection closed over unread bytes can take the answer with it.
async fn read_body(
    service: &Service,
    request: Request<Incoming>,
    inspection: &mut Inspection,
) -> Result<Vec<u8>, Refusal> {
    let (head, body) = request.into_parts();
    let head_is_right = check_head(service, &head, inspection);
    let body = collect(body, service.body_limit).await;
    head_is_right?;
    let body = body?;
    inspection.passed("body-size");
    Ok(body)
}

/// Customs' checklist of 2014: POST only, HTTP 1.1. SOAP 1.1, §6: media type and SOAPAction.
fn check_head(service: &Service, head: &Parts, inspection: &mut Inspection) -> Result<(), Refusal> {
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
    if head.uri.path() != service.wire.path || head.uri.query().is_some() {
        return Err(Refusal::http(
            StatusCode::NOT_FOUND,
            "nothing is served at this path",
        ));
    }
    inspection.passed("http-path");
    check_content_type(&head.headers)?;
    inspection.passed("content-type");
    check_soap_action(&head.headers, service.wire.soap_action.as_deref())?;
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
    match headers.get("soapaction") {
        Some(value) if value.as_bytes() == format!("\"{expected}\"").as_bytes() => Ok(()),
        _ => Err(Refusal::http(
            StatusCode::BAD_REQUEST,
            "the SOAPAction header is not the service's",
        )),
    }
}

/// Finds out what is asked for, and answers it as a script may want it.
fn answer_message(
    service: &Arc<Service>,
    peer: &Peer,
    body: &[u8],
    inspection: &mut Inspection,
) -> Answer {
    let document = match xml::parse(body) {
        Ok(document) => document,
        Err(error) => {
            let refusal = Refusal::fault(format!("the SOAP message {error}"));
            return refuse(&ordinary(service), refusal, inspection);
        }
    };
    match read_operation(service, &document, inspection) {
        Ok((operation, request)) => act(service, peer, (operation, request), inspection),
        Err(refusal) => refuse(&ordinary(service), refusal, inspection),
    }
}

/// Chooses the operation by the element in the Body.
fn read_operation<'a, 'i>(
    service: &Service,
    document: &'a Document<'i>,
    inspection: &mut Inspection,
) -> Result<(Operation, Node<'a, 'i>), Refusal> {
    let request = soap::content(document, soap::ENVELOPE_NAMESPACE)
        .map_err(|error| Refusal::fault(format!("the SOAP message: {error}")))?;
    inspection.passed("soap-envelope");
    let operation = Operation::of(request, &service.wire.service_namespace)
        .ok_or_else(|| Refusal::fault("the SOAP Body holds no operation of this service"))?;
    inspection.record.operation = Some(operation.request().to_owned());
    inspection.operation = Some(operation);
    inspection.passed("operation");
    Ok((operation, request))
}

/// Handles the request, unless a script says otherwise; and spoils the answer, if a script says so.
fn act(
    service: &Arc<Service>,
    peer: &Peer,
    (operation, request): (Operation, Node<'_, '_>),
    inspection: &mut Inspection,
) -> Answer {
    let misbehaviour = service.misbehaviour(Occasion::Request(operation));
    inspection.record.misbehaviour.clone_from(&misbehaviour);
    let misbehaviour = misbehaviour.as_ref();
    let writer = Writer {
        service,
        spelling: faulty_answer::spelling(misbehaviour),
    };
    let replacement = faulty_answer::replacement(misbehaviour, &writer, operation);
    let answer = if faulty_answer::ignores_the_request(misbehaviour) {
        inspection.record.verdict = Verdict::Unjudged;
        None
    } else {
        let outcome = handle(&writer, peer, (operation, request), inspection);
        Some(outcome.unwrap_or_else(|refusal| refuse(&writer, refusal, inspection)))
    };
    match (replacement, answer) {
        (Some((answer, code)), _) => {
            inspection.record.code = code;
            answer
        }
        (None, Some(answer)) => faulty_answer::spoil(misbehaviour, answer),
        // Whoever ignores a request has a replacement for its answer.
        (None, None) => writer.fault(None),
    }
}

fn handle(
    writer: &Writer<'_>,
    peer: &Peer,
    (operation, request): (Operation, Node<'_, '_>),
    inspection: &mut Inspection,
) -> Result<Answer, Refusal> {
    let answer = match operation {
        Operation::Upload => upload::answer(writer, peer, request, inspection),
        Operation::DownloadList => download_list::answer(writer, peer, request, inspection),
        Operation::Download => download::answer(writer, peer, request, inspection),
        Operation::CheckConnectivity => connectivity::answer(writer, peer, request, inspection),
    }?;
    inspection.record.verdict = Verdict::Accepted;
    inspection.record.code = Some(writer.service.codes.accepted.code.clone());
    Ok(answer)
}

/// Notes the refusal and turns it into an answer.
fn refuse(writer: &Writer<'_>, refusal: Refusal, inspection: &mut Inspection) -> Answer {
    let (verdict, code, reason, answer) = match (refusal, inspection.operation) {
        (Refusal::Http { status, reason }, _) => {
            (Verdict::Http, None, reason, Answer::empty(status))
        }
        (Refusal::Message { finding, reason }, Some(operation)) => {
            let code = writer.service.code(finding);
            (
                Verdict::Refused(finding),
                Some(code.code.clone()),
                reason,
                writer.operation(operation.response(), code, ""),
            )
        }
        (Refusal::Fault { reason } | Refusal::Message { reason, .. }, _) => {
            let detail = ResponseCode::new(FAULT_CODE, FAULT_TEXT);
            let answer = writer.fault(Some(&detail));
            (Verdict::Fault, Some(detail.code), reason, answer)
        }
    };
    inspection.record.verdict = verdict;
    inspection.record.code = code;
    inspection.record.reason = Some(reason);
    answer
}
