//! A customer's client.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::super::{Credential, VeroSimulator};
use super::{Receiver, SECRET, world};
use crate::Simulator;
use crate::tls::{self, Identity, provider};

pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

/// Asks for a path as the customer.
pub(super) fn get(vero: &VeroSimulator, path: &str) -> Reply {
    call(vero, "GET", path, "").unwrap()
}

/// Posts JSON as the customer.
pub(super) fn post(vero: &VeroSimulator, path: &str, body: &str) -> Reply {
    call(vero, "POST", path, body).unwrap()
}

/// A right call of RegisterPush.
pub(super) fn register(vero: &VeroSimulator, receiver: &Receiver) -> Reply {
    post(vero, "/RegisterPush", &registration(&receiver.url()))
}

pub(super) fn registration(url: &str) -> String {
    format!("{{\"callbackURL\": \"{url}\", \"callbackSecret\": \"{SECRET}\"}}")
}

fn call(vero: &VeroSimulator, method: &str, path: &str, body: &str) -> std::io::Result<Reply> {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    exchange(vero, Some(&world().customer), &request)
}

/// Sends these bytes and reads until the server closes.
pub(super) fn exchange(
    vero: &VeroSimulator,
    client: Option<&Credential>,
    request: &str,
) -> std::io::Result<Reply> {
    let mut servers = RootCertStore::empty();
    for anchor in tls::certificates(&world().vero_authority.pem(), "anchors").unwrap() {
        servers.add(anchor).unwrap();
    }
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(servers);
    let config = match client {
        Some(client) => {
            let Identity { chain, key, .. } = client.identity();
            builder.with_client_auth_cert(chain, key).unwrap()
        }
        None => builder.with_no_client_auth(),
    };
    let name = "localhost".try_into().unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(connection, TcpStream::connect(vero.address())?);
    stream.write_all(request.as_bytes())?;
    let mut received = Vec::new();
    match stream.read_to_end(&mut received) {
        Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    let text = String::from_utf8(received).unwrap();
    let (head, body) = text
        .split_once("\r\n\r\n")
        .ok_or(std::io::ErrorKind::UnexpectedEof)?;
    Ok(Reply {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_ascii_lowercase(),
        body: body.to_owned(),
    })
}
