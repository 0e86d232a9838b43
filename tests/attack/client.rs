// SPDX-License-Identifier: Apache-2.0
//! Connections to the program, from any address of loopback.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream},
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, SignatureScheme, StreamOwned,
    client::ResolvesClientCert,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};
use socket2::{Domain, Socket, Type};

use crate::program::Program;

/// No answer takes as long.
const PATIENCE: Duration = Duration::from_secs(30);

/// The address of a stranger, one of two hundred.
pub(crate) fn stranger(number: usize) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, 2 + (number % 200) as u8)
}

/// The address of honest callers.
pub(crate) const HONEST: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// A TCP connection from an address.
pub(crate) fn connect(from: Ipv4Addr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from(SocketAddrV4::new(from, 0)).into())?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.connect_timeout(&to.into(), PATIENCE)?;
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// How a client shakes hands.
#[derive(Clone)]
pub(crate) struct Client(Arc<ClientConfig>);

impl Client {
    /// Shows what `chain` holds, signed for with the key in `key`; nothing without a key.
    pub(crate) fn new(
        program: &Program,
        chain: Vec<CertificateDer<'static>>,
        key: Option<&str>,
    ) -> Self {
        let mut anchors = RootCertStore::empty();
        let authority = std::fs::read(program.path("pki/ca.pem")).unwrap();
        anchors
            .add(CertificateDer::from_pem_slice(&authority).unwrap())
            .unwrap();
        let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(anchors);
        let mut config = match key {
            None => config.with_no_client_auth(),
            Some(key) => {
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                let key = aws_lc_rs::sign::any_supported_type(&key).unwrap();
                config.with_client_cert_resolver(Arc::new(Shown(Arc::new(CertifiedKey::new(
                    chain, key,
                )))))
            }
        };
        // Each handshake is a whole one.
        config.resumption = rustls::client::Resumption::disabled();
        Self(Arc::new(config))
    }

    /// Customs, with the certificate that `silta init` makes for it.
    pub(crate) fn customs(program: &Program) -> Self {
        let read = |name: &str| std::fs::read_to_string(program.path(name)).unwrap();
        let chain =
            CertificateDer::from_pem_slice(read("pki/customs-signing.pem").as_bytes()).unwrap();
        Self::new(
            program,
            vec![chain],
            Some(&read("pki/customs-signing.key.pem")),
        )
    }

    /// Connects and shakes hands.
    pub(crate) fn connect(&self, from: Ipv4Addr, to: SocketAddr) -> io::Result<Connection> {
        let mut socket = connect(from, to)?;
        let name = "localhost".try_into().unwrap();
        let mut tls = ClientConnection::new(Arc::clone(&self.0), name).map_err(io::Error::other)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut socket)?;
        }
        Ok(Connection(BufReader::new(StreamOwned::new(tls, socket))))
    }
}

/// Shows a certificate whatever the server asks for.
#[derive(Debug)]
struct Shown(Arc<CertifiedKey>);

impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// A connection past its handshake.
pub(crate) struct Connection(BufReader<StreamOwned<ClientConnection, TcpStream>>);

impl Connection {
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)?;
        self.0.get_mut().flush()
    }

    /// The next answer, which is read whole.
    pub(crate) fn answer(&mut self) -> io::Result<Answer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            if self.0.read_until(b'\n', &mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let mut answer = Answer {
            status: status.ok_or(io::ErrorKind::InvalidData)?,
            head,
            body: Vec::new(),
        };
        let length = answer.field("content-length");
        let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
        answer.body.resize(length, 0);
        self.0.read_exact(&mut answer.body)?;
        Ok(answer)
    }

    /// The status of the next answer.
    pub(crate) fn status(&mut self) -> io::Result<u16> {
        Ok(self.answer()?.status)
    }

    pub(crate) fn call(&mut self, bytes: &[u8]) -> io::Result<u16> {
        self.send(bytes)?;
        self.status()
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In lower case.
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The value of a header field, by its name in lower case.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}
