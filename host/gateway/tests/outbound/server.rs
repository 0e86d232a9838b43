// SPDX-License-Identifier: Apache-2.0
//! Servers on loopback that do with a connection what a test says.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use silta_gateway::outbound::{
    Blocking, HttpClient, HttpOutcome, HttpRequest, MailOutcome, NotSent, Phase, Unknown,
};

/// No honest step takes as long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) type Tls = StreamOwned<ServerConnection, TcpStream>;

/// A server, and what it told of its first connection.
pub(crate) struct Server<T> {
    pub(crate) address: SocketAddr,
    told: mpsc::Receiver<T>,
}

impl<T> Server<T> {
    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}/x?y", self.address.port())
    }

    /// What the server tells of a connection, once it is through with it.
    #[track_caller]
    pub(crate) fn told(&self) -> T {
        self.told.recv_timeout(PATIENCE).unwrap()
    }

    /// Whether nobody came.
    pub(crate) fn is_untouched(&self) -> bool {
        self.told.try_recv().is_err()
    }
}

/// A server that does this with each connection, one after the other.
pub(crate) fn serve<T: Send + 'static>(
    mut script: impl FnMut(TcpStream) -> T + Send + 'static,
) -> Server<T> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.set_write_timeout(Some(PATIENCE)).unwrap();
            stream.set_nodelay(true).unwrap();
            if tell.send(script(stream)).is_err() {
                return;
            }
        }
    });
    Server { address, told }
}

/// The same once TLS stands.
pub(crate) fn serve_tls<T: Send + 'static>(
    config: Arc<ServerConfig>,
    mut script: impl FnMut(Tls) -> T + Send + 'static,
) -> Server<T> {
    serve(move |stream| script(shake_hands(&config, stream).unwrap()))
}

/// A server that reads each request whole, answers it with these bytes and ends the connection as TLS wants it; it tells the request.
pub(crate) fn serve_answer(
    config: Arc<ServerConfig>,
    answer: impl Into<Vec<u8>>,
) -> Server<String> {
    let answer = answer.into();
    serve_tls(config, move |mut tls| {
        let request = read_request(&mut tls);
        tls.write_all(&answer).unwrap();
        end(tls);
        request
    })
}

/// Tries cases at once: those that wait for a time to be over wait together.
pub(crate) fn at_once<T: Send>(cases: impl IntoIterator<Item = T>, try_case: impl Fn(T) + Sync) {
    thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| try_case(case));
        }
    });
}

pub(crate) fn shake_hands(config: &Arc<ServerConfig>, mut stream: TcpStream) -> io::Result<Tls> {
    let mut tls = ServerConnection::new(Arc::clone(config)).unwrap();
    while tls.is_handshaking() {
        tls.complete_io(&mut stream)?;
    }
    while tls.wants_write() {
        tls.write_tls(&mut stream)?;
    }
    Ok(StreamOwned::new(tls, stream))
}

/// Head and body of a request whose head says how long the body is.
pub(crate) fn read_request(tls: &mut impl Read) -> String {
    let head = read_head(tls);
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    tls.read_exact(&mut body).unwrap();
    head + &String::from_utf8(body).unwrap()
}

pub(crate) fn read_head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// Ends a connection as TLS wants it, and waits until the client has gone.
pub(crate) fn end(mut tls: Tls) {
    tls.conn.send_close_notify();
    let _ = tls.flush();
    end_abruptly(tls.sock);
}

/// Ends a connection in the middle of TLS, so that all that was written arrives.
pub(crate) fn end_abruptly(mut socket: TcpStream) {
    let _ = socket.shutdown(Shutdown::Write);
    let _ = io::copy(&mut socket, &mut io::sink());
}

/// Throws a connection away: what is on its way is lost.
pub(crate) fn reset(socket: &TcpStream) {
    let socket = socket2::SockRef::from(socket);
    socket.set_linger(Some(Duration::ZERO)).unwrap();
}

/// Waits until the client has gone; whether it left without a byte.
pub(crate) fn is_left_silently(mut stream: impl Read) -> bool {
    matches!(stream.read(&mut [0]), Ok(0) | Err(_))
}

pub(crate) fn post(url: &str, body: impl Into<Vec<u8>>) -> HttpRequest {
    HttpRequest {
        body: body.into().into(),
        timeout: PATIENCE,
        ..HttpRequest::new("POST", url)
    }
}

pub(crate) fn send(client: &HttpClient, request: HttpRequest) -> HttpOutcome {
    Blocking::new().unwrap().send(client, request)
}

/// What became of a request or a mail, as far as a test compares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    Answered(u16),
    NotSent(Phase, &'static str),
    Unknown(Phase, &'static str),
}

impl Fact {
    pub(crate) fn of(outcome: &HttpOutcome) -> Self {
        match outcome {
            HttpOutcome::Answered(answer) => Self::Answered(answer.status),
            HttpOutcome::NotSent(NotSent { phase, reason }) => Self::NotSent(*phase, reason.code()),
            HttpOutcome::Unknown(Unknown { phase, reason }) => Self::Unknown(*phase, reason.code()),
        }
    }

    pub(crate) fn of_mail(outcome: &MailOutcome) -> Self {
        match outcome {
            MailOutcome::Answered(answer) => Self::Answered(answer.reply.code),
            MailOutcome::NotSent(NotSent { phase, reason }) => Self::NotSent(*phase, reason.code()),
            MailOutcome::Unknown(Unknown { phase, reason }) => Self::Unknown(*phase, reason.code()),
        }
    }
}
