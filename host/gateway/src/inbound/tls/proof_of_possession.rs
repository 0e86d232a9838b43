// SPDX-License-Identifier: Apache-2.0
//! Verifies that clients hold the keys of the certificates that they show.

use std::sync::Arc;

use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::CryptoProvider,
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, UnixTime};

use super::peer_key::{self, PeerKey};
use crate::inbound::limits::ListenerLimits;

/// Verifies that a client holds the key of the certificate it shows, and nothing else about it.
///
/// Whose certificates are trusted differs from agency to agency, and which agency is called stands in the request, which comes after the handshake.
/// So the chain goes to the component as it came, and the component checks it by `trust.identify` against the anchors that the operator has set for
/// that agency; a caller that is rejected gets an answer that says so, rather than a broken connection. What the component cannot know
/// is whether the client has the key: only the handshake shows that.
///
/// A client whose key is of a kind that cannot be verified gets through its handshake for the same reason. Its calls are then refused one and all by
/// [`PeerKey::of`], which the listener asks of every certificate after the handshake: nothing of what such a client shows reaches a component.
///
/// A component has to check the chain on each call. It must not trust a certificate because a connection exists.
#[derive(Debug)]
pub(super) struct ProofOfPossession {
    provider: Arc<CryptoProvider>,
    certificate_limit: usize,
    byte_limit: usize,
}

impl ProofOfPossession {
    pub(super) fn new(provider: Arc<CryptoProvider>, limits: &ListenerLimits) -> Self {
        Self {
            provider,
            certificate_limit: limits.chain_certificates as usize,
            byte_limit: limits.chain_bytes as usize,
        }
    }

    fn verify(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
        is_tls13: bool,
    ) -> Result<HandshakeSignatureValid, Error> {
        let Ok(key) = PeerKey::of(certificate) else {
            // See the type: refused later.
            return Ok(HandshakeSignatureValid::assertion());
        };
        let algorithms = &self.provider.signature_verification_algorithms;
        let signature = (signed.scheme, signed.signature());
        if key.has_signed(message, signature, algorithms, is_tls13) {
            Ok(HandshakeSignatureValid::assertion())
        } else {
            Err(CertificateError::BadSignature.into())
        }
    }
}

impl ClientCertVerifier for ProofOfPossession {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    /// None: a client sends whatever certificate it has.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    /// Does not check the chain, see the type; but limits it: it is held as long as the connection, and checking it costs processor time.
    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let number = intermediates.len() + 1;
        let rest: usize = intermediates.iter().map(|one| one.len()).sum();
        let bytes = end_entity.len() + rest;
        if number > self.certificate_limit {
            let most = self.certificate_limit;
            return Err(Error::General(format!(
                "the client shows {number} certificates; the limit chain-certificates is {most}"
            )));
        }
        if bytes > self.byte_limit {
            let most = self.byte_limit;
            return Err(Error::General(format!(
                "the client shows {bytes} bytes of certificates; the limit chain-bytes is {most}"
            )));
        }
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify(message, certificate, signed, false)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify(message, certificate, signed, true)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        peer_key::schemes(&self.provider.signature_verification_algorithms)
    }
}
