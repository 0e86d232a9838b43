// SPDX-License-Identifier: Apache-2.0
//! The operation Upload (technical guide 2015, table 1 [seed p17–18]).

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use roxmltree::Document;
use rustls_pki_types::{CertificateDer, TrustAnchor};

use super::answer::{Writer, now};
use super::application_request::{self, ApplicationRequest};
use super::call::Call;
use super::codes::Finding;
use super::delivery_queue::DeliveryQueue;
use super::dialect::{self, Dialect};
use super::inspection::{Inspection, Refusal};
use super::mailbox::storage_id;
use super::received::Payload;
use super::reply::{Receipt, Reply};
use super::reply_plan::ReplyPlan;
use super::setup::CustomsSetup;
use super::wire::WireNames;
use crate::base64_text;
use crate::business_id::BusinessId;
use crate::certificate::Certificate;
use crate::error::SimulatorError;
use crate::ledger::lock;
use crate::sha256::sha256_hex;
use crate::signature::{Signature, SignatureForm};
use crate::tls;
use crate::xml::{self, XmlError, plain_text};

/// Takes uploads.
pub(super) struct Uploads {
    environment: String,
    dialect: Option<Arc<dyn Dialect>>,
    builder_anchors: Vec<TrustAnchor<'static>>,
    replies: ReplyPlan,
    queue: Arc<DeliveryQueue>,
    /// References by builder. The scope (per builder, for ever) is a guess.
    used: Mutex<HashSet<(BusinessId, String)>>,
}

impl Uploads {
    pub(super) fn new(
        setup: &CustomsSetup,
        queue: Arc<DeliveryQueue>,
    ) -> Result<Self, SimulatorError> {
        Ok(Self {
            environment: setup.environment.clone(),
            dialect: setup.dialect.clone(),
            builder_anchors: builder_anchors(&setup.builder_anchors_pem)?,
            replies: setup.replies.clone(),
            queue,
            used: Mutex::default(),
        })
    }

    /// Checks an upload from the outside in, takes its reference into use and has it replied to.
    pub(super) fn answer(
        &self,
        call: &Call<'_, '_>,
        inspection: &mut Inspection,
    ) -> Result<String, Refusal> {
        let parts = call.parts("ApplicationRequestMessage");
        let parts = parts.and_then(|(header, message)| Ok((header, plain_text(message)?)));
        let (header, message) = parts.map_err(Refusal::because(Finding::RequestHeader))?;
        let intermediary = call.check_header(header, inspection)?;
        let receipt = self.receive(call.writer.wire, message, inspection)?;
        inspection.record.storage_id = Some(receipt.storage_id.clone());
        if let Some(reply) = Reply::planned(&self.replies, &intermediary, &receipt) {
            self.queue.deliver(intermediary, reply);
        }
        Ok(acknowledge(&call.writer, &receipt))
    }

    /// The message itself, which is base64.
    fn receive(
        &self,
        wire: &WireNames,
        message: &str,
        inspection: &mut Inspection,
    ) -> Result<Receipt, Refusal> {
        let document_bytes =
            base64_text::decode(message).map_err(Refusal::because(Finding::Encoding))?;
        inspection.passed("outer-base64");
        inspection.record.application_request_sha256 = Some(sha256_hex(&document_bytes));

        let document = xml::parse(&document_bytes);
        let document = document.map_err(unreadable(Finding::ApplicationRequest))?;
        check_locations(Finding::ApplicationRequest, &document)?;
        inspection.passed("application-request-xml");
        let application = match self.dialect.as_deref() {
            Some(dialect) => {
                dialect::read_application_request(dialect, &self.environment, &document)
            }
            None => application_request::read(wire, &self.environment, &document),
        };
        let application = application.map_err(Refusal::because(Finding::ApplicationRequest))?;
        inspection.record.declarant = Some(application.declarant.masked());
        inspection.record.builder = Some(application.builder.masked());
        inspection.record.reference = Some(application.reference.clone());
        inspection.passed("application-request-fields");

        let covering = wire.signature_form;
        check_signature(&self.builder_anchors, (&application, covering), inspection)?;
        let payload = check_payload(&application, inspection)?;
        let reference = (application.builder.clone(), application.reference.clone());
        if !lock(&self.used).insert(reference) {
            return Err(Refusal::message(
                Finding::Duplicate,
                "the builder has used the reference before",
            ));
        }
        inspection.passed("not-a-duplicate");
        Ok(receipt(&application, &payload))
    }
}

fn builder_anchors(pem: &str) -> Result<Vec<TrustAnchor<'static>>, SimulatorError> {
    const FIELD: &str = "builder_anchors_pem";
    let certificates = tls::certificates(pem, FIELD)?;
    let anchors = certificates.iter().map(|certificate| {
        webpki::anchor_from_trusted_cert(certificate)
            .map(|anchor| anchor.to_owned())
            .map_err(|error| SimulatorError::Anchors {
                field: FIELD,
                reason: error.to_string(),
            })
    });
    anchors.collect()
}

/// MessageInformation (table 1 [seed p17–18]).
pub(super) fn acknowledge(writer: &Writer<'_>, receipt: &Receipt) -> String {
    let wire = writer.wire;
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
    writer.record("MessageInformation", &fields)
}

/// Each sent message's signature is checked for integrity and signer identity [seed p7, p14].
fn check_signature(
    builder_anchors: &[TrustAnchor<'_>],
    (application, covering): (&ApplicationRequest<'_, '_>, Option<SignatureForm>),
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
    if covering.is_some_and(|covering| covering != form) {
        return Err(Refusal::message(
            Finding::Signature,
            "the signature covers something else than it has to",
        ));
    }
    inspection.passed("signature-digest");

    let intermediates: Vec<_> = chain
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    signer
        .check_signer(builder_anchors, &intermediates)
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
    if is_xml(&application.content_format) {
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

/// Customs' one rule about `xsi:schemaLocation`: it may be there, and nobody fetches what it names, but it must be
/// pairs of a namespace and a location. A lone URI is refused (notices of 8.9.2017 and 18.11.2021, in force since
/// 15.12.2021).
fn check_locations(finding: Finding, document: &Document<'_>) -> Result<(), Refusal> {
    let all_paired = document
        .descendants()
        .filter_map(|element| element.attribute((SCHEMA_INSTANCE, "schemaLocation")))
        .all(|value| value.split_ascii_whitespace().count().is_multiple_of(2));
    all_paired.then_some(()).ok_or_else(|| {
        let reason =
            "the document has an xsi:schemaLocation that is not pairs of namespace and location";
        Refusal::message(finding, reason)
    })
}

const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

fn unreadable(finding: Finding) -> impl Fn(XmlError) -> Refusal {
    move |error| Refusal::message(finding, format!("the document {error}"))
}

/// The values of ContentFormat are not known; media types are the likeliest.
fn is_xml(content_format: &str) -> bool {
    let format = content_format.to_ascii_lowercase();
    matches!(format.as_str(), "xml" | "text/xml" | "application/xml") || format.ends_with("+xml")
}

fn receipt(application: &ApplicationRequest<'_, '_>, payload: &Payload) -> Receipt {
    let builder = application.builder.as_str();
    Receipt {
        // Made from the message, so that the same traffic gives the same ids.
        storage_id: storage_id(&format!(
            "{builder} {} {}",
            application.reference,
            payload.sha256()
        )),
        declarant: application.declarant.as_str().to_owned(),
        builder: builder.to_owned(),
        application: application.application.clone(),
        reference: application.reference.clone(),
        content_format: application.content_format.clone(),
    }
}
