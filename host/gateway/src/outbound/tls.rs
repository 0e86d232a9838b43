// SPDX-License-Identifier: Apache-2.0
//! The client's side of TLS.

use std::sync::Arc;

use rustls::{
    ClientConfig,
    client::Resumption,
    crypto::{CryptoProvider, aws_lc_rs},
    version::{TLS12, TLS13},
};
use silta::RoleKey;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    client_key::{Asked, CertificateRequest, ClientKey},
    reason::Reason,
    settings_error::SettingsError,
    target::server_name,
    tls_reason::of_handshake,
    trust::ServerTrust,
};

/// A server that was connected to and found in order; nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reached {
    /// Version of TLS, such as `TLSv1_3`.
    pub version: String,
    /// Cipher suite.
    pub suite: String,
    /// DER of the server's certificates, its own first.
    pub certificates: Vec<Vec<u8>>,
    /// Whether it asked for a client certificate. It may want one for some of its paths only and ask later, which TLS as it is spoken here has not.
    pub asks_for_certificate: bool,
}

impl Reached {
    pub(super) fn of<S>(stream: &TlsStream<S>, request: &CertificateRequest) -> Self {
        let (_, session) = stream.get_ref();
        let named = |name: Option<String>| name.unwrap_or_default();
        let certificates = session.peer_certificates().unwrap_or_default();
        Self {
            version: named(
                session
                    .protocol_version()
                    .map(|version| format!("{version:?}")),
            ),
            suite: named(
                session
                    .negotiated_cipher_suite()
                    .map(|suite| format!("{:?}", suite.suite())),
            ),
            certificates: certificates.iter().map(|der| der.to_vec()).collect(),
            asks_for_certificate: request.asked() != Asked::No,
        }
    }
}

/// As whom the client comes.
#[derive(Debug, Clone, Default)]
pub(super) struct Identity {
    pub(super) key: Option<Arc<RoleKey>>,
    /// Told by the handshake.
    pub(super) request: CertificateRequest,
}

/// What is spoken within TLS, as ALPN names it (RFC 7301).
#[derive(Debug, Clone, Copy)]
pub(super) enum Protocol {
    Http,
    /// Mail has no name that servers expect.
    Mail,
}

/// Makes TLS connections to servers that the same certificates vouch for.
#[derive(Debug, Clone)]
pub(super) struct TlsClient {
    trust: ServerTrust,
    provider: Arc<CryptoProvider>,
    protocol: Protocol,
}

impl TlsClient {
    /// A client that trusts these anchors, or those of the platform, read now.
    pub(super) fn new(
        trust: Option<&ServerTrust>,
        protocol: Protocol,
    ) -> Result<Self, SettingsError> {
        Ok(Self {
            trust: trust.cloned().map_or_else(ServerTrust::platform, Ok)?,
            provider: Arc::new(aws_lc_rs::default_provider()),
            protocol,
        })
    }

    /// Shakes hands with a server of that name, as the holder of a key if there is one.
    pub(super) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        host: &str,
        own: Identity,
        stream: S,
    ) -> Result<TlsStream<S>, Reason> {
        let name = server_name(host).ok_or(Reason::Url(https_url::UrlError::Host))?;
        let request = own.request.clone();
        let connector = TlsConnector::from(Arc::new(self.config(own)?));
        let shaken = connector.connect(name, stream).await;
        shaken.map_err(|error| of_handshake(&error, host, request.asked()))
    }

    /// TLS 1.2 and 1.3. Nothing of one connection goes over to the next, so that each is verified anew.
    fn config(&self, own: Identity) -> Result<ClientConfig, Reason> {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| Reason::Tls {
                detail: error.to_string(),
            })?;
        let mut config = builder
            .with_root_certificates(self.trust.roots())
            .with_client_cert_resolver(Arc::new(ClientKey::new(own.key, own.request)));
        config.resumption = Resumption::disabled();
        if matches!(self.protocol, Protocol::Http) {
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
        }
        Ok(config)
    }
}
