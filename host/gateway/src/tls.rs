//! Who answers, and who calls.

mod holders;
mod peer_key;

use std::sync::Arc;

use rustls::{ServerConfig, crypto};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};

use holders::HoldersOnly;
pub(crate) use peer_key::{PeerKey, Unsupported};

use crate::{listener::ListenerError, setup::ListenerSetup};

/// TLS 1.2 and 1.3, HTTP/1.1; asks for a client certificate and goes on without one.
pub(crate) fn server_config(setup: &ListenerSetup) -> Result<Arc<ServerConfig>, ListenerError> {
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(&setup.certificates).collect();
    let certificates = certificates
        .ok()
        .filter(|certificates| !certificates.is_empty())
        .ok_or(ListenerError::NoCertificate)?;
    let key = PrivateKeyDer::from_pem_slice(&setup.private_key)
        .map_err(|_| ListenerError::NoPrivateKey)?;
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_client_cert_verifier(Arc::new(HoldersOnly::new(provider, &setup.limits)))
                .with_single_cert(certificates, key)
        })
        .map_err(ListenerError::Identity)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
