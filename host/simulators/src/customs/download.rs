//! The operation Download (technical guide 2015, table 3 [seed p24–26]).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::Node;

use super::answer::{Answer, Writer};
use super::application_response::{self, Seal};
use super::inspection::{Inspection, Refusal};
use super::mailbox::Message;
use super::misbehaviour::Misbehaviour;
use super::operation::Operation;
use super::received::Finding;
use super::request_header::{self, FieldError, filled};
use super::service::Service;
use super::tls::Peer;
use crate::signature::SigningError;
use crate::xml::{Children, ShapeError};

/// Checks the request and hands out the message.
pub(super) fn answer(
    writer: &Writer<'_>,
    peer: &Peer,
    request: Node<'_, '_>,
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
    let misbehaviour = inspection.record.misbehaviour.as_ref();
    let document = document(service, &message, misbehaviour)
        .map_err(|error| Refusal::fault(format!("the reply cannot be signed: {error}")))?;
    let mut document = STANDARD.encode(document);
    if misbehaviour == Some(&Misbehaviour::TruncatedBase64) {
        // Whatever the length was, what is left is not whole groups of four.
        document.truncate(document.len() / 8 * 4 + 1);
    }
    let information = message.information(&service.wire);
    let rest = writer.record("ApplicationResponseMessageInformation", &information)
        + &writer.element("ApplicationResponseMessage", &document);
    let code = &service.codes.accepted;
    Ok(writer.operation(Operation::Download.response(), code, &rest))
}

/// The ApplicationResponse, as right or as wrong as it is to be.
fn document(
    service: &Service,
    message: &Message,
    misbehaviour: Option<&Misbehaviour>,
) -> Result<String, SigningError> {
    match misbehaviour {
        Some(Misbehaviour::WrongSigner) => {
            let untrusted = service.untrusted_signer().ok_or(SigningError::Key)?;
            application_response::write(service, message, Seal::Signature(untrusted))
        }
        Some(Misbehaviour::TamperedReply) => {
            let document = application_response::write(service, message, service.seal())?;
            Ok(application_response::tampered(&document, message))
        }
        _ => application_response::write(service, message, service.seal()),
    }
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
