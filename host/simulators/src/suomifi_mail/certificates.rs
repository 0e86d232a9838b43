// SPDX-License-Identifier: Apache-2.0
//! What the relay shows in handshakes: its certificate, or as wrong a one as a misbehaviour wants.

use rcgen::{
    CertificateParams, DnType, Error, ExtendedKeyUsagePurpose, Issuer, KeyPair, KeyUsagePurpose,
};
use tokio_rustls::TlsAcceptor;

use super::setup::{MailCredential, MailRelaySetup, MailSecurity};
use crate::error::SimulatorError;
use crate::tls::{self, Identity};

/// By what they show; none of them without TLS.
pub(super) struct Acceptors {
    pub(super) own: Option<TlsAcceptor>,
    pub(super) wrong_name: Option<TlsAcceptor>,
    pub(super) wrong_authority: Option<TlsAcceptor>,
}

impl Acceptors {
    pub(super) fn new(setup: &MailRelaySetup) -> Result<Self, SimulatorError> {
        if setup.security == MailSecurity::None {
            return Ok(Self {
                own: None,
                wrong_name: None,
                wrong_authority: None,
            });
        }
        let own = Identity::read(
            (&setup.server.certificates_pem, "server.certificates_pem"),
            (&setup.server.key_pem, "server.key_pem"),
        )?;
        let wrong_name = match &setup.issuer {
            Some(issuer) => wrong_name(issuer).map_err(|_| SimulatorError::Issuer("issuer"))?,
            None => untrusted(WRONG_NAME)?,
        };
        let clients = setup.client_anchors_pem.as_deref();
        let acceptor = |identity| tls::mail_acceptor(identity, clients).map(Some);
        Ok(Self {
            own: acceptor(own)?,
            wrong_name: acceptor(wrong_name)?,
            wrong_authority: acceptor(untrusted("localhost")?)?,
        })
    }
}

/// Nobody's.
const WRONG_NAME: &str = "relay.invalid";

fn untrusted(name: &str) -> Result<Identity, SimulatorError> {
    let made = params(name).and_then(|params| Identity::untrusted(params, &KeyPair::generate()?));
    made.map_err(|_| SimulatorError::UntrustedIdentity)
}

fn wrong_name(issuer: &MailCredential) -> Result<Identity, Error> {
    let key = KeyPair::from_pem(&issuer.key_pem)?;
    let issuer = Issuer::from_ca_cert_pem(&issuer.certificates_pem, key)?;
    Identity::issue(params(WRONG_NAME)?, &KeyPair::generate()?, &issuer)
}

fn params(name: &str) -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new([name.to_owned()])?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Suomi.fi mail relay simulator");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    Ok(params)
}
