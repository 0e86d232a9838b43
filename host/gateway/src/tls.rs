//! Who answers, and who calls.

use std::sync::Arc;

use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{self, CryptoProvider},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, UnixTime};

use crate::{identity::CurrentIdentity, listener::ListenerError};

/// TLS 1.2 and 1.3, HTTP/1.1; asks for a client certificate and goes on without one.
pub(crate) fn server_config(
    identity: Arc<CurrentIdentity>,
) -> Result<Arc<ServerConfig>, ListenerError> {
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(ListenerError::Identity)?
        .with_client_cert_verifier(Arc::new(HoldersOnly(provider)))
        .with_cert_resolver(identity);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Verifies that a client holds the key of the certificate it shows, and nothing else about it.
///
/// Whose certificates are trusted differs from agency to agency, and which agency is called stands in the request, which comes after the handshake.
/// So the chain goes to the component as it came, and the component judges it by `trust.identify` against the anchors that the operator has set for
/// that agency; a caller that it does not let in gets an answer that says so, rather than a broken connection. What the component cannot know
/// is whether the client has the key: only the handshake shows that.
///
/// A component has to judge on each call. It must not take a certificate for trusted because a connection exists.
#[derive(Debug)]
struct HoldersOnly(Arc<CryptoProvider>);

impl ClientCertVerifier for HoldersOnly {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    /// None: a client sends whatever certificate it has.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    /// Not a judgement, see the type.
    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
