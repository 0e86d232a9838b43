//! A customer's notification service that knows no more HTTP than it must.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver as Inbox, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::PrivateKeyDer;

use super::super::{NotifySetup, SoapVersion};
use super::world;

/// What came in.
pub(super) struct Call {
    pub(super) head: String,
    pub(super) body: String,
    /// The leaf that the caller showed.
    pub(super) client: Vec<u8>,
}

/// Listens until the process ends; every call gets the same answer.
pub(super) struct Receiver {
    port: u16,
    calls: Inbox<Call>,
    answer: Arc<Mutex<String>>,
}

impl Receiver {
    /// `answer` is a whole HTTP answer; an empty one closes the connection without a word.
    pub(super) fn start(answer: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, calls) = channel();
        let answer = Arc::new(Mutex::new(answer.to_owned()));
        let shared = answer.clone();
        std::thread::spawn(move || serve(&listener, &shared, &sender));
        Self {
            port,
            calls,
            answer,
        }
    }

    pub(super) fn answer_with(&self, answer: &str) {
        answer.clone_into(&mut self.answer.lock().unwrap());
    }

    pub(super) fn setup(&self, soap_version: SoapVersion) -> NotifySetup {
        let world = world();
        let mut setup = NotifySetup::new(
            format!("https://localhost:{}/notify?of=customs", self.port),
            world.client_authority.pem(),
            world.customs.certificate_pem(),
            world.customs.key_pem(),
        );
        setup.soap_version = soap_version;
        setup.timeout = Duration::from_secs(5);
        setup
    }

    /// The next call, which has to come soon.
    pub(super) fn call(&self) -> Call {
        self.calls.recv_timeout(Duration::from_secs(10)).unwrap()
    }

    /// Whether a call comes within this time.
    pub(super) fn is_called_within(&self, time: Duration) -> bool {
        self.calls.recv_timeout(time).is_ok()
    }
}

/// An answer with status 200.
pub(super) fn http(content_type: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn serve(listener: &TcpListener, answer: &Mutex<String>, calls: &Sender<Call>) {
    let config = config();
    for stream in listener.incoming() {
        let connection = ServerConnection::new(config.clone()).unwrap();
        let mut stream = BufReader::new(StreamOwned::new(connection, stream.unwrap()));
        let Ok(call) = read(&mut stream) else {
            continue;
        };
        if calls.send(call).is_err() {
            return;
        }
        let answer = answer.lock().unwrap().clone();
        let stream = stream.get_mut();
        stream.write_all(answer.as_bytes()).unwrap();
        stream.conn.send_close_notify();
        let _ = stream.flush();
    }
}

fn read(
    stream: &mut BufReader<StreamOwned<ServerConnection, std::net::TcpStream>>,
) -> std::io::Result<Call> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let head = head.to_ascii_lowercase();
    let (_, length) = head.split_once("content-length: ").unwrap();
    let mut body = vec![0; length.lines().next().unwrap().parse().unwrap()];
    stream.read_exact(&mut body)?;
    let client = stream.get_ref().conn.peer_certificates().unwrap();
    Ok(Call {
        client: client[0].to_vec(),
        body: String::from_utf8(body).unwrap(),
        head,
    })
}

fn config() -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let world = world();
    let mut clients = RootCertStore::empty();
    clients
        .add(world.client_authority.der().to_vec().into())
        .unwrap();
    let verifier =
        WebPkiClientVerifier::builder_with_provider(clients.into(), provider.clone()).build();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.unwrap())
        .with_single_cert(
            vec![world.server.certificate.der().clone()],
            PrivateKeyDer::try_from(world.server.key.serialize_der()).unwrap(),
        );
    Arc::new(config.unwrap())
}
