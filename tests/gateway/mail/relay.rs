// SPDX-License-Identifier: Apache-2.0
//! A relay that sends bytes as it likes.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};

use super::super::{client::Shown, scene::server};
use crate::support::keys::Pair;

/// No reply takes as long; a test that waits so long has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A connection within TLS.
pub(super) type Secured = Relay<StreamOwned<ClientConnection, TcpStream>>;

/// Whatever is given here as a certificate, with the key of a pair.
pub(super) fn certified(chain: Vec<CertificateDer<'static>>, pair: &Pair) -> CertifiedKey {
    let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
    CertifiedKey::new(chain, aws_lc_rs::sign::any_supported_type(&key).unwrap())
}

/// A connection, read line by line.
pub(super) struct Relay<S: Read + Write> {
    stream: BufReader<S>,
}

impl Relay<TcpStream> {
    /// Connects, and reads the greeting.
    pub(super) fn connect(address: SocketAddr) -> Self {
        let mut relay = Self::without_greeting(address);
        let greeting = relay.reply();
        assert!(greeting.starts_with("220 "), "{greeting}");
        relay
    }

    pub(super) fn without_greeting(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self {
            stream: BufReader::new(stream),
        }
    }

    /// Connects, and says EHLO.
    pub(super) fn greeted(address: SocketAddr) -> Self {
        let mut relay = Self::connect(address);
        let reply = relay.command("EHLO relay.example");
        assert!(reply.starts_with("250-"), "{reply}");
        relay
    }

    /// Shakes hands, after STARTTLS was agreed upon.
    pub(super) fn secure(self, client: Option<&Pair>) -> Secured {
        let identity = client.map(|pair| {
            let chain = CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap();
            certified(vec![chain], pair)
        });
        self.secure_as(server(), identity)
    }

    /// The same with a server of another certificate, showing whatever is given here.
    pub(super) fn secure_as(self, server: &Pair, identity: Option<CertifiedKey>) -> Secured {
        assert_eq!(self.stream.buffer(), b"");
        let mut anchors = RootCertStore::empty();
        let own = CertificateDer::from_pem_slice(server.certificate.as_bytes()).unwrap();
        anchors.add(own).unwrap();
        let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(anchors);
        let config = match identity {
            None => config.with_no_client_auth(),
            Some(identity) => config.with_client_cert_resolver(Arc::new(Shown(identity.into()))),
        };
        let name = "localhost".try_into().unwrap();
        let mut tls = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut socket = self.stream.into_inner();
        while tls.is_handshaking() {
            tls.complete_io(&mut socket).unwrap();
        }
        Relay {
            stream: BufReader::new(StreamOwned::new(tls, socket)),
        }
    }

    pub(super) fn says_no_more(&self) {
        self.stream.get_ref().shutdown(Shutdown::Write).unwrap();
    }
}

impl<S: Read + Write> Relay<S> {
    pub(super) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.get_mut().write_all(bytes.as_ref()).unwrap();
        self.stream.get_mut().flush().unwrap();
    }

    /// One reply, all its lines.
    #[track_caller]
    pub(super) fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let mut line = String::new();
            let read = self.stream.read_line(&mut line).unwrap();
            assert!(read > 0, "the connection ended after {reply:?}");
            assert!(line.ends_with("\r\n"), "{line:?}");
            let is_last = line.as_bytes().get(3) != Some(&b'-');
            reply += &line;
            if is_last {
                return reply.trim_end().to_owned();
            }
        }
    }

    /// The reply to a command.
    #[track_caller]
    pub(super) fn command(&mut self, line: &str) -> String {
        self.send(format!("{line}\r\n"));
        self.reply()
    }

    /// Code and enhanced code of the reply to a command.
    #[track_caller]
    pub(super) fn codes(&mut self, line: &str) -> String {
        let reply = self.command(line);
        reply.split(' ').take(2).collect::<Vec<_>>().join(" ")
    }

    /// Sends a mail; the reply to its content.
    #[track_caller]
    pub(super) fn mail(&mut self, sender: &str, recipient: &str, content: &str) -> String {
        self.begin(sender, &[recipient]);
        self.command(&format!("{content}\r\n."))
    }

    /// Says all of a mail but its content.
    #[track_caller]
    pub(super) fn begin(&mut self, sender: &str, recipients: &[&str]) {
        let reply = self.command(&format!("MAIL FROM:<{sender}>"));
        assert!(reply.starts_with("250 "), "{reply}");
        for recipient in recipients {
            let reply = self.command(&format!("RCPT TO:<{recipient}>"));
            assert!(reply.starts_with("250 "), "{reply}");
        }
        let reply = self.command("DATA");
        assert!(reply.starts_with("354 "), "{reply}");
    }

    /// Whether the server says nothing more and closes the connection.
    #[track_caller]
    pub(super) fn ends(&mut self) {
        let mut rest = Vec::new();
        let ended = self.stream.read_to_end(&mut rest);
        assert!(ended.is_ok() || rest.is_empty(), "{ended:?}");
        assert_eq!(String::from_utf8_lossy(&rest), "");
    }
}
