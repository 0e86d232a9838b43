// SPDX-License-Identifier: Apache-2.0
//! A TLS client that sends bytes as it likes.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
    client::ResolvesClientCert,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::{CertifiedKey, SigningKey},
    version::{TLS12, TLS13},
};
use serde_json::Value;

use crate::support::keys::Pair;

/// No answer takes as long; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// How a client connects.
#[derive(Clone)]
pub(crate) struct Client {
    server: Pair,
    version: &'static SupportedProtocolVersion,
    identity: Option<Arc<CertifiedKey>>,
}

impl Client {
    /// A client without a certificate that trusts a server's.
    pub(crate) fn trusting(server: &Pair) -> Self {
        Self {
            server: server.clone(),
            version: &TLS13,
            identity: None,
        }
    }

    pub(crate) fn with_tls_1_2(self) -> Self {
        let version = &TLS12;
        Self { version, ..self }
    }

    /// Shows these certificates, and signs with this key, whether it is the right one or not.
    pub(crate) fn showing(self, chain: &[&Pair], key: &Pair) -> Self {
        let chain = chain.iter().map(|pair| der(pair)).collect();
        let key = PrivateKeyDer::from_pem_slice(key.key.as_bytes()).unwrap();
        self.signing(chain, aws_lc_rs::sign::any_supported_type(&key).unwrap())
    }

    /// Shows whatever is given here, and signs as the key does.
    pub(crate) fn signing(
        self,
        chain: Vec<CertificateDer<'static>>,
        key: Arc<dyn SigningKey>,
    ) -> Self {
        let identity = Some(Arc::new(CertifiedKey::new(chain, key)));
        Self { identity, ..self }
    }

    pub(crate) fn connect(&self, address: SocketAddr) -> Connection {
        self.try_connect(address).unwrap()
    }

    /// Connects, and shakes hands as far as a client can tell.
    pub(crate) fn try_connect(&self, address: SocketAddr) -> io::Result<Connection> {
        let mut anchors = RootCertStore::empty();
        anchors.add(der(&self.server)).unwrap();
        let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_protocol_versions(&[self.version])
            .unwrap()
            .with_root_certificates(anchors);
        let config = match &self.identity {
            Some(identity) => config.with_client_cert_resolver(Arc::new(Shown(identity.clone()))),
            None => config.with_no_client_auth(),
        };
        let name = "localhost".try_into().unwrap();
        let mut tls = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.set_write_timeout(Some(PATIENCE))?;
        while tls.is_handshaking() {
            tls.complete_io(&mut socket)?;
        }
        Ok(Connection {
            stream: StreamOwned::new(tls, socket),
        })
    }

    /// One call on a connection of its own.
    pub(crate) fn call(&self, address: SocketAddr, bytes: &[u8]) -> Answer {
        let mut connection = self.connect(address);
        connection.send(bytes);
        connection.answer()
    }
}

fn der(pair: &Pair) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap()
}

/// Shows a certificate whatever the server asks for.
#[derive(Debug)]
pub(crate) struct Shown(pub(crate) Arc<CertifiedKey>);

impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], _: &[rustls::SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// A connection that has been opened.
pub(crate) struct Connection {
    stream: StreamOwned<ClientConnection, TcpStream>,
}

impl Connection {
    #[track_caller]
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).unwrap();
    }

    /// Sends although the server may have closed the connection.
    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// Closes its half of the connection: that of TLS first, or that of TCP alone.
    pub(crate) fn says_no_more(&mut self, with_tls: bool) {
        if with_tls {
            self.stream.conn.send_close_notify();
            self.stream.flush().unwrap();
        }
        self.stream.sock.shutdown(Shutdown::Write).unwrap();
    }

    /// The next answer.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> Answer {
        self.try_answer().unwrap()
    }

    /// The same, of a connection that may be closed instead.
    pub(crate) fn try_answer(&mut self) -> io::Result<Answer> {
        self.answer_to("POST")
    }

    /// The next answer, which has no body when it is one to HEAD.
    pub(crate) fn answer_to(&mut self, method: &str) -> io::Result<Answer> {
        Answer::read(&mut self.stream, method)
    }

    /// Whether nothing comes for a while.
    pub(crate) fn is_silent_for(&mut self, time: Duration) -> bool {
        self.stream.sock.set_read_timeout(Some(time)).unwrap();
        let read = self.stream.read(&mut [0]);
        self.stream.sock.set_read_timeout(Some(PATIENCE)).unwrap();
        matches!(read, Err(error) if error.kind() == io::ErrorKind::WouldBlock || error.kind() == io::ErrorKind::TimedOut)
    }

    /// Waits for the end of the connection, which has to come before any further answer.
    #[track_caller]
    pub(crate) fn ends(&mut self) {
        match self.stream.read(&mut [0]) {
            Ok(0) => {}
            Ok(_) => panic!("there is an answer instead"),
            Err(error) => assert_ne!(error.kind(), io::ErrorKind::WouldBlock, "nothing happens"),
        }
    }
}

/// An HTTP answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The next one of a stream.
    pub(crate) fn read(stream: &mut impl Read, method: &str) -> io::Result<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let mut answer = Self::of(&String::from_utf8(head).unwrap());
        let length = answer
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        if method != "HEAD" {
            answer.body = vec![0; length];
            stream.read_exact(&mut answer.body)?;
        }
        Ok(answer)
    }

    fn of(head: &str) -> Self {
        let mut lines = head.split("\r\n").filter(|line| !line.is_empty());
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_ascii_lowercase(), value.to_owned())
        };
        Self {
            status: status.parse().unwrap(),
            headers: lines.map(header).collect(),
            body: Vec::new(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A call with a body.
pub(crate) fn post(path: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
