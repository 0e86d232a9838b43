// SPDX-License-Identifier: Apache-2.0
//! Serves connections of relays.

use std::{
    io::Write,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use rustls::ProtocolVersion;
use rustls_pki_types::CertificateDer;
use silta::exchange::{CertificateChain, MailConnection};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::inbound::{
    accept::{ACCEPT_PAUSE, concerns_one_connection},
    connection::code_of,
    log_summary::Severity,
    mail::{
        relays::{Connected, NotServed, Relays},
        reply::Reply,
        service::MailService,
        session::{Relay, Session},
    },
    maintenance::{REPORT_INTERVAL, release_memory},
    tls::PeerKey,
};

const NO_RELAY: Reply = Reply::new(554, "5.7.1", "not a relay that is served here");
const TOO_MANY: Reply = Reply::new(421, "4.3.2", "too many connections, try again later");

/// Serves relays.
pub(super) struct MailServer {
    pub(super) service: MailService,
    pub(super) relays: Arc<Relays>,
    pub(super) host_name: Option<String>,
    pub(super) acceptor: Option<TlsAcceptor>,
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
                () = self.service.cancelled() => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, address)) => self.begin(stream, address, &mut sessions),
                    Err(error) if concerns_one_connection(&error) => {}
                    Err(error) => {
                        self.service.count(Severity::LimitReached, "connection not accepted", &code_of(&error));
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(ended) = sessions.join_next() => {
                    if ended.is_err_and(|error| error.is_panic()) {
                        tracing::error!(target: "silta::gateway", code = "gateway.crash", "a mail connection ended by a defect of this program; the relay sends again what was not replied to");
                    }
                }
                _ = ticks.tick() => {
                    self.service.log_counts();
                    released = release_memory(&self.service.contents, released);
                }
            }
        }
        drop(listener);
        let all_ended = async { while sessions.join_next().await.is_some() {} };
        if timeout(self.service.limits.stop_time, all_ended)
            .await
            .is_err()
        {
            sessions.shutdown().await;
        }
        self.service.log_counts();
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
        self.service.count(severity, "connection refused", code);
        // A new connection has room for a line; nobody is waited for. By the system itself: the runtime does not know yet that there is room.
        if let Ok(mut stream) = stream.into_std() {
            let _ = stream.write(reply.line().as_bytes());
        }
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
            commands_left: self.service.limits.commands_per_session,
        };
        let mut plain = Session::new(&self.service, stream, relay);
        if plain.greet().await.is_err() {
            return;
        }
        let (Some((stream, relay)), Some(acceptor)) = (plain.run().await, &self.acceptor) else {
            return;
        };
        let handshake = timeout(self.service.limits.command_time, acceptor.accept(stream));
        let handshake = tokio::select! {
            () = self.service.cancelled() => return,
            ended = handshake => ended,
        };
        match handshake {
            Ok(Ok(stream)) => {
                let relay = secured(relay, &stream);
                Session::new(&self.service, stream, relay).run().await;
            }
            Ok(Err(error)) => {
                self.service
                    .count(Severity::Expected, "handshake failed", &code_of(&error))
            }
            Err(_) => self
                .service
                .count(Severity::Expected, "handshake failed", "too-slow"),
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
