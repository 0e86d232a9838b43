// SPDX-License-Identifier: Apache-2.0
//! Serves connections of relays.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use rustls::ProtocolVersion;
use rustls_pki_types::CertificateDer;
use silta::exchange::{CertificateChain, MailCall, MailConnection};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_util::sync::CancellationToken;

use crate::{
    inbound::{
        byte_budget::{ByteBudget, Reservation},
        connection::code_of,
        log_summary::{LogSummary, Severity},
        mail::{
            judge::{self, Fate, Judged, NOT_NOW, TOO_LARGE},
            limits::MailLimits,
            relays::{Connected, NotServed, Relays},
            reply::Reply,
            routes::Routes,
            session::{Relay, Session},
            setup::MailProtocol,
            transaction::Transaction,
            wire::Address,
        },
        tls::PeerKey,
    },
    inbox::Inbox,
};

/// How often what was counted is logged.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// How long to wait before accepting again when the system lacks what a connection needs.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// Bytes of mails that have to be released before the allocator is asked to return memory to the system.
const RELEASE_THRESHOLD: u64 = 4 << 20;

const NO_RELAY: Reply = Reply::new(554, "5.7.1", "not a relay that is served here");
const TOO_MANY: Reply = Reply::new(421, "4.3.2", "too many connections, try again later");
const NO_SUCH_RECIPIENT: Reply = Reply::new(550, "5.1.1", "no such recipient here");

/// What all connections share.
pub(super) struct MailServer {
    pub(super) protocol: MailProtocol,
    pub(super) host_name: Option<String>,
    pub(super) acceptor: Option<TlsAcceptor>,
    pub(super) require_tls: bool,
    pub(super) limits: MailLimits,
    pub(super) relays: Arc<Relays>,
    pub(super) routes: Routes,
    pub(super) inbox: Arc<dyn Inbox>,
    pub(super) contents: Arc<ByteBudget>,
    pub(super) summary: LogSummary,
    pub(super) cancellation: CancellationToken,
}

impl MailServer {
    /// Accepts until the server has to stop and mails under way are replied to; then those that take too long are cut off.
    pub(super) async fn run(self: Arc<Self>, listener: TcpListener) {
        let mut sessions = JoinSet::new();
        let mut ticks = interval(REPORT_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut released = 0;
        loop {
            tokio::select! {
                () = self.cancelled() => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, address)) => self.begin(stream, address, &mut sessions),
                    Err(error) => {
                        self.count(Severity::LimitReached, "connection not accepted", &code_of(&error));
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(ended) = sessions.join_next() => {
                    if ended.is_err_and(|error| error.is_panic()) {
                        tracing::error!(target: "silta::gateway", code = "gateway.crash", "a mail connection ended by a defect of this program; the relay sends again what was not replied to");
                    }
                }
                _ = ticks.tick() => {
                    self.summary.log();
                    released = self.release_memory(released);
                }
            }
        }
        drop(listener);
        let all_ended = async { while sessions.join_next().await.is_some() {} };
        if timeout(self.limits.stop_time, all_ended).await.is_err() {
            sessions.shutdown().await;
        }
        self.summary.log();
    }

    /// What a burst has used goes back to the system.
    fn release_memory(&self, released: u64) -> u64 {
        let (held, more) = self.contents.take_usage();
        let released = released + more;
        if released < RELEASE_THRESHOLD || held >= RELEASE_THRESHOLD {
            return released;
        }
        // Not waited for.
        drop(tokio::task::spawn_blocking(silta::release_unused_memory));
        0
    }

    fn begin(self: &Arc<Self>, stream: TcpStream, address: SocketAddr, sessions: &mut JoinSet<()>) {
        let refused = match self.relays.connect(address.ip()) {
            Ok(connected) => {
                let server = Arc::clone(self);
                sessions.spawn(async move { server.serve(stream, address.ip(), connected).await });
                return;
            }
            Err(refused) => refused,
        };
        let (severity, code, reply) = match refused {
            NotServed::Stranger => (Severity::Expected, "not-a-relay", NO_RELAY),
            NotServed::TooMany => (Severity::LimitReached, "connections", TOO_MANY),
            NotServed::TooManyOfRelay => {
                (Severity::LimitReached, "connections-per-relay", TOO_MANY)
            }
        };
        self.count(severity, "connection refused", code);
        // A new connection has room for a line; nobody is waited for.
        let _ = stream.try_write(reply.line().as_bytes());
    }

    /// Serves one connection.
    async fn serve(&self, stream: TcpStream, address: IpAddr, _connected: Connected) {
        // A reply is one small write, and somebody waits for it.
        let _ = stream.set_nodelay(true);
        let relay = Relay {
            connection: MailConnection {
                peer_address: address.to_canonical().to_string(),
                tls: None,
                peer_certificates: None,
                // No other is served.
                allowed: true,
            },
            unsupported: None,
            host_name: self.host_name(&stream),
            commands_left: self.limits.commands_per_session,
        };
        let mut plain = Session::new(self, stream, relay);
        if plain.greet().await.is_err() {
            return;
        }
        let (Some((stream, relay)), Some(acceptor)) = (plain.run().await, &self.acceptor) else {
            return;
        };
        let handshake = timeout(self.limits.command_time, acceptor.accept(stream));
        let handshake = tokio::select! {
            () = self.cancelled() => return,
            ended = handshake => ended,
        };
        match handshake {
            Ok(Ok(stream)) => {
                let relay = secured(relay, &stream);
                Session::new(self, stream, relay).run().await;
            }
            Ok(Err(error)) => self.count(Severity::Expected, "handshake failed", &code_of(&error)),
            Err(_) => self.count(Severity::Expected, "handshake failed", "too-slow"),
        }
    }

