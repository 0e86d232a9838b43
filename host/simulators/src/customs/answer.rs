// SPDX-License-Identifier: Apache-2.0
//! The answers, SOAP 1.1.
//!
//! Prefixes are not the ones a sender uses, and the envelope's differ from the operation's: Customs
//! announced in 2017 that prefixes in its answers may change at any time.

use bytes::Bytes;
use hyper::StatusCode;

use super::codes::{FAULT_TEXT, ResponseCode};
use super::operation::Operation;
use super::soap::ENVELOPE_NAMESPACE;
use super::wire::WireNames;
use crate::xml::escape;

/// What SOAP 1.1 travels as (§6).
const TEXT_XML: &str = "text/xml; charset=utf-8";

pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// Left out when the body is empty.
    pub(super) content_type: String,
    pub(super) body: Bytes,
}

impl Answer {
    pub(super) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            content_type: String::new(),
            body: Bytes::new(),
        }
    }
}

/// How an answer is spelled, which must not matter to who reads it.
#[derive(Clone, Copy)]
pub(super) struct Spelling {
    pub(super) envelope: &'static str,
    pub(super) operation: &'static str,
    /// Appended to the service's namespace, which must matter.
    namespace_suffix: &'static str,
}

impl Spelling {
    pub(super) const ORDINARY: Self = Self {
        envelope: "env:",
        operation: "ns2:",
        namespace_suffix: "",
    };
    pub(super) const OTHER_PREFIXES: Self = Self {
        envelope: "SOAP-ENV:",
        operation: "_t.1-a:",
        ..Self::ORDINARY
    };
    pub(super) const NO_PREFIXES: Self = Self {
        envelope: "",
        operation: "",
        ..Self::ORDINARY
    };
    pub(super) const WRONG_NAMESPACE: Self = Self {
        namespace_suffix: "/wrong",
        ..Self::ORDINARY
    };

    /// The attribute that declares this prefix.
    fn declaration(prefix: &str, namespace: &str) -> String {
        let prefix = prefix.trim_end_matches(':');
        let colon = if prefix.is_empty() { "" } else { ":" };
        format!("xmlns{colon}{prefix}=\"{}\"", escape(namespace))
    }
}

/// Lays out answers.
#[derive(Clone, Copy)]
pub(super) struct Writer<'s> {
    pub(super) wire: &'s WireNames,
    pub(super) spelling: Spelling,
}

impl Writer<'_> {
    /// The answer of an operation that carries a code and, after the ResponseHeader, `rest`.
    pub(super) fn operation(
        &self,
        operation: Operation,
        code: &ResponseCode,
        rest: &str,
    ) -> Answer {
        let wire = self.wire;
        let fields = [
            ("ResponseCode", code.code.as_str()),
            ("ResponseText", code.text.as_str()),
            (wire.timestamp.as_str(), now().as_str()),
        ]
        .map(|(name, value)| self.element(name, value))
        .concat();
        let content = self.parent("ResponseHeader", &fields) + rest;
        let (prefix, response) = (self.spelling.operation, operation.response());
        let declaration = Spelling::declaration(prefix, &self.namespace());
        let body = format!("<{prefix}{response} {declaration}>{content}</{prefix}{response}>");
        self.envelope(StatusCode::OK, &body)
    }

    /// A fault with HTTP 500 (guide 2015 p. 12; the detail's wrapper is a guess), or a bare one without any
    /// detail, which the guide tells to expect as well. The spelling is the ordinary one.
    pub(super) fn fault(&self, detail: Option<&ResponseCode>) -> Answer {
        let text = detail.map_or(FAULT_TEXT, |detail| &detail.text);
        let detail = detail.map(|detail| {
            let namespace = escape(&self.wire.service_namespace);
            format!(
                "<detail><ns3:ErrorDetail xmlns:ns3=\"{namespace}\"><ns3:code>{}</ns3:code>\
                 <ns3:text>{}</ns3:text></ns3:ErrorDetail></detail>",
                escape(&detail.code),
                escape(&detail.text)
            )
        });
        let body = format!(
            "<env:Fault><faultcode>env:Server</faultcode><faultstring>{}</faultstring>{}</env:Fault>",
            escape(text),
            detail.unwrap_or_default(),
        );
        let ordinary = Self {
            spelling: Spelling::ORDINARY,
            ..*self
        };
        ordinary.envelope(StatusCode::INTERNAL_SERVER_ERROR, &body)
    }

    /// An element around others.
    pub(super) fn parent(&self, name: &str, content: &str) -> String {
        let prefix = self.spelling.operation;
        format!("<{prefix}{name}>{content}</{prefix}{name}>")
    }

    /// An element with text.
    pub(super) fn element(&self, name: &str, value: &str) -> String {
        self.parent(name, &escape(value))
    }

    /// Elements with text, under a parent.
    pub(super) fn record(&self, name: &str, fields: &[(&str, String)]) -> String {
        let fields: String = fields
            .iter()
            .map(|(name, value)| self.element(name, value))
            .collect();
        self.parent(name, &fields)
    }

    fn namespace(&self) -> String {
        let namespace = &self.wire.service_namespace;
        format!("{namespace}{}", self.spelling.namespace_suffix)
    }

    fn envelope(&self, status: StatusCode, body: &str) -> Answer {
        let prefix = self.spelling.envelope;
        let declaration = Spelling::declaration(prefix, ENVELOPE_NAMESPACE);
        Answer {
            status,
            content_type: TEXT_XML.to_owned(),
            body: Bytes::from(format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                 <{prefix}Envelope {declaration}><{prefix}Header/><{prefix}Body>{body}</{prefix}Body></{prefix}Envelope>"
            )),
        }
    }
}

pub(super) fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}
