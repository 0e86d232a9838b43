//! The operation Download (technical guide 2015, table 3 [seed p24–26]).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::Node;

use super::answer::{Answer, Writer};
use super::application_response::{self, Seal};
use super::inspection::{Inspection, Refusal};
use super::operation::Operation;
use super::received::Finding;
use super::request_header::{self, FieldError, filled};
use super::service::Service;
use super::tls::Peer;
use crate::xml::{Children, ShapeError};

/// Checks the request and hands out the message, its document sealed as told.
pub(super) fn answer(
    writer: &Writer<'_>,
    peer: &Peer,
    request: Node<'_, '_>,
    seal: Seal<'_>,
    inspection: &mut Inspection,
) -> Result<Answer, Refusal> {
    let service = writer.service;
    let (header, criteria) =
        parts(service, request).map_err(Refusal::because(Finding::RequestHeader))?;
    let customer = request_header::check(service, peer, header, inspection)?;
    let storage_id =
        read_criteria(service, criteria).map_err(Refusal::because(Finding::Criteria))?;
    inspection.record.storage_id = Some(storage_id.to_owned());
    inspection.passed("search-criteria");
    let message = service
        .mailboxes()
        .fetch(&customer, storage_id, service.remove_downloaded)
        .ok_or_else(|| {
            Refusal::message(
                Finding::UnknownMessage,
                "the caller has no message with this storage id",
            )
        })?;
    inspection
        .record
        .reference
        .clone_from(&message.reply.reference);
    inspection.passed("message-found");
    let document = application_response::write(service, &message, seal)
        .map_err(|error| Refusal::fault(format!("the reply cannot be signed: {error}")))?;
    let information = message.information(&service.wire);
    let rest = writer.record("ApplicationResponseMessageInformation", &information)
        + &writer.element("ApplicationResponseMessage", &STANDARD.encode(document));
    let code = &service.codes.accepted;
    Ok(writer.operation(Operation::Download.response(), code, &rest))
}

fn read_criteria<'a>(service: &Service, criteria: Node<'a, '_>) -> Result<&'a str, FieldError> {
    let wire = &service.wire;
    let mut fields = Children::of(criteria)?;
    let storage_id = fields.required(&wire.service_namespace, &wire.message_storage_id)?;
    fields.end()?;
    filled(storage_id)
}

fn parts<'a, 'i>(
    service: &Service,
    request: Node<'a, 'i>,
) -> Result<(Node<'a, 'i>, Node<'a, 'i>), ShapeError> {
    let namespace = &service.wire.service_namespace;
    let mut elements = Children::of(request)?;
    let header = elements.required(namespace, "RequestHeader")?;
    let criteria = elements.required(namespace, "DownloadMessageFilteringCriteria")?;
    elements.end()?;
    Ok((header, criteria))
}