    /// As configured, or the address that the relay has connected to (RFC 5321 §4.1.3).
    fn host_name(&self, stream: &TcpStream) -> String {
        if let Some(name) = &self.host_name {
            return name.clone();
        }
        match stream
            .local_addr()
            .map(|address| address.ip().to_canonical())
        {
            Ok(IpAddr::V4(address)) => format!("[{address}]"),
            Ok(IpAddr::V6(address)) => format!("[IPv6:{address}]"),
            Err(_) => "localhost".to_owned(),
        }
    }

    pub(super) fn limits(&self) -> &MailLimits {
        &self.limits
    }

    pub(super) fn protocol(&self) -> MailProtocol {
        self.protocol
    }

    pub(super) fn offers_tls(&self) -> bool {
        self.acceptor.is_some()
    }

    pub(super) fn requires_tls(&self) -> bool {
        self.require_tls
    }

    /// Waits until the server has to stop.
    pub(super) async fn cancelled(&self) {
        self.cancellation.cancelled().await;
    }

    /// Counts what is not worth a line of its own. Nothing that a relay has sent belongs in it.
    pub(super) fn count(&self, severity: Severity, what: &str, code: &str) {
        self.summary.count(severity, &format!("mail: {what}"), code);
    }

    /// Bytes of the budget, none yet.
    pub(super) fn reserve(&self) -> Reservation {
        self.contents.reserve(true)
    }

    /// Number of the agency that a recipient belongs to; or the reply and the code of why it cannot have a mail of such a size.
    pub(super) fn recipient(
        &self,
        address: &Address,
        size: u64,
    ) -> Result<usize, (Reply, &'static str)> {
        let number = self.routes.find(address);
        let number = number.ok_or((NO_SUCH_RECIPIENT, "recipient.unknown"))?;
        match self.largest_of(number) {
            // It could not be put into service, and may be at any moment.
            None => Err((NOT_NOW, "agency.not-serving")),
            Some(0) => Err((NO_SUCH_RECIPIENT, "agency.not-called")),
            Some(largest) if size > largest => Err((TOO_LARGE, "mail.too-large")),
            Some(_) => Ok(number),
        }
    }

    /// The largest mail that one of its agencies takes.
    pub(super) fn largest(&self, transaction: &Transaction) -> u64 {
        let agencies = transaction.agencies().into_iter();
        let limits = agencies.filter_map(|number| self.largest_of(number));
        // Where none serves any more, judging says so.
        limits.max().unwrap_or(self.limits.mail_bytes)
    }

    /// The largest mail that an agency takes; 0 where it takes no calls at all, none where nothing serves it.
    fn largest_of(&self, number: usize) -> Option<u64> {
        let agency = self.routes.agency(number)?;
        Some(agency.agency().inbound_limit().ok()?.unwrap_or(0))
    }

    /// Has a mail judged for an agency, and committed if it is accepted, on a thread that may block; and logs what became of it.
    pub(super) async fn judge(
        &self,
        number: usize,
        call: MailCall,
        at: SystemTime,
        reservation: Arc<Reservation>,
    ) -> Judged {
        let Some(agency) = self.routes.agency(number).cloned() else {
            return Judged::failed("agency.unknown", "");
        };
        let start = Instant::now();
        let inbox = Arc::clone(&self.inbox);
        let id = agency.id().to_owned();
        let judging = async move {
            let permit = agency.acquire(true).await;
            let judging = tokio::task::spawn_blocking(move || {
                // Held by the thread and not by the task that waits for it: the component may go on after the time for the reply.
                let _held = (permit, reservation);
                judge::judge(&agency, call, at, &*inbox)
            });
            judging.await
        };
        let judged = match timeout(self.limits.answer_time, judging).await {
            Ok(Ok(judged)) => judged,
            Ok(Err(_)) => Judged::failed("gateway.crash", ""),
            Err(_) => Judged::failed(
                "gateway.too-slow",
                "the time for an answer (limit answer-milliseconds) is over; the mail may be committed all the same, and is a duplicate then when it comes again",
            ),
        };
        report(&id, &judged, start);
        judged
    }
}

fn report(agency: &str, judged: &Judged, start: Instant) {
    let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    let Judged {
        reply,
        fate,
        generation,
        code,
        detail,
    } = judged;
    let (status, verdict) = (reply.code(), fate.name());
    match fate {
        Fate::Failed => {
            tracing::error!(target: "silta::gateway", agency, generation, status, verdict, code, detail, micros, "mail not taken: the relay keeps it and sends it again");
        }
        Fate::Rejected => {
            tracing::warn!(target: "silta::gateway", agency, generation, status, verdict, code, micros, "mail answered");
        }
        Fate::Taken | Fate::Duplicate => {
            tracing::info!(target: "silta::gateway", agency, generation, status, verdict, code, micros, "mail answered");
        }
    }
}

/// What the handshake has told of a relay.
fn secured(relay: Relay, stream: &TlsStream<TcpStream>) -> Relay {
    let (_, session) = stream.get_ref();
    let tls = match session.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
        _ => "TLSv1.2",
    };
    let chain = session.peer_certificates().unwrap_or_default();
    Relay {
        connection: MailConnection {
            tls: Some(tls.to_owned()),
            peer_certificates: CertificateChain::new(
                chain.iter().cloned().map(CertificateDer::into_owned),
            ),
            ..relay.connection
        },
        unsupported: chain.first().and_then(|end| PeerKey::of(end).err()),
        ..relay
    }
}
