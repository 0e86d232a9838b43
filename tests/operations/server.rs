// SPDX-License-Identifier: Apache-2.0
//! The agency's server on loopback: real TLS, one connection for each exchange, and an end of the connection at a planned point of a planned exchange.

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::aws_lc_rs::default_provider,
    pki_types::{PrivateKeyDer, pem::PemObject},
};
use serde_json::Value;
use silta_gateway::outbound::{ConnectSettings, Proxy, ServerTrust};

use super::agency::{Agency, Answer, Call, Service};

/// No honest step takes as long.
const PATIENCE: Duration = Duration::from_secs(60);

type Tls = StreamOwned<ServerConnection, TcpStream>;

/// Where a connection is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kill {
    BeforeTls,
    InHandshake,
    AfterFirstByte,
    AfterHead,
    BeforeProcessing,
    AfterProcessing,
    InAnswer,
}

impl Kill {
    pub(crate) const ALL: [Self; 7] = [
        Self::BeforeTls,
        Self::InHandshake,
        Self::AfterFirstByte,
        Self::AfterHead,
        Self::BeforeProcessing,
        Self::AfterProcessing,
        Self::InAnswer,
    ];

    /// Whether no byte of the request can have left.
    pub(crate) fn is_before_request(self) -> bool {
        matches!(self, Self::BeforeTls | Self::InHandshake)
    }
}

/// What happens in an exchange.
#[derive(Clone)]
pub(crate) enum Turn {
    Kill(Kill),
    /// All tokens are revoked first.
    Revoke,
    /// Somebody else answers, and nothing is processed.
    Answer(Answer),
    /// It is processed, and something else happens before it is answered.
    Then(Arc<dyn Fn(&Call) + Send + Sync>),
}

impl Turn {
    /// An answer in which a test words the outcome of the rogue component.
    pub(crate) fn worded(outcome: Value) -> Self {
        let mut answer = Answer::new(200, outcome);
        let media_type = "application/vnd.rogue.outcome+json".to_owned();
        answer.headers.push(("Content-Type", media_type));
        Self::Answer(answer)
    }
}

/// A request that came whole.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) exchange: usize,
    pub(crate) call: Call,
    /// The status of the agency's answer, whether or not it was sent; `None` where it was not processed.
    pub(crate) status: Option<u16>,
}

/// What the server and the test share.
pub(crate) struct State<A = Agency> {
    pub(crate) agency: A,
    /// Connections so far.
    pub(crate) exchanges: usize,
    /// By number of the exchange, from 1.
    plan: BTreeMap<usize, Turn>,
    pub(crate) journal: Vec<Entry>,
}

pub(crate) struct Server<A = Agency> {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State<A>>>,
    has_ended: Arc<AtomicBool>,
}

impl<A: Service> Server<A> {
    pub(crate) fn start(agency: A) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            state: Arc::new(Mutex::new(State {
                agency,
                exchanges: 0,
                plan: BTreeMap::new(),
                journal: Vec::new(),
            })),
            has_ended: Arc::default(),
        };
        let (state, has_ended) = (Arc::clone(&server.state), Arc::clone(&server.has_ended));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if has_ended.load(Ordering::SeqCst) {
                    return;
                }
                let (stream, state) = (stream.unwrap(), Arc::clone(&state));
                // A client that goes away is no surprise here.
                thread::spawn(move || serve(stream, &state));
            }
        });
        server
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State<A>> {
        self.state.lock().unwrap()
    }

    /// Plans an exchange, counted from now on.
    pub(crate) fn plan(&self, exchange: usize, turn: Turn) {
        let mut state = self.state();
        let number = state.exchanges + exchange;
        state.plan.insert(number, turn);
    }

    pub(crate) fn journal(&self) -> Vec<Entry> {
        self.state().journal.clone()
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// How a client reaches it under any name.
    pub(crate) fn settings_by_proxy(&self) -> ConnectSettings {
        ConnectSettings {
            proxy: Some(Proxy::new(&self.address.to_string()).unwrap()),
            ..settings()
        }
    }
}

/// How a client trusts such a server.
pub(crate) fn settings() -> ConnectSettings {
    let authority = &identity().authority;
    ConnectSettings {
        trust: Some(ServerTrust::anchors([authority.as_slice()]).unwrap()),
        ..ConnectSettings::default()
    }
}

impl<A> Drop for Server<A> {
    fn drop(&mut self) {
        self.has_ended.store(true, Ordering::SeqCst);
        // It is waiting for somebody.
        let _ = TcpStream::connect(self.address);
    }
}

/// Whom the servers of all tests are.
struct Identity {
    authority: Vec<u8>,
    config: Arc<ServerConfig>,
}

