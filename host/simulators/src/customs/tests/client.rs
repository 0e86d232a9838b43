// SPDX-License-Identifier: Apache-2.0
//! A customer's client, as Customs wants it.

use super::super::CustomsSimulator;
use super::world;
use crate::Simulator;
use crate::peers::authority::Identity;
pub(super) use crate::peers::client::Reply;
use crate::peers::client::{self, Connection};

impl Reply {
    /// The text of ResponseCode, or of `code` in a fault.
    pub(in crate::customs) fn code(&self) -> String {
        let document = roxmltree::Document::parse(&self.body).unwrap();
        let is_code = |node: &roxmltree::Node<'_, '_>| {
            matches!(node.tag_name().name(), "ResponseCode" | "code")
        };
        let code = document.descendants().find(is_code).unwrap();
        code.text().unwrap_or_default().to_owned()
    }

    /// The texts of all elements of this local name, in the order of the document.
    pub(in crate::customs) fn texts(&self, name: &str) -> Vec<String> {
        texts(&self.body, name)
    }
}

/// The same of any document.
pub(super) fn texts(document: &str, name: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(document).unwrap();
    document
        .descendants()
        .filter(|node| node.is_element() && node.tag_name().name() == name)
        .map(|node| node.text().unwrap_or_default().to_owned())
        .collect()
}

/// Posts a SOAP message as the service wants it.
pub(super) fn upload(customs: &CustomsSimulator, client: &Identity, soap: &str) -> Reply {
    let head = head(customs, soap.len());
    exchange(customs, Some(client), &format!("{head}{soap}")).unwrap()
}

/// A right head for a body of this length.
pub(super) fn head(customs: &CustomsSimulator, length: usize) -> String {
    let path = customs
        .url()
        .split_once("localhost:")
        .unwrap()
        .1
        .split_once('/')
        .unwrap()
        .1
        .to_owned();
    format!(
        "POST /{path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\n\
         SOAPAction: \"\"\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )
}

/// Sends these bytes and reads until the server closes.
pub(super) fn exchange(
    customs: &CustomsSimulator,
    client: Option<&Identity>,
    request: &str,
) -> std::io::Result<Reply> {
    client::exchange(connect(customs, client)?, request)
}

/// The same, but gives whatever came before the connection ended, and how it ended if not in order.
pub(super) fn raw(
    customs: &CustomsSimulator,
    client: Option<&Identity>,
    request: &str,
) -> std::io::Result<(Vec<u8>, Option<std::io::Error>)> {
    client::raw(connect(customs, client)?, request)
}

pub(super) fn connect(
    customs: &CustomsSimulator,
    client: Option<&Identity>,
) -> std::io::Result<Connection> {
    let anchors = world().client_authority.pem();
    client::connect(customs.address(), &anchors, client.map(Identity::tls))
}
