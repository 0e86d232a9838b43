//! The operation CheckConnectivity (technical guide 2015, [seed p17]; that EchoContent is plain text is a guess).

use roxmltree::Node;

use super::answer::{Answer, Writer};
use super::inspection::{Inspection, Refusal};
use super::operation::Operation;
use super::received::Finding;
use super::request_header;
use super::tls::Peer;
use crate::xml::{Children, ShapeError, plain_text};

/// Checks the request and gives the text back unchanged.
pub(super) fn answer(
    writer: &Writer<'_>,
    peer: &Peer,
    request: Node<'_, '_>,
    inspection: &mut Inspection,
) -> Result<Answer, Refusal> {
    let service = writer.service;
    let (header, echo) =
        parts(&service.wire, request).map_err(Refusal::because(Finding::RequestHeader))?;
    request_header::check(service, peer, header, inspection)?;
    let text = plain_text(echo).map_err(Refusal::because(Finding::Criteria))?;
    inspection.passed("echo-content");
    let echo = writer.element(&service.wire.echo_content, text);
    let code = &service.codes.accepted;
    Ok(writer.operation(Operation::CheckConnectivity.response(), code, &echo))
}

fn parts<'a, 'i>(
    wire: &super::WireNames,
    request: Node<'a, 'i>,
) -> Result<(Node<'a, 'i>, Node<'a, 'i>), ShapeError> {
    let namespace = &wire.service_namespace;
    let mut elements = Children::of(request)?;
    let header = elements.required(namespace, "RequestHeader")?;
    let echo = elements.required(namespace, &wire.echo_content)?;
    elements.end()?;
    Ok((header, echo))
}
