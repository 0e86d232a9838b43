// SPDX-License-Identifier: Apache-2.0
//! Certificates made for the tests.

use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    SanType,
};
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage};

use crate::tls;

/// The subject's `serialNumber`.
const SERIAL_NUMBER: [u64; 4] = [2, 5, 4, 5];

pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let params = Self::params(name);
        Self {
            issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap(),
        }
    }

    /// An authority below this one.
    pub(crate) fn intermediate(&self, name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        Self {
            issuer: CertifiedIssuer::signed_by(Self::params(name), key, &self.issuer).unwrap(),
        }
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    pub(crate) fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    pub(crate) fn der(&self) -> &[u8] {
        self.issuer.der()
    }

    /// For servers of these names.
    pub(crate) fn issue_for_names(&self, names: &[&str]) -> Identity {
        self.issue(|params| {
            let name = |name: &&str| SanType::DnsName((*name).try_into().unwrap());
            params.subject_alt_names = names.iter().map(name).collect();
        })
    }

    /// Why a client certificate of now is not one of this authority's.
    pub(crate) fn objection(&self, certificate: &CertificateDer<'_>) -> Option<webpki::Error> {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        self.objection_at(certificate, since_1970.unwrap())
    }

    /// The same at another time, counted from the beginning of 1970.
    pub(crate) fn objection_at(
        &self,
        certificate: &CertificateDer<'_>,
        since_1970: Duration,
    ) -> Option<webpki::Error> {
        let anchor = webpki::anchor_from_trusted_cert(self.issuer.der()).unwrap();
        let verified = EndEntityCert::try_from(certificate)
            .unwrap()
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &[anchor],
                &[],
                UnixTime::since_unix_epoch(since_1970),
                KeyUsage::client_auth(),
                None,
                None,
            )
            .map(|_| ());
        verified.err()
    }

    pub(crate) fn issue_to(&self, business_id: &str) -> Identity {
        self.issue(|params| set_serial_number(params, business_id))
    }

    pub(crate) fn issue(&self, adjust: impl FnOnce(&mut CertificateParams)) -> Identity {
        self.issue_for(KeyPair::generate().unwrap(), adjust)
    }

    pub(crate) fn issue_for(
        &self,
        key: KeyPair,
        adjust: impl FnOnce(&mut CertificateParams),
    ) -> Identity {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Test");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        adjust(&mut params);
        Identity {
            certificate: params.signed_by(&key, &self.issuer).unwrap(),
            key,
        }
    }

    fn params(name: &str) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    }
}

pub(crate) fn set_serial_number(params: &mut CertificateParams, business_id: &str) {
    params
        .distinguished_name
        .push(DnType::CustomDnType(SERIAL_NUMBER.to_vec()), business_id);
}

pub(crate) struct Identity {
    pub(crate) certificate: rcgen::Certificate,
    pub(crate) key: KeyPair,
}

impl Identity {
    pub(crate) fn certificate_pem(&self) -> String {
        self.certificate.pem()
    }

    pub(crate) fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// For TLS.
    pub(crate) fn tls(&self) -> tls::Identity {
        read(&self.certificate_pem(), &self.key_pem())
    }
}

/// A chain and its key in PEM, for TLS.
pub(crate) fn read(chain: &str, key: &str) -> tls::Identity {
    tls::Identity::read((chain, "chain"), (key, "key")).unwrap()
}
