// SPDX-License-Identifier: Apache-2.0
//! Bindings to SOAP.

use std::collections::BTreeMap;

use canonical_xml::{ElementRef, Position};
use xml_schema::QName;

use super::{SoapVersion, named, qualified};

const SOAP_11: &str = "http://schemas.xmlsoap.org/wsdl/soap/";
const SOAP_12: &str = "http://schemas.xmlsoap.org/wsdl/soap12/";

/// How a port type is put into SOAP.
pub(super) struct Binding {
    pub(super) port_type: QName,
    /// By name.
    pub(super) operations: BTreeMap<String, Bound>,
}

/// How an operation is.
pub(super) struct Bound {
    pub(super) version: SoapVersion,
    pub(super) action: String,
    /// Of the request.
    pub(super) headers: Vec<Header>,
    /// Of the answer.
    pub(super) answered: Vec<Header>,
}

/// A part of a message that goes into the header.
pub(super) struct Header {
    pub(super) message: QName,
    pub(super) part: String,
    pub(super) place: (String, Position),
}

impl Binding {
    /// A binding to SOAP; nothing for one to anything else.
    pub(super) fn read(file: &str, binding: ElementRef<'_>) -> Option<Self> {
        let port_type = qualified(binding, "type")?;
        let (_, version) = soap(binding, "binding").next()?;
        let operations = named(binding, "operation").map(|operation| {
            let action = soap(operation, "operation")
                .find_map(|(element, _)| element.attribute("", "soapAction"));
            let bound = Bound {
                version,
                action: action.unwrap_or_default().into_owned(),
                headers: headers(file, operation, "input"),
                answered: headers(file, operation, "output"),
            };
            let name = operation.attribute("", "name").unwrap_or_default();
            (name.into_owned(), bound)
        });
        Some(Self {
            port_type,
            operations: operations.collect(),
        })
    }
}

/// The parts that a binding puts into headers of that direction.
fn headers(file: &str, operation: ElementRef<'_>, direction: &'static str) -> Vec<Header> {
    let headers = named(operation, direction).flat_map(|one| soap(one, "header"));
    let headers = headers.filter_map(|(header, _)| {
        Some(Header {
            message: qualified(header, "message")?,
            part: header.attribute("", "part")?.into_owned(),
            place: (file.to_owned(), header.position()),
        })
    });
    headers.collect()
}

/// The children of that name in either namespace of bindings to SOAP.
fn soap<'d>(
    parent: ElementRef<'d>,
    local: &'static str,
) -> impl Iterator<Item = (ElementRef<'d>, SoapVersion)> + use<'d> {
    parent.children().filter_map(move |child| {
        if child.is(SOAP_11, local) {
            return Some((child, SoapVersion::V11));
        }
        child
            .is(SOAP_12, local)
            .then_some((child, SoapVersion::V12))
    })
}
