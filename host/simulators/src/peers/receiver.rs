// SPDX-License-Identifier: Apache-2.0
//! A customer's receiver that takes everything from everybody, and tells what came.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver as Inbox, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConfig, ServerConnection,
    SignatureScheme, StreamOwned,
};
use rustls_pki_types::{CertificateDer, UnixTime};

use crate::tls::{Identity, provider};

/// What came in.
pub(crate) struct Call {
    /// Up to and with the empty line.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// The leaf that the caller showed.
    pub(crate) client: Option<CertificateDer<'static>>,
    /// In how many pieces it came, and from the first to the last of them in what time.
    pub(crate) pieces: usize,
    pub(crate) took: Duration,
}

impl Call {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn request_line(&self) -> &str {
        self.head.lines().next().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = headers.filter(|(own, _)| own.eq_ignore_ascii_case(name));
        let value = found.next().map(|(_, value)| value);
        assert!(found.next().is_none(), "{name} stands there twice");
        value
    }
}

/// 200 without a body.
pub(crate) const RIGHT: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// Listens until the process ends.
pub(crate) struct Receiver {
    pub(crate) port: u16,
    calls: Inbox<Call>,
    answers: Arc<Mutex<Answers>>,
}

/// Whole HTTP answers; an empty one closes the connection without a word.
#[derive(Default)]
struct Answers {
    /// One each.
    next: VecDeque<String>,
    /// From then on.
    then: String,
}

impl Receiver {
    /// Shows this certificate, and answers with these in turn, then as it has to.
    pub(crate) fn start(identity: Identity, answers: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, calls) = channel();
        let answers = Arc::new(Mutex::new(Answers {
            next: answers.iter().map(|&answer| answer.to_owned()).collect(),
            then: RIGHT.to_owned(),
        }));
        let shared = answers.clone();
        let next = move |_: &Call| {
            let mut answers = shared.lock().unwrap();
            let next = answers.next.pop_front();
            next.unwrap_or_else(|| answers.then.clone())
        };
        std::thread::spawn(move || serve(identity, &listener, next, &sender));
        Self {
            port,
            calls,
            answers,
        }
    }

    /// Shows this certificate, and answers each call with what this makes of it: a whole HTTP answer, or nothing to close the connection.
    pub(crate) fn answering(
        identity: Identity,
        answer: impl FnMut(&Call) -> String + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, calls) = channel();
        std::thread::spawn(move || serve(identity, &listener, answer, &sender));
        Self {
            port,
            calls,
            answers: Arc::default(),
        }
    }

    /// Answers so from now on.
    pub(crate) fn answer_with(&self, answer: &str) {
        answer.clone_into(&mut self.answers.lock().unwrap().then);
    }

    /// The next call, which has to come soon.
    pub(crate) fn call(&self) -> Call {
        self.calls.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    /// Whether all calls so far have been taken, and none follows shortly.
    pub(crate) fn is_left_alone(&self) -> bool {
        !self.is_called_within(Duration::from_millis(100))
    }

    /// Whether a call comes within this time.
    pub(crate) fn is_called_within(&self, time: Duration) -> bool {
        self.calls.recv_timeout(time).is_ok()
    }
}

fn serve(
    identity: Identity,
    listener: &TcpListener,
    mut answer: impl FnMut(&Call) -> String,
    calls: &Sender<Call>,
) {
    let config = config(identity);
    for stream in listener.incoming() {
        let connection = ServerConnection::new(config.clone()).unwrap();
        let mut stream = StreamOwned::new(connection, stream.unwrap());
        // Whoever does not want this server leaves in the handshake.
        let Ok(call) = read(&mut stream) else {
            continue;
        };
        let answer = answer(&call);
        if calls.send(call).is_err() {
            return;
        }
        // A caller may go before it has read everything.
        if stream.write_all(answer.as_bytes()).is_err() {
            continue;
        }
        stream.conn.send_close_notify();
        let _ = stream.flush();
    }
}

fn read(stream: &mut StreamOwned<ServerConnection, TcpStream>) -> std::io::Result<Call> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    let (mut pieces, mut started) = (0, None);
    while !is_whole(&bytes) {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        started.get_or_insert_with(Instant::now);
        pieces += 1;
        bytes.extend_from_slice(&buffer[..read]);
    }
    let body = bytes.split_off(end_of_head(&bytes).unwrap());
    let chain = stream.conn.peer_certificates();
    Ok(Call {
        head: String::from_utf8(bytes).unwrap(),
        body,
        client: chain.map(|chain| chain[0].clone().into_owned()),
        pieces,
        took: started.unwrap().elapsed(),
    })
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    end.map(|at| at + 4)
}

fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = end_of_head(bytes) else {
        return false;
    };
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let head = head.to_ascii_lowercase();
    let length = head.split_once("content-length: ").map_or(0, |(_, rest)| {
        rest.lines().next().unwrap().parse::<usize>().unwrap()
    });
    bytes.len() == end + length
}

fn config(identity: Identity) -> Arc<ServerConfig> {
    let Identity { chain, key, .. } = identity;
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(Arc::new(Anybody))
        .with_single_cert(chain, key);
    Arc::new(config.unwrap())
}

/// Has callers prove that they hold the key of what they show, and lets the test judge what that is.
#[derive(Debug)]
struct Anybody;

impl ClientCertVerifier for Anybody {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = provider().signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, &algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = provider().signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = provider().signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}
