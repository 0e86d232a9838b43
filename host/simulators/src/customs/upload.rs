//! The operation Upload (technical guide 2015, table 1 [seed p17–18]).

use roxmltree::{Document, Node};
use rustls_pki_types::CertificateDer;

use super::answer::{Answer, Writer, now};
use super::application_request::{self, ApplicationRequest};
use super::delivery_queue;
use super::inspection::{Inspection, Refusal};
use super::operation::Operation;
use super::received::{Finding, Payload, sha256_hex};
use super::request_header;
use super::schema_location;
use super::service::Service;
use super::storage_id;
use super::tls::Peer;
use crate::base64_text;
use crate::certificate::Certificate;
use crate::signature::Signature;
use crate::xml::{self, Children, ShapeError, XmlError, plain_text};

/// What the answer says about an accepted message.
pub(super) struct Receipt {
    pub(super) storage_id: String,
    pub(super) declarant: String,
    pub(super) builder: String,
    pub(super) application: String,
    pub(super) reference: String,
    pub(super) content_format: String,
}

/// Checks an upload from the outside in, takes its reference into use and has it replied to.
pub(super) fn answer(
    writer: &Writer<'_>,
    peer: &Peer,
    request: Node<'_, '_>,
    inspection: &mut Inspection,
) -> Result<Answer, Refusal> {
    let service = writer.service;
    let (header, message) =
        parts(service, request).map_err(Refusal::because(Finding::RequestHeader))?;
    let intermediary = request_header::check(service, peer, header, inspection)?;
    let receipt = receive(service, message, inspection)?;
    inspection.record.storage_id = Some(receipt.storage_id.clone());
    delivery_queue::reply(service, &intermediary, &receipt);
    Ok(acknowledge(writer, &receipt))
}

/// ResponseHeader and MessageInformation (table 1 [seed p17–18]).
fn acknowledge(writer: &Writer<'_>, receipt: &Receipt) -> Answer {
    let wire = &writer.service.wire;
    let fields = [
        (&wire.message_storage_id, &receipt.storage_id),
        (&wire.declarant_business_id, &receipt.declarant),
        (&wire.message_builder_business_id, &receipt.builder),
        (&wire.application, &receipt.application),
        (&wire.reference, &receipt.reference),
        (&wire.message_status, &wire.accepted_status),
        (&wire.timestamp, &now()),
        (&wire.content_format, &receipt.content_format),
    ]
    .map(|(name, value)| (name.as_str(), value.clone()));
    let information = writer.record("MessageInformation", &fields);
    let code = &writer.service.codes.accepted;
    writer.operation(Operation::Upload.response(), code, &information)
}

/// The message itself, which is base64.
fn receive(
    service: &Service,
    message: &str,
    inspection: &mut Inspection,
) -> Result<Receipt, Refusal> {
    let document_bytes =
        base64_text::decode(message).map_err(Refusal::because(Finding::Encoding))?;
    inspection.passed("outer-base64");
    inspection.record.application_request_sha256 = Some(sha256_hex(&document_bytes));

    let document = read_xml(Finding::ApplicationRequest, &document_bytes)?;
    inspection.passed("application-request-xml");
    let application = application_request::read(service, &document)
        .map_err(Refusal::because(Finding::ApplicationRequest))?;
    inspection.record.declarant = Some(application.declarant.masked());
    inspection.record.builder = Some(application.builder.masked());
    inspection.record.reference = Some(application.reference.to_owned());
    inspection.passed("application-request-fields");

    check_signature(service, &application, inspection)?;
    let payload = check_payload(&application, inspection)?;
    if !service.claim(&application.builder, application.reference) {
        return Err(Refusal::message(
            Finding::Duplicate,
            "the builder has used the reference before",
        ));
    }
    inspection.passed("not-a-duplicate");
    Ok(receipt(&application, &payload))
}

fn parts<'a, 'i>(
    service: &Service,
    request: Node<'a, 'i>,
) -> Result<(Node<'a, 'i>, &'a str), ShapeError> {
    let namespace = &service.wire.service_namespace;
    let mut elements = Children::of(request)?;
    let header = elements.required(namespace, "RequestHeader")?;
    let message = elements.required(namespace, "ApplicationRequestMessage")?;
    elements.end()?;
    Ok((header, plain_text(message)?))
}

