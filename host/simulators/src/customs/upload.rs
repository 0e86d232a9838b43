//! The operation Upload (technical guide 2015, table 1 [seed p17–18]).

use roxmltree::{Document, Node};
use rustls_pki_types::CertificateDer;

use super::application_request::{self, ApplicationRequest};
use super::inspection::{Inspection, Refusal};
use super::received::{Finding, Payload, sha256_hex};
use super::request_header;
use super::schema_location;
use super::service::Service;
use super::tls::Peer;
use crate::base64_text;
use crate::certificate::Certificate;
use crate::signature::Signature;
use crate::xml::{self, Children, ShapeError, plain_text};

pub(super) const REQUEST: &str = "UploadRequest";
pub(super) const RESPONSE: &str = "UploadResponse";

/// What the answer says about an accepted message.
pub(super) struct Receipt {
    pub(super) storage_id: String,
    pub(super) declarant: String,
    pub(super) builder: String,
    pub(super) application: String,
    pub(super) reference: String,
    pub(super) content_format: String,
}

/// Checks an upload from the outside in, and takes its reference into use when all is well.
pub(super) fn receive(
    service: &Service,
    peer: &Peer,
    request: Node<'_, '_>,
    inspection: &mut Inspection,
) -> Result<Receipt, Refusal> {
    let message = check_request(service, peer, request, inspection)?;
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

/// The SOAP level: header, identity of the connection. Yields the base64 text inside.
fn check_request<'a>(
    service: &Service,
    peer: &Peer,
    request: Node<'a, '_>,
    inspection: &mut Inspection,
) -> Result<&'a str, Refusal> {
    let (header, message) =
        parts(service, request).map_err(Refusal::because(Finding::RequestHeader))?;
    let intermediary =
        request_header::read(service, header).map_err(Refusal::because(Finding::RequestHeader))?;
    inspection.record.intermediary = Some(intermediary.masked());
    inspection.passed("request-header");
    // Customs derives the caller's identity from the certificate [seed p7].
    if peer.business_id.as_ref() != Some(&intermediary) {
        return Err(Refusal::message(
            Finding::Connection,
            "the subject serialNumber of the connection's certificate is not the intermediary's Business ID",
        ));
    }
    inspection.passed("connection-identity");
    Ok(message)
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
        read_xml(Finding::Payload, payload.bytes())?;
    } else if payload.bytes().is_empty() {
        return Err(Refusal::message(Finding::Payload, "the content is empty"));
    }
    inspection.passed("payload");
    Ok(payload)
}

fn read_xml(finding: Finding, bytes: &[u8]) -> Result<Document<'_>, Refusal> {
    let document = xml::parse(bytes)
        .map_err(|error| Refusal::message(finding, format!("the document {error}")))?;
    schema_location::check(&document)
        .map_err(|error| Refusal::message(finding, format!("the document {error}")))?;
    Ok(document)
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

/// A GUID in braces, the shape in which Customs cites its messages elsewhere (RequestCorrelation); made
/// from the message, so that the same traffic gives the same ids.
fn storage_id(application: &ApplicationRequest<'_, '_>, payload: &Payload) -> String {
    let source = format!(
        "{} {} {}",
        application.builder.as_str(),
        application.reference,
        payload.sha256()
    );
    let hash = sha256_hex(source.as_bytes());
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    format!(
        "{{{}-{}-{}-{}-{}}}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}
