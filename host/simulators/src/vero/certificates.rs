// SPDX-License-Identifier: Apache-2.0
//! The certificates that pushes show, right or as wrong as a misbehaviour wants them.

use rcgen::{
    CertificateParams, DnType, Error, ExtendedKeyUsagePurpose, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use tokio_rustls::TlsConnector;

use super::message::Shown;
use super::push::{Credential, PushSetup};
use crate::error::SimulatorError;
use crate::tls::{self, Identity};

/// Connectors to receivers, by what they show.
pub(super) struct Connectors {
    own: TlsConnector,
    foreign: TlsConnector,
    nothing: TlsConnector,
    /// Only where the issuer is known.
    expired: Option<TlsConnector>,
}

impl Connectors {
    pub(super) fn new(setup: &PushSetup) -> Result<Self, SimulatorError> {
        let own = Identity::read(
            (
                &setup.client.certificates_pem,
                "push.client.certificates_pem",
            ),
            (&setup.client.key_pem, "push.client.key_pem"),
        )?;
        let foreign = foreign().map_err(|_| SimulatorError::UntrustedIdentity)?;
        let expired = setup.issuer.as_ref().map(expired).transpose();
        let expired = expired.map_err(|_| SimulatorError::Issuer("push.issuer"))?;
        // Every suite that the requirements name is among the provider's.
        let servers = (
            setup.receiver_anchors_pem.as_str(),
            "push.receiver_anchors_pem",
        );
        let connector = |identity| tls::connector(identity, servers);
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

/// Of an authority that nobody knows.
fn foreign() -> Result<Identity, Error> {
    Identity::untrusted(client()?, &KeyPair::generate()?)
}

/// Of the right authority, for a year long ago.
fn expired(issuer: &Credential) -> Result<Identity, Error> {
    let key = KeyPair::from_pem(&issuer.key_pem)?;
    let issuer = Issuer::from_ca_cert_pem(&issuer.certificates_pem, key)?;
    let mut params = client()?;
    params.not_before = date_time_ymd(2001, 1, 1);
    params.not_after = date_time_ymd(2002, 1, 1);
    Identity::issue(params, &KeyPair::generate()?, &issuer)
}

fn client() -> Result<CertificateParams, Error> {
    let mut params = CertificateParams::new([])?;
    let name = &mut params.distinguished_name;
    name.push(DnType::CommonName, "Vero API simulator");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}
