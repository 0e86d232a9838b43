//! A client that knows no more HTTP than it must.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_pki_types::PrivateKeyDer;

use super::super::CustomsSimulator;
use super::identity::Identity;
use super::world;
use crate::Simulator;

pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Reply {
    /// The text of ResponseCode, or of `code` in a fault.
    pub(super) fn code(&self) -> String {
        let document = roxmltree::Document::parse(&self.body).unwrap();
        let is_code = |node: &roxmltree::Node<'_, '_>| {
            matches!(node.tag_name().name(), "ResponseCode" | "code")
        };
        let code = document.descendants().find(is_code).unwrap();
        code.text().unwrap_or_default().to_owned()
    }
}

impl Reply {
    /// The texts of all elements of this local name, in the order of the document.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
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
    let (received, error) = raw(customs, client, request)?;
    // Nothing is lost on a close without notice: the length is checked below.
    match error {
        Some(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    let text = String::from_utf8(received).unwrap();
    let (head, body) = text
        .split_once("\r\n\r\n")
        .ok_or(std::io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok(Reply {
        status,
        head: head.to_ascii_lowercase(),
        body: body.to_owned(),
    })
}

/// The same, but gives whatever came before the connection ended, and how it ended if not in order.
pub(super) fn raw(
    customs: &CustomsSimulator,
    client: Option<&Identity>,
    request: &str,
) -> std::io::Result<(Vec<u8>, Option<std::io::Error>)> {
    let mut stream = connect(customs, client)?;
    stream.write_all(request.as_bytes())?;
    stream.flush()?;
    let mut received = Vec::new();
    let error = stream.read_to_end(&mut received).err();
    Ok((received, error))
}

pub(super) fn connect(
    customs: &CustomsSimulator,
    client: Option<&Identity>,
) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut servers = RootCertStore::empty();
    let anchor = world().client_authority.der().to_vec();
    servers.add(anchor.into()).unwrap();
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(servers);
    let config = match client {
        Some(identity) => builder
            .with_client_auth_cert(
                vec![identity.certificate.der().clone()],
                PrivateKeyDer::try_from(identity.key.serialize_der()).unwrap(),
            )
            .unwrap(),
        None => builder.with_no_client_auth(),
    };
    let name = "localhost".try_into().unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    Ok(StreamOwned::new(
        connection,
        TcpStream::connect(customs.address())?,
    ))
}