/// Each sent message's signature is checked for integrity and signer identity [seed p7, p14].
fn check_signature(
    service: &Service,
    application: &ApplicationRequest<'_, '_>,
    inspection: &mut Inspection,
) -> Result<(), Refusal> {
    let signature =
        Signature::read(application.root).map_err(Refusal::because(Finding::Signature))?;
    let mut chain = signature.certificates.iter();
    let signer = chain.next().map(|first| Certificate::read(first));
    let Some(Ok(signer)) = signer else {
        return Err(Refusal::message(
            Finding::Signature,
            "the signer's certificate cannot be read",
        ));
    };
    inspection.passed("signature-structure");
    signature
        .check_value(&signer.key)
        .map_err(Refusal::because(Finding::Signature))?;
    inspection.passed("signature-value");
    let form = signature
        .check_reference(application.content)
        .map_err(Refusal::because(Finding::Signature))?;
    inspection.record.signature_form = Some(form);
    inspection.passed("signature-digest");

    let intermediates: Vec<_> = chain
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    signer
        .check_signer(&service.builder_anchors, &intermediates)
        .map_err(Refusal::because(Finding::Signer))?;
    inspection.passed("signer-chain");
    if signer.business_id.as_ref() != Some(&application.builder) {
        return Err(Refusal::message(
            Finding::Signer,
            "the subject serialNumber of the signer's certificate is not the builder's Business ID",
        ));
    }
    inspection.passed("signer-identity");
    Ok(())
}

fn check_payload(
    application: &ApplicationRequest<'_, '_>,
    inspection: &mut Inspection,
) -> Result<Payload, Refusal> {
    let text = plain_text(application.content).map_err(Refusal::because(Finding::Encoding))?;
    let bytes = base64_text::decode(text).map_err(Refusal::because(Finding::Encoding))?;
    let payload = Payload::new(bytes);
    inspection.record.payload = Some(payload.clone());
    inspection.passed("inner-base64");
    if is_xml(application.content_format) {
        let text = xml::decode(payload.bytes());
        let text = text.map_err(unreadable(Finding::Payload))?;
        let document = xml::parse_text(&text).map_err(unreadable(Finding::Payload))?;
        check_locations(Finding::Payload, &document)?;
    } else if payload.bytes().is_empty() {
        return Err(Refusal::message(Finding::Payload, "the content is empty"));
    }
    inspection.passed("payload");
    Ok(payload)
}

fn read_xml(finding: Finding, bytes: &[u8]) -> Result<Document<'_>, Refusal> {
    let document = xml::parse(bytes).map_err(unreadable(finding))?;
    check_locations(finding, &document)?;
    Ok(document)
}

fn check_locations(finding: Finding, document: &Document<'_>) -> Result<(), Refusal> {
    schema_location::check(document)
        .map_err(|error| Refusal::message(finding, format!("the document {error}")))
}

fn unreadable(finding: Finding) -> impl Fn(XmlError) -> Refusal {
    move |error| Refusal::message(finding, format!("the document {error}"))
}

/// The values of ContentFormat are not known; media types are the likeliest.
fn is_xml(content_format: &str) -> bool {
    let format = content_format.to_ascii_lowercase();
    matches!(format.as_str(), "xml" | "text/xml" | "application/xml") || format.ends_with("+xml")
}

fn receipt(application: &ApplicationRequest<'_, '_>, payload: &Payload) -> Receipt {
    Receipt {
        storage_id: storage_id(application, payload),
        declarant: application.declarant.as_str().to_owned(),
        builder: application.builder.as_str().to_owned(),
        application: application.application.to_owned(),
        reference: application.reference.to_owned(),
        content_format: application.content_format.to_owned(),
    }
}

/// Made from the message, so that the same traffic gives the same ids.
fn storage_id(application: &ApplicationRequest<'_, '_>, payload: &Payload) -> String {
    let source = format!(
        "{} {} {}",
        application.builder.as_str(),
        application.reference,
        payload.sha256()
    );
    storage_id::from_hash(&sha256_hex(source.as_bytes()))
}
