// SPDX-License-Identifier: Apache-2.0
//! A client that says what it is told to.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::{DOMAIN, PATIENCE, world};
use crate::Simulator;
use crate::suomifi_mail::MailRelaySimulator;
use crate::tls::{self, Identity, provider};

trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

pub(super) struct Client {
    /// Gone while it turns into one with TLS.
    stream: Option<Box<dyn Stream>>,
    pub(super) greeting: String,
}

impl Client {
    /// Connects without TLS and hears the greeting, which is empty if there is none.
    pub(super) fn connect(relay: &MailRelaySimulator) -> Self {
        let socket = TcpStream::connect(relay.address()).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut client = Self {
            stream: Some(Box::new(socket)),
            greeting: String::new(),
        };
        client.greeting = client.reply();
        client
    }

    /// Connects with TLS from the start.
    pub(super) fn connect_tls(relay: &MailRelaySimulator) -> Self {
        let socket = TcpStream::connect(relay.address()).unwrap();
        let stream = Some(Box::new(tls_stream(socket, None).unwrap()) as Box<dyn Stream>);
        let mut client = Self {
            stream,
            greeting: String::new(),
        };
        client.greeting = client.reply();
        client
    }

    /// Connects, says EHLO and STARTTLS, and shakes hands; the error of the handshake.
    pub(super) fn start_tls(
        relay: &MailRelaySimulator,
        identity: Option<Identity>,
    ) -> std::io::Result<Self> {
        let mut client = Self::connect(relay);
        assert!(client.say("EHLO a").contains("STARTTLS\r\n"));
        assert!(client.say("STARTTLS").starts_with("220 "));
        let stream = client.stream.take().unwrap();
        client.stream = Some(Box::new(tls_stream(stream, identity)?));
        Ok(client)
    }

    pub(super) fn write(&mut self, octets: &[u8]) {
        // A relay that has hung up is found out by its silence.
        let _ = self.stream.as_mut().unwrap().write_all(octets);
    }

    /// Says a line; the reply, with its line ends.
    pub(super) fn say(&mut self, line: &str) -> String {
        self.write(format!("{line}\r\n").as_bytes());
        self.reply()
    }

    /// A reply; empty when the connection ends instead.
    pub(super) fn reply(&mut self) -> String {
        let mut reply = Vec::new();
        let mut octet = [0];
        loop {
            match self.stream.as_mut().unwrap().read(&mut octet) {
                Ok(1) => reply.push(octet[0]),
                _ => return String::new(),
            }
            let text = String::from_utf8_lossy(&reply);
            let last = text
                .strip_suffix("\r\n")
                .map(|text| text.rsplit("\r\n").next().unwrap_or_default());
            if last.is_some_and(|last| last.as_bytes().get(3) != Some(&b'-')) {
                return text.into_owned();
            }
        }
    }

    /// Up to where DATA follows.
    pub(super) fn begin(&mut self, recipient: &str) {
        for (line, code) in [
            ("EHLO kunta.example".to_owned(), "250"),
            (format!("MAIL FROM:<kirjaamo@{DOMAIN}>"), "250"),
            (format!("RCPT TO:<{recipient}>"), "250"),
        ] {
            let reply = self.say(&line);
            assert!(reply.starts_with(code), "{line}: {reply}");
        }
    }

    /// DATA and the content, its dots doubled.
    pub(super) fn content(&mut self, mail: &str) -> String {
        let stuffed = format!("\r\n{mail}").replace("\r\n.", "\r\n..");
        self.raw_content(
            format!(
                "{}\r\n.\r\n",
                stuffed.trim_start_matches("\r\n").trim_end_matches("\r\n")
            )
            .as_bytes(),
        )
    }

    /// DATA and these octets.
    pub(super) fn raw_content(&mut self, octets: &[u8]) -> String {
        let reply = self.say("DATA");
        assert!(reply.starts_with("354"), "{reply}");
        self.write(octets);
        self.reply()
    }
}

fn tls_stream<S: Read + Write>(
    stream: S,
    identity: Option<Identity>,
) -> std::io::Result<StreamOwned<ClientConnection, S>> {
    let servers = tls::anchors(&world().authority.pem(), "anchors").unwrap();
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(servers);
    let config = match identity {
        Some(Identity { chain, key, .. }) => builder.with_client_auth_cert(chain, key).unwrap(),
        None => builder.with_no_client_auth(),
    };
    let connection =
        ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(connection, stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(stream)
}
