//! TLS on both sides, and the certificates that go with misbehaviour.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, Error, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, SigningKey, date_time_ymd,
};
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::error::VeroError;
use super::message::Shown;
use super::push::{Credential, PushSetup};
use super::setup::VeroSetup;
use crate::pem;

/// Connectors to receivers, by what they show.
pub(super) struct Connectors {
    own: TlsConnector,
    foreign: TlsConnector,
    nothing: TlsConnector,
    /// Only where the issuer is known.
    expired: Option<TlsConnector>,
}

impl Connectors {
    pub(super) fn new(setup: &PushSetup) -> Result<Self, VeroError> {
        let own = Identity::read(
            &setup.client,
            ["push.client.certificates_pem", "push.client.key_pem"],
        )?;
        let foreign = Identity::foreign().map_err(|_| VeroError::Issuer)?;
        let expired = setup.issuer.as_ref().map(Identity::expired).transpose()?;
        let connector = |identity| connector(setup, identity);
        Ok(Self {
            own: connector(Some(own))?,
            foreign: connector(Some(foreign))?,
            nothing: connector(None)?,
            expired: expired.map(Some).map(connector).transpose()?,
        })
    }

    pub(super) fn showing(&self, shown: Shown) -> Option<&TlsConnector> {
        match shown {
            Shown::Own => Some(&self.own),
            Shown::Foreign => Some(&self.foreign),
            Shown::Nothing => Some(&self.nothing),
            Shown::Expired => self.expired.as_ref(),
        }
    }
}

/// A certificate chain, leaf first, with the leaf's key.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Identity {
    fn read(credential: &Credential, [chain, key]: [&'static str; 2]) -> Result<Self, VeroError> {
        Ok(Self {
            chain: pem::certificates(&credential.certificates_pem).ok_or(VeroError::Pem(chain))?,
            key: pem::private_key(&credential.key_pem).ok_or(VeroError::Pem(key))?,
        })
    }

    /// Of an authority that nobody knows.
    fn foreign() -> Result<Self, Error> {
        let mut params = CertificateParams::new([])?;
        let name = "An authority that nobody knows";
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        Self::issue(&authority, client()?)
    }

    /// Of the right authority, for a year long ago.
    fn expired(issuer: &Credential) -> Result<Self, VeroError> {
        let issue = || {
            let key = KeyPair::from_pem(&issuer.key_pem)?;
            let issuer = Issuer::from_ca_cert_pem(&issuer.certificates_pem, key)?;
            let mut params = client()?;
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(2002, 1, 1);
            Self::issue(&issuer, params)
        };
        issue().map_err(|_: Error| VeroError::Issuer)
    }

    fn issue<K: SigningKey>(
        issuer: &Issuer<'_, K>,
        params: CertificateParams,
    ) -> Result<Self, Error> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, issuer)?;
        Ok(Self {
            chain: vec![certificate.der().clone()],
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        })
    }
}

fn client() -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new([])?;
    let name = &mut params.distinguished_name;
    name.push(DnType::CommonName, "Vero API simulator");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}

/// TLS 1.2 or newer, as required; every suite that the requirements name is among the provider's.
fn connector(setup: &PushSetup, identity: Option<Identity>) -> Result<TlsConnector, VeroError> {
    let servers = anchors(&setup.receiver_anchors_pem, "push.receiver_anchors_pem")?;
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|_| VeroError::Tls("push.client"))?
        .with_root_certificates(servers);
    let mut config = match identity {
        Some(Identity { chain, key }) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|_| VeroError::Tls("push.client"))?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A session that is resumed would show the certificate of another push.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The API itself: the handshake fails without a client certificate that leads to the anchors.
pub(super) fn acceptor(setup: &VeroSetup) -> Result<TlsAcceptor, VeroError> {
    let Identity { chain, key } =
        Identity::read(&setup.server, ["server.certificates_pem", "server.key_pem"])?;
    let clients = anchors(&setup.client_anchors_pem, "client_anchors_pem")?;
    let verifier =
        WebPkiClientVerifier::builder_with_provider(clients.into(), provider()).build()?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|_| VeroError::Tls("server"))?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)
        .map_err(|_| VeroError::Tls("server"))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn anchors(text: &str, field: &'static str) -> Result<RootCertStore, VeroError> {
    let mut store = RootCertStore::empty();
    for anchor in pem::certificates(text).ok_or(VeroError::Pem(field))? {
        store.add(anchor).map_err(|_| VeroError::Tls(field))?;
    }
    Ok(store)
}

pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}
