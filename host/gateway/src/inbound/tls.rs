// SPDX-License-Identifier: Apache-2.0
//! Who answers, and who calls.

mod peer_key;
mod proof_of_possession;
pub(crate) mod server_key;

use std::sync::Arc;

use rustls::{ServerConfig, crypto, server::ResolvesServerCert};

pub(crate) use peer_key::{PeerKey, Unsupported, subject_public_key};
use proof_of_possession::ProofOfPossession;

use crate::inbound::{error::ListenerError, limits::ListenerLimits};

/// TLS 1.2 and 1.3, HTTP/1.1, for clients that prove who they are by a token: no certificate is asked for.
pub(crate) fn tls_of_clients(
    identity: Arc<dyn ResolvesServerCert>,
) -> Result<Arc<ServerConfig>, ListenerError> {
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(ListenerError::Identity)?
        .with_no_client_auth()
        .with_cert_resolver(identity);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// TLS 1.2 and 1.3, HTTP/1.1; asks for a client certificate and goes on without one.
pub(crate) fn server_config(
    identity: Arc<dyn ResolvesServerCert>,
    limits: &ListenerLimits,
) -> Result<Arc<ServerConfig>, ListenerError> {
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(ListenerError::Identity)?
        .with_client_cert_verifier(Arc::new(ProofOfPossession::new(provider, limits)))
        .with_cert_resolver(identity);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
