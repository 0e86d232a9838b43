//! The TLS side: who may connect, and who connected.

use std::sync::Arc;

use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, TrustAnchor};

use super::notify::NotifySetup;
use super::server::SimulatorError;
use super::setup::{CustomsSetup, SigningIdentity};
use super::untrusted_identity;
use crate::business_id::BusinessId;
use crate::certificate::Certificate;
use crate::pem;
use crate::signature::Signer;

/// The other end of a connection, known by its certificate.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) business_id: Option<BusinessId>,
}

impl Peer {
    /// `chain` is what the handshake has verified, leaf first.
    pub(super) fn new(chain: Option<&[CertificateDer<'_>]>) -> Self {
        let leaf = chain.and_then(<[_]>::first);
        let certificate = leaf.and_then(|leaf| Certificate::read(leaf).ok());
        Self {
            business_id: certificate.and_then(|certificate| certificate.business_id),
        }
    }
}

/// TLS 1.2 and 1.3 with mandatory client certificates (technical guide 2015, [seed p7]). The
/// handshake fails without one that chains to the client anchors.
pub(super) fn server_config(setup: &CustomsSetup) -> Result<Arc<ServerConfig>, SimulatorError> {
    let chain = certificates(&setup.server_certificates_pem, "server_certificates_pem")?;
    let key = private_key(&setup.server_key_pem, "server_key_pem")?;
    serve(setup, chain, key)
}

/// The same with the certificate of an unknown authority.
pub(super) fn untrusted_config(setup: &CustomsSetup) -> Result<Arc<ServerConfig>, SimulatorError> {
    let untrusted = untrusted_identity::server().map_err(|_| SimulatorError::UntrustedIdentity)?;
    serve(setup, untrusted.chain, untrusted.key)
}

fn serve(
    setup: &CustomsSetup,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, SimulatorError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut clients = RootCertStore::empty();
    for anchor in certificates(&setup.client_anchors_pem, "client_anchors_pem")? {
        clients.add(anchor)?;
    }
    let verifier =
        WebPkiClientVerifier::builder_with_provider(clients.into(), provider.clone()).build()?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

pub(super) fn builder_anchors(
    setup: &CustomsSetup,
) -> Result<Vec<TrustAnchor<'static>>, SimulatorError> {
    certificates(&setup.builder_anchors_pem, "builder_anchors_pem")?
        .iter()
        .map(|certificate| {
            webpki::anchor_from_trusted_cert(certificate)
                .map(|anchor| anchor.to_owned())
                .map_err(|_| SimulatorError::Pem("builder_anchors_pem"))
        })
        .collect()
}

pub(super) fn signer(identity: &SigningIdentity) -> Result<Signer, SimulatorError> {
    let chain = certificates(&identity.certificates_pem, "reply_signing.certificates_pem")?;
    let key = private_key(&identity.key_pem, "reply_signing.key_pem")?;
    Signer::new(chain, &key).map_err(|_| SimulatorError::ReplySigning)
}

/// The client's side of a connection to a customer's notification service.
pub(super) fn client_config(setup: &NotifySetup) -> Result<Arc<ClientConfig>, SimulatorError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut servers = RootCertStore::empty();
    for anchor in certificates(&setup.receiver_anchors_pem, "notify.receiver_anchors_pem")? {
        servers.add(anchor)?;
    }
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(servers)
        .with_client_auth_cert(
            certificates(
                &setup.client_certificates_pem,
                "notify.client_certificates_pem",
            )?,
            private_key(&setup.client_key_pem, "notify.client_key_pem")?,
        )?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn private_key(text: &str, field: &'static str) -> Result<PrivateKeyDer<'static>, SimulatorError> {
    pem::private_key(text).ok_or(SimulatorError::Pem(field))
}

/// At least one certificate, or the name of the field that holds none.
fn certificates(
    text: &str,
    field: &'static str,
) -> Result<Vec<CertificateDer<'static>>, SimulatorError> {
    pem::certificates(text).ok_or(SimulatorError::Pem(field))
}
