// SPDX-License-Identifier: Apache-2.0
//! TLS on both sides, and certificates and keys as their users hand them over.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, Issuer, KeyPair, SigningKey,
};
use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientCertVerifierBuilder, VerifierBuilderError, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::error::SimulatorError;

/// A certificate chain, leaf first, with the leaf's key.
pub(crate) struct Identity {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
    /// Where the chain comes from, for errors.
    pub(crate) field: &'static str,
}

impl Identity {
    /// From PEM, each with the name of its field: the chain, then the key.
    pub(crate) fn read(
        (chain, field): (&str, &'static str),
        (key, key_field): (&str, &'static str),
    ) -> Result<Self, SimulatorError> {
        Ok(Self {
            chain: certificates(chain, field)?,
            key: private_key(key).ok_or(SimulatorError::Pem(key_field))?,
            field,
        })
    }

    /// Issued now, for a misbehaviour.
    pub(crate) fn issue<K: SigningKey>(
        params: CertificateParams,
        key: &KeyPair,
        issuer: &Issuer<'_, K>,
    ) -> Result<Self, rcgen::Error> {
        let certificate = params.signed_by(key, issuer)?;
        Ok(Self {
            chain: vec![certificate.der().clone()],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
            field: "the certificate of a misbehaviour",
        })
    }

    /// Issued by an authority made for it, whom nobody knows.
    pub(crate) fn untrusted(
        params: CertificateParams,
        key: &KeyPair,
    ) -> Result<Self, rcgen::Error> {
        let mut authority = CertificateParams::new([])?;
        let name = "An authority that nobody knows";
        authority.distinguished_name.push(DnType::CommonName, name);
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        Self::issue(params, key, &authority)
    }

    /// That its parts do not work together.
    pub(crate) fn unusable(field: &'static str, reason: impl ToString) -> SimulatorError {
        let reason = reason.to_string();
        SimulatorError::Credential { field, reason }
    }
}

/// The protocol of agencies that speak HTTP.
const HTTP: &[u8] = b"http/1.1";

/// A server of HTTP with TLS 1.2 and 1.3 and mandatory client certificates: the handshake fails without one that leads to the
/// anchors, which are the setup's `client_anchors_pem`.
pub(crate) fn acceptor(
    identity: Identity,
    client_anchors_pem: &str,
) -> Result<TlsAcceptor, SimulatorError> {
    let clients = client_verifier(client_anchors_pem)?.build();
    let mut config = server_config(identity, Some(usable_clients(clients)?))?;
    config.alpn_protocols = vec![HTTP.to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// A server with TLS 1.2 and 1.3 that asks nobody for a certificate.
pub(crate) fn open_acceptor(identity: Identity) -> Result<TlsAcceptor, SimulatorError> {
    let mut config = server_config(identity, None)?;
    config.alpn_protocols = vec![HTTP.to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// A server of mail: it asks for client certificates if there are anchors for them, and takes clients without one.
pub(crate) fn mail_acceptor(
    identity: Identity,
    client_anchors_pem: Option<&str>,
) -> Result<TlsAcceptor, SimulatorError> {
    let clients = client_anchors_pem.map(|pem| {
        let verifier = client_verifier(pem)?.allow_unauthenticated();
        usable_clients(verifier.build())
    });
    let config = server_config(identity, clients.transpose()?)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn client_verifier(anchors_pem: &str) -> Result<ClientCertVerifierBuilder, SimulatorError> {
    let clients = anchors(anchors_pem, "client_anchors_pem")?;
    Ok(WebPkiClientVerifier::builder_with_provider(
        clients.into(),
        provider(),
    ))
}

fn usable_clients(
    built: Result<Arc<dyn ClientCertVerifier>, VerifierBuilderError>,
) -> Result<Arc<dyn ClientCertVerifier>, SimulatorError> {
    built.map_err(|error| SimulatorError::Anchors {
        field: "client_anchors_pem",
        reason: error.to_string(),
    })
}

fn server_config(
    identity: Identity,
    clients: Option<Arc<dyn ClientCertVerifier>>,
) -> Result<ServerConfig, SimulatorError> {
    let Identity { chain, key, field } = identity;
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| Identity::unusable(field, error))?;
    let builder = match clients {
        Some(clients) => builder.with_client_cert_verifier(clients),
        None => builder.with_no_client_auth(),
    };
    builder
        .with_single_cert(chain, key)
        .map_err(|error| Identity::unusable(field, error))
}

/// A client of HTTP with TLS 1.2 and 1.3 that shows this identity, or none, to servers under these anchors.
pub(crate) fn connector(
    identity: Option<Identity>,
    anchors: (&str, &'static str),
) -> Result<TlsConnector, SimulatorError> {
    let mut config = client_config(identity, anchors)?;
    config.alpn_protocols = vec![HTTP.to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The same for mail.
pub(crate) fn mail_connector(
    identity: Option<Identity>,
    anchors: (&str, &'static str),
) -> Result<TlsConnector, SimulatorError> {
    let config = client_config(identity, anchors)?;
    Ok(TlsConnector::from(Arc::new(config)))
}

fn client_config(
    identity: Option<Identity>,
    (anchors_pem, anchors_field): (&str, &'static str),
) -> Result<ClientConfig, SimulatorError> {
    let servers = anchors(anchors_pem, anchors_field)?;
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| Identity::unusable(anchors_field, error))?
        .with_root_certificates(servers);
    let mut config = match identity {
        Some(Identity { chain, key, field }) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| Identity::unusable(field, error))?,
        None => builder.with_no_client_auth(),
    };
    // A session that is resumed would show the certificate of another connection.
    config.resumption = Resumption::disabled();
    Ok(config)
}

pub(crate) fn anchors(pem: &str, field: &'static str) -> Result<RootCertStore, SimulatorError> {
    let mut store = RootCertStore::empty();
    for anchor in certificates(pem, field)? {
        let added = store.add(anchor);
        added.map_err(|error| SimulatorError::Anchors {
            field,
            reason: error.to_string(),
        })?;
    }
    Ok(store)
}

pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// All certificates of the text; an error when there is none, one that cannot be read, or anything else.
pub(crate) fn certificates(
    pem: &str,
    field: &'static str,
) -> Result<Vec<CertificateDer<'static>>, SimulatorError> {
    sections(pem)
        .filter(|certificates| !certificates.is_empty())
        .ok_or(SimulatorError::Pem(field))
}

/// The private key of the text; `None` when there is none, a second one, or anything else.
fn private_key(pem: &str) -> Option<PrivateKeyDer<'static>> {
    let mut keys = sections(pem)?;
    let key = keys.pop()?;
    keys.is_empty().then_some(key)
}

/// All sections of the text, each of one kind. The library passes over others, and over boundaries that are not at the start of
/// a line; here each of them counts. Byte order marks do not.
fn sections<T: PemObject>(pem: &str) -> Option<Vec<T>> {
    let text = pem.replace('\u{feff}', "");
    let found: Result<Vec<T>, _> = T::pem_slice_iter(text.as_bytes()).collect();
    let boundaries = text.matches("-----BEGIN").count();
    found.ok().filter(|found| found.len() == boundaries)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    #[test]
    fn texts_are_read_whole_or_not_at_all() {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::default();
        let (one, key) = (params.self_signed(&key).unwrap().pem(), key.serialize_pem());
        let two = format!("\u{feff}{one}\u{feff}{one}");
        assert_eq!(certificates(&two, "f").unwrap().len(), 2);
        assert_eq!(
            certificates(&two.replace('\n', "\r\n"), "f").unwrap().len(),
            2
        );
        for wrong in [
            String::new(),
            format!(" {one}{one}"),
            format!("{one}{key}"),
            format!("{one}{}", one.replace("CERTIFICATE", "TRUSTED CERTIFICATE")),
            format!("{one}-----BEGIN CERTIFICATE-----\n"),
        ] {
            assert!(certificates(&wrong, "f").is_err(), "{wrong}");
        }
        assert!(private_key(&key).is_some());
        for wrong in [one.clone(), format!("{key}{key}"), format!("{key}{one}")] {
            assert!(private_key(&wrong).is_none(), "{wrong}");
        }
    }
}
