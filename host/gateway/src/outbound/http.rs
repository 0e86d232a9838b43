// SPDX-License-Identifier: Apache-2.0
//! HTTP requests, each on a connection of its own.

pub(super) mod answer;
mod exchange;
pub(super) mod request;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use silta::RoleKey;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::client::TlsStream;

use super::{
    client_key::CertificateRequest,
    connect::{connect, open_first, resolve, within},
    fact::{NotSent, Unknown},
    limits::FAREWELL,
    phase::{CurrentPhase, Phase},
    reason::Reason,
    sent::{RequestStream, Sent, SocketStream},
    settings::ConnectSettings,
    settings_error::SettingsError,
    target::Target,
    tls::{Identity, Protocol, Reached, TlsClient},
};
use answer::HttpAnswer;
use exchange::Exchange;
use request::{HttpRequest, Prepared};

/// What became of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum HttpOutcome {
    /// The whole answer came.
    Answered(HttpAnswer),
    /// Not a byte of the request left.
    NotSent(NotSent),
    /// Some of it may have arrived.
    Unknown(Unknown),
}

/// Sends requests to servers that the same certificates vouch for. Clones share them.
///
/// HTTP/1.1 over TLS 1.2 or 1.3, one new connection for each request, closed after the answer; no redirects, no retries, no cookies. Dropping the
/// future of a call closes its connection; whether the request had left by then, nobody is told.
#[derive(Debug, Clone)]
pub struct HttpClient {
    settings: Arc<ConnectSettings>,
    tls: TlsClient,
}

type Connection = TlsStream<SocketStream<TcpStream>>;

impl HttpClient {
    /// A client. Where the settings name no anchors, the platform's are read now.
    ///
    /// # Errors
    /// [`SettingsError::NoPlatformAnchors`].
    pub fn new(settings: ConnectSettings) -> Result<Self, SettingsError> {
        let tls = TlsClient::new(settings.trust.as_ref(), Protocol::Http)?;
        Ok(Self {
            settings: Arc::new(settings),
            tls,
        })
    }

    /// Time for opening a connection.
    pub fn connect_timeout(&self) -> Duration {
        self.settings.connect_timeout
    }

    /// Whether the trace that an operation belongs to goes along.
    pub(crate) fn sends_trace(&self) -> bool {
        self.settings.send_trace
    }

    /// Sends a request and reads its answer.
    pub async fn send(&self, request: HttpRequest) -> HttpOutcome {
        let limit = request.timeout;
        let own = Identity {
            key: request.client_key.clone(),
            ..Identity::default()
        };
        let prepared = match Prepared::of(request, self.settings.plain_on_loopback) {
            Ok(prepared) => prepared,
            Err(reason) => return HttpOutcome::NotSent(NotSent::new(Phase::Prepare, reason)),
        };
        let sent = Sent::default();
        if prepared.target.is_plain {
            return match self.connect_here(&prepared.target, &sent).await {
                Ok(stream) => exchange((stream, sent), prepared, own.request, limit).await,
                Err(fact) => HttpOutcome::NotSent(fact),
            };
        }
        match self.connect(&prepared.target, own.clone(), &sent).await {
            Ok(stream) => exchange((stream, sent), prepared, own.request, limit).await,
            Err(fact) => HttpOutcome::NotSent(fact),
        }
    }

    /// Connects to the server of a URL and shakes hands, as the holder of a key if there is one, and sends nothing.
    ///
    /// With TLS 1.3 a server judges the client's certificate after the client is through with the handshake, so that a refusal of it does not show
    /// here; with TLS 1.2 it does.
    ///
    /// # Errors
    /// Why no request could be sent.
    pub async fn reach(
        &self,
        url: &str,
        client_key: Option<Arc<RoleKey>>,
    ) -> Result<Reached, NotSent> {
        let target = Target::of_url(url).map_err(|reason| NotSent::new(Phase::Prepare, reason))?;
        let own = Identity {
            key: client_key,
            ..Identity::default()
        };
        let mut stream = self.connect(&target, own.clone(), &Sent::default()).await?;
        // A server that is left without a word logs that as a fault.
        let _ = timeout(FAREWELL, stream.shutdown()).await;
        Ok(Reached::of(&stream, &own.request))
    }

    async fn connect(
        &self,
        target: &Target,
        own: Identity,
        sent: &Sent,
    ) -> Result<Connection, NotSent> {
        let phase = CurrentPhase::default();
        if let Some(key) = &own.key {
            let validity = key.check_validity(SystemTime::now());
            validity.map_err(|error| NotSent::new(phase.get(), Reason::OwnCertificate(error)))?;
        }
        let opening = async {
            let place = (target.host.as_str(), target.port);
            let stream = connect(place, self.settings.proxy.as_ref(), &phase).await?;
            phase.enter(Phase::Tls);
            let stream = SocketStream::new(stream, sent.clone());
            self.tls.handshake(&target.host, own, stream).await
        };
        within(self.settings.connect_timeout, &phase, opening).await
    }

    /// Connects to this machine, without TLS and without a proxy.
    async fn connect_here(
        &self,
        target: &Target,
        sent: &Sent,
    ) -> Result<SocketStream<TcpStream>, NotSent> {
        let phase = CurrentPhase::default();
        let opening = async {
            phase.enter(Phase::Resolve);
            let mut addresses = resolve(&target.host, target.port).await?;
            addresses.retain(|address| address.ip().is_loopback());
            if addresses.is_empty() {
                return Err(Reason::NotLoopback {
                    host: target.host.clone(),
                });
            }
            phase.enter(Phase::Connect);
            let stream = open_first(&target.host, addresses).await?;
            Ok(SocketStream::new(stream, sent.clone()))
        };
        within(self.settings.connect_timeout, &phase, opening).await
    }
}

/// Sends a request on an open connection and reads its answer.
async fn exchange<S>(
    (stream, sent): (S, Sent),
    prepared: Prepared,
    asked: CertificateRequest,
    limit: Duration,
) -> HttpOutcome
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    sent.begin();
    let exchange = Exchange::new(&prepared, sent.clone(), asked);
    let stream = RequestStream::new(stream, sent.clone());
    // When it returns, the connection has been dropped: nothing more leaves.
    let answered = timeout(limit, exchange.run(stream, prepared)).await;
    let reason = match answered {
        Ok(Ok(answer)) => return HttpOutcome::Answered(answer),
        Ok(Err(reason)) => reason,
        Err(_) => Reason::RequestTimeout { limit },
    };
    let phase = exchange.phase();
    match sent.is_nothing() {
        true => HttpOutcome::NotSent(NotSent::new(phase, reason)),
        false => HttpOutcome::Unknown(Unknown { phase, reason }),
    }
}