fn identity() -> &'static Identity {
    static IDENTITY: OnceLock<Identity> = OnceLock::new();
    IDENTITY.get_or_init(|| {
        let authority_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "Test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = params.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(params, authority_key);
        let key = KeyPair::generate().unwrap();
        let names = ["localhost", "rogue.example"].map(str::to_owned);
        let params = CertificateParams::new(names).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        let config = ServerConfig::builder_with_provider(default_provider().into())
            .with_protocol_versions(rustls::DEFAULT_VERSIONS)
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap(),
            )
            .unwrap();
        Identity {
            authority: authority.der().to_vec(),
            config: Arc::new(config),
        }
    })
}

fn serve<A: Service>(mut stream: TcpStream, state: &Mutex<State<A>>) -> io::Result<()> {
    let (exchange, turn) = {
        let mut state = state.lock().unwrap();
        state.exchanges += 1;
        let exchange = state.exchanges;
        (exchange, state.plan.remove(&exchange))
    };
    let kill = match &turn {
        Some(Turn::Kill(kill)) => Some(*kill),
        _ => None,
    };
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    connect_through(&mut stream)?;
    match kill {
        Some(Kill::BeforeTls) => return Ok(()),
        Some(Kill::InHandshake) => {
            let _ = stream.read(&mut [0; 4096])?;
            return stream.shutdown(Shutdown::Both);
        }
        _ => {}
    }
    let mut tls = shake_hands(stream)?;
    if kill == Some(Kill::AfterFirstByte) {
        tls.read_exact(&mut [0])?;
        return end(&tls);
    }
    let head = read_head(&mut tls)?;
    if kill == Some(Kill::AfterHead) {
        return end(&tls);
    }
    let call = read_call(&head, &mut tls)?;
    let answer = {
        let mut state = state.lock().unwrap();
        if let Some(Turn::Revoke) = turn {
            state.agency.revoke();
        }
        let is_processed =
            kill != Some(Kill::BeforeProcessing) && !matches!(turn, Some(Turn::Answer(_)));
        let answer = is_processed.then(|| state.agency.answer(&call));
        let status = answer.as_ref().map(|answer| answer.status);
        state.journal.push(Entry {
            exchange,
            call: call.clone(),
            status,
        });
        answer
    };
    let answer = match (answer, turn) {
        (_, Some(Turn::Answer(answer))) => answer,
        (Some(answer), Some(Turn::Then(then))) => {
            then(&call);
            answer
        }
        (Some(answer), _) if kill != Some(Kill::AfterProcessing) => answer,
        _ => return end(&tls),
    };
    let bytes = written(&answer);
    let part = match kill {
        Some(Kill::InAnswer) => bytes.len() - 3,
        _ => bytes.len(),
    };
    tls.write_all(&bytes[..part])?;
    if kill.is_none() {
        tls.conn.send_close_notify();
    }
    tls.flush()?;
    end(&tls)
}

/// As a proxy, if it is asked for a way.
fn connect_through(stream: &mut TcpStream) -> io::Result<()> {
    let mut first = [0];
    if stream.peek(&mut first)? == 1 && first == *b"C" {
        read_head(stream)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    }
    Ok(())
}

fn shake_hands(mut stream: TcpStream) -> io::Result<Tls> {
    let config = Arc::clone(&identity().config);
    let mut tls = ServerConnection::new(config).unwrap();
    while tls.is_handshaking() {
        tls.complete_io(&mut stream)?;
    }
    while tls.wants_write() {
        tls.write_tls(&mut stream)?;
    }
    Ok(StreamOwned::new(tls, stream))
}

fn read_head(stream: &mut impl Read) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8(head).unwrap())
}

fn read_call(head: &str, tls: &mut Tls) -> io::Result<Call> {
    let mut words = head.split(' ').map(str::to_owned);
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let field = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": "));
        let mut named = lines.filter(|(field, _)| field.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.to_owned())
    };
    let length = field("Content-Length").map_or(0, |length| length.parse().unwrap());
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let fields = lines.map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let fields = fields.collect();
    let mut body = vec![0; length];
    tls.read_exact(&mut body)?;
    Ok(Call {
        method,
        target,
        authorization: field("Authorization"),
        content_type: field("Content-Type"),
        fields,
        body,
    })
}

fn written(answer: &Answer) -> Vec<u8> {
    let body = match &answer.body {
        Value::String(text) => text.clone(),
        body => body.to_string(),
    };
    let mut head = format!(
        "HTTP/1.1 {} X\r\nContent-Length: {}\r\n",
        answer.status,
        body.len()
    );
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    format!("{head}\r\n{body}").into_bytes()
}

/// Ends a connection so that all that was written arrives, and waits until the client has gone.
fn end(tls: &Tls) -> io::Result<()> {
    tls.sock.shutdown(Shutdown::Write)?;
    io::copy(&mut &tls.sock, &mut io::sink()).map(drop)
}
