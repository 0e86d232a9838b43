// SPDX-License-Identifier: Apache-2.0
//! A customer's client.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::tls::{self, Identity, provider};

/// A connection that is being made.
pub(crate) type Connection = StreamOwned<ClientConnection, TcpStream>;

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Connects to a server under these anchors.
pub(crate) fn connect(
    address: SocketAddr,
    anchors: &str,
    client: Option<Identity>,
) -> Result<Connection> {
    let servers = tls::anchors(anchors, "anchors").unwrap();
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(servers);
    let config = match client {
        Some(Identity { chain, key, .. }) => builder.with_client_auth_cert(chain, key).unwrap(),
        None => builder.with_no_client_auth(),
    };
    let name = "localhost".try_into().unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    Ok(StreamOwned::new(connection, TcpStream::connect(address)?))
}

/// Sends these bytes; whatever came before the connection ended, and how it ended if not in order.
pub(crate) fn raw(mut stream: Connection, request: &str) -> Result<(Vec<u8>, Option<Error>)> {
    stream.write_all(request.as_bytes())?;
    stream.flush()?;
    let mut received = Vec::new();
    let error = stream.read_to_end(&mut received).err();
    Ok((received, error))
}

/// Sends these bytes and reads until the server closes.
pub(crate) fn exchange(stream: Connection, request: &str) -> Result<Reply> {
    let (received, error) = raw(stream, request)?;
    // Nothing is lost on a close without notice: an answer that is not whole is none below.
    match error {
        Some(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    let text = String::from_utf8(received).unwrap();
    let (head, body) = text
        .split_once("\r\n\r\n")
        .ok_or(ErrorKind::UnexpectedEof)?;
    Ok(Reply {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_ascii_lowercase(),
        body: body.to_owned(),
    })
}
