// SPDX-License-Identifier: Apache-2.0
//! What the simulated agencies say, recorded, to be said again much faster than they can.
//!
//! A signature takes them longer than the program takes to verify it. So they call an ear first, which writes down what it hears and answers 503; what goes to the
//! program later is that, with numbers of its own where nothing is signed.

use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, mpsc},
    thread,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use silta_simulators::vero::{Environment, Notification};

use crate::{
    agencies::{SUOMIFI_PATH, TULLI_PATH, VERO_PATH, notify_request, suomifi_at, vero_at},
    history::Key,
    program::Program,
};

/// The number of the Tax Administration's notification that is recorded. Others have as many digits.
const RECORDED: u64 = 10_000_001;

/// Calls as they go on the wire.
pub(crate) struct Recorded {
    vero: String,
    suomifi: Vec<(String, Vec<u8>)>,
    /// The same, altered after they had been signed.
    altered: Vec<Vec<u8>>,
    intermediary: String,
    host: String,
}

impl Recorded {
    /// So many messages of Suomi.fi with about so much attached, and one notification of the Tax Administration.
    pub(crate) fn hear(program: &Program, messages: usize, attached: usize) -> Self {
        let ear = Ear::start(program);
        let pusher = vero_at(program, &ear.url(VERO_PATH));
        let key = i64::try_from(RECORDED).unwrap();
        pusher.push(&Notification::new(Environment::Test, key, "TAX_CARD", 1));
        let host = program.url("").replace("https://", "").replace('/', "");
        let vero = ear.heard(&host);
        let vero = String::from_utf8(vero).unwrap();
        assert_eq!(vero.matches(&RECORDED.to_string()).count(), 1, "{vero}");
        let caller = suomifi_at(program, &ear.url(SUOMIFI_PATH), attached);
        let suomifi = caller.generate(messages).into_iter().map(|message| {
            caller.deliver(std::slice::from_ref(&message));
            (message.account_id, ear.heard(&host))
        });
        let suomifi: Vec<_> = suomifi.collect();
        Self {
            vero,
            altered: suomifi.iter().map(|(_, call)| altered(call)).collect(),
            suomifi,
            intermediary: program.intermediary(),
            host,
        }
    }

    /// A notification of the Tax Administration that nobody else makes, if nobody else has its number.
    pub(crate) fn vero(&self, number: u64) -> (Key, Vec<u8>) {
        let number = (RECORDED + 1 + number).to_string();
        let call = self.vero.replace(&RECORDED.to_string(), &number);
        (("vero", number), call.into_bytes())
    }

    /// A notification of Customs, likewise.
    pub(crate) fn tulli(&self, number: u64) -> (Key, Vec<u8>) {
        let body = notify_request(&self.intermediary, number);
        let call = format!(
            "POST /{TULLI_PATH} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/soap+xml; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
            self.host,
            body.len()
        );
        (("tulli", number.to_string()), call.into_bytes())
    }

    /// A message of Suomi.fi, again and again the same ones.
    pub(crate) fn suomifi(&self, number: u64) -> (Key, Vec<u8>) {
        let (id, call) = &self.suomifi[number as usize % self.suomifi.len()];
        (("suomifi-viestit", id.clone()), call.clone())
    }

    /// One that is not as it was signed.
    pub(crate) fn altered(&self, number: u64) -> (Key, Vec<u8>) {
        let number = number as usize % self.suomifi.len();
        let key = ("suomifi-viestit", self.suomifi[number].0.clone());
        (key, self.altered[number].clone())
    }
}

/// A call that says something else than what was signed, in as many bytes.
fn altered(call: &[u8]) -> Vec<u8> {
    let call = String::from_utf8(call.to_vec()).unwrap();
    let altered = call.replacen("Tunnus>viestit<", "Tunnus>viestix<", 1);
    assert_ne!(call, altered);
    altered.into_bytes()
}

/// Hears calls over TLS as the program would, and answers that they may be made again.
struct Ear {
    port: u16,
    heard: mpsc::Receiver<Vec<u8>>,
}

impl Ear {
    fn start(program: &Program) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let chain = CertificateDer::from_pem_slice(program.pem("gateway").as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(program.pem("gateway.key").as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![chain], key)
            .unwrap();
        let config = Arc::new(config);
        let (tell, heard) = mpsc::channel();
        // It waits for another call until the process ends.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let call = hear(stream, &config).unwrap();
                if tell.send(call).is_err() {
                    return;
                }
            }
        });
        Self { port, heard }
    }

    fn url(&self, path: &str) -> String {
        format!("https://localhost:{}/{path}", self.port)
    }

    /// The next call, as it would go to another host.
    fn heard(&self, host: &str) -> Vec<u8> {
        let call = self.heard.recv().unwrap();
        let end = find(&call, b"\r\n\r\n").unwrap();
        let head = String::from_utf8(call[..end].to_vec()).unwrap();
        let own = format!("localhost:{}", self.port);
        let lines = head.lines().filter(|line| {
            // The connection is the one who calls' own matter.
            !line.to_ascii_lowercase().starts_with("connection:")
        });
        let head: Vec<_> = lines.map(|line| line.replace(&own, host)).collect();
        [head.join("\r\n").as_bytes(), &call[end..]].concat()
    }
}

/// A call with a length.
fn hear(stream: TcpStream, config: &Arc<ServerConfig>) -> io::Result<Vec<u8>> {
    let tls = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(tls, stream);
    let (mut call, mut part) = (Vec::new(), [0; 4096]);
    while length(&call).is_none_or(|length| call.len() < length) {
        let read = stream.read(&mut part)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        call.extend_from_slice(&part[..read]);
    }
    stream.write_all(
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    )?;
    stream.conn.send_close_notify();
    stream.flush()?;
    Ok(call)
}

/// The length of a call, once its head is there.
fn length(call: &[u8]) -> Option<usize> {
    let end = find(call, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&call[..end]).to_ascii_lowercase();
    let mut lines = head.lines();
    let length = lines.find_map(|line| line.strip_prefix("content-length: "))?;
    Some(end + 4 + length.parse::<usize>().ok()?)
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|part| part == what)
}
