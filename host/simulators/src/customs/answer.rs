//! The answers, SOAP 1.1.
//!
//! Prefixes are not the ones a sender uses, and the envelope's differ from the operation's: Customs
//! announced in 2017 that prefixes in its answers may change at any time.

use hyper::StatusCode;

use super::service::Service;
use super::setup::ResponseCode;
use super::soap::ENVELOPE_NAMESPACE;
use super::upload::{self, Receipt};
use crate::xml::escape;

/// Code and text of an unexpected error, in the detail of a fault [seed p12].
pub(super) const FAULT_CODE: &str = "999";
const FAULT_TEXT: &str = "Unexpected error";

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            body: String::new(),
        }
    }
}

/// Upload went well: ResponseHeader and MessageInformation (table 1 [seed p17–18]).
pub(super) fn uploaded(service: &Service, receipt: &Receipt) -> Answer {
    let wire = &service.wire;
    let information: String = [
        (&wire.message_storage_id, &receipt.storage_id),
        (&wire.declarant_business_id, &receipt.declarant),
        (&wire.message_builder_business_id, &receipt.builder),
        (&wire.application, &receipt.application),
        (&wire.reference, &receipt.reference),
        (&wire.timestamp, &now()),
        (&wire.content_format, &receipt.content_format),
        (&wire.message_status, &wire.accepted_status),
    ]
    .into_iter()
    .map(|(name, value)| element(name, value))
    .collect();
    let information = format!("<ns2:MessageInformation>{information}</ns2:MessageInformation>");
    operation(
        service,
        upload::RESPONSE,
        &service.codes.accepted,
        &information,
    )
}

/// A refusal with a code: nothing but the ResponseHeader.
pub(super) fn refused(service: &Service, response: &str, code: &ResponseCode) -> Answer {
    operation(service, response, code, "")
}

/// A fault with HTTP 500 (guide 2015 p. 12; the detail's wrapper is a guess).
pub(super) fn fault(service: &Service) -> Answer {
    let namespace = escape(&service.wire.service_namespace);
    let body = format!(
        "<env:Fault><faultcode>env:Server</faultcode><faultstring>{FAULT_TEXT}</faultstring>\
         <detail><ns3:ErrorDetail xmlns:ns3=\"{namespace}\"><ns3:code>{FAULT_CODE}</ns3:code>\
         <ns3:text>{FAULT_TEXT}</ns3:text></ns3:ErrorDetail></detail></env:Fault>"
    );
    envelope(StatusCode::INTERNAL_SERVER_ERROR, &body)
}

fn operation(service: &Service, response: &str, code: &ResponseCode, rest: &str) -> Answer {
    let namespace = escape(&service.wire.service_namespace);
    let header: String = [
        ("ResponseCode", code.code.as_str()),
        ("ResponseText", code.text.as_str()),
        (service.wire.timestamp.as_str(), now().as_str()),
    ]
    .into_iter()
    .map(|(name, value)| element(name, value))
    .collect();
    let body = format!(
        "<ns2:{response} xmlns:ns2=\"{namespace}\"><ns2:ResponseHeader>{header}</ns2:ResponseHeader>{rest}</ns2:{response}>"
    );
    envelope(StatusCode::OK, &body)
}

fn envelope(status: StatusCode, body: &str) -> Answer {
    Answer {
        status,
        body: format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <env:Envelope xmlns:env=\"{ENVELOPE_NAMESPACE}\"><env:Header/><env:Body>{body}</env:Body></env:Envelope>"
        ),
    }
}

fn element(name: &str, value: &str) -> String {
    format!("<ns2:{name}>{}</ns2:{name}>", escape(value))
}

fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}
