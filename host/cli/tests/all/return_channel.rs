// SPDX-License-Identifier: Apache-2.0
//! A return channel of Suomi.fi messages that takes every message from everybody, and tells what came.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        mpsc::{Receiver as Inbox, channel},
    },
    thread,
    time::Duration,
};

use roxmltree::Document;
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// Namespace of everything in a Body.
const ASIOINTITILI: &str = "http://www.suomi.fi/asiointitili";

/// Listens until the process ends.
pub(crate) struct ReturnChannel {
    port: u16,
    calls: Inbox<Call>,
}

/// What came in.
pub(crate) struct Call {
    /// Up to the empty line.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl ReturnChannel {
    /// Shows this certificate, PEM as its key.
    pub(crate) fn start(certificate: &[u8], key: &[u8]) -> Self {
        let config = config(certificate, key);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, calls) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = ServerConnection::new(config.clone()).unwrap();
                let mut stream = StreamOwned::new(connection, stream.unwrap());
                // A caller that does not trust this server has no request.
                let Some(call) = read(&mut stream) else {
                    continue;
                };
                stream.write_all(answer(&call.body).as_bytes()).unwrap();
                stream.conn.send_close_notify();
                let _ = stream.flush();
                if sender.send(call).is_err() {
                    return;
                }
            }
        });
        Self { port, calls }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}/suomifi", self.port)
    }

    /// The next call, which has to come soon.
    pub(crate) fn call(&self) -> Call {
        self.calls.recv_timeout(Duration::from_secs(60)).unwrap()
    }
}

/// By Content-Length, which every client here sends.
fn read(stream: &mut StreamOwned<ServerConnection, TcpStream>) -> Option<Call> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 65_536];
    loop {
        let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let lower = head.to_ascii_lowercase();
        let (_, length) = lower.split_once("content-length: ").unwrap();
        let length: usize = length.lines().next().unwrap().parse().unwrap();
        if bytes.len() >= end + 4 + length {
            let body = String::from_utf8(bytes.split_off(end + 4)).unwrap();
            return Some(Call { head, body });
        }
    }
}

/// Everything is stored.
fn answer(body: &str) -> String {
    let document = Document::parse(body).unwrap();
    let named = |name: &'static str| {
        let all = document.descendants();
        all.filter(move |node| node.has_tag_name((ASIOINTITILI, name)))
    };
    let kohteet: Vec<String> = named("AsiointitiliTunniste")
        .map(|id| {
            let id = id.text().unwrap();
            format!(
                "<Kohde><AsiointitiliTunniste>{id}</AsiointitiliTunniste><KohteenTila>200</KohteenTila></Kohde>"
            )
        })
        .collect();
    let (operation, rest) = match named("VieKohteita").next() {
        Some(_) => (
            "VieKohteita",
            format!(
                "<KohdeMaara>{}</KohdeMaara><Kohteet>{}</Kohteet>",
                kohteet.len(),
                kohteet.concat()
            ),
        ),
        None => ("VieKohdeTiloja", String::new()),
    };
    let body = format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
         <{operation}Response xmlns=\"{ASIOINTITILI}\"><{operation}Result>\
         <TilaKoodi><TilaKoodi>0</TilaKoodi></TilaKoodi>{rest}</{operation}Result></{operation}Response></s:Body></s:Envelope>"
    );
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn config(certificate: &[u8], key: &[u8]) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let certificate = CertificateDer::from_pem_slice(certificate).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    Arc::new(config.unwrap())
}
