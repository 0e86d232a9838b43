//! Certificates made for the tests.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, KeyUsage};

use super::super::Credential;
use crate::tls::Identity;

/// Keys and certificates, made once for all tests.
pub(super) struct World {
    pub(super) vero_authority: Authority,
    pub(super) customer_authority: Authority,
    pub(super) receiver_authority: Authority,
    /// The client of receivers.
    pub(super) pusher: Credential,
    /// Vero API itself.
    pub(super) server: Credential,
    pub(super) customer: Credential,
    pub(super) receiver: Credential,
}

pub(super) fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let vero_authority = Authority::new("Vero");
        let customer_authority = Authority::new("Customers");
        let receiver_authority = Authority::new("Receivers");
        World {
            pusher: vero_authority.issue(&[]),
            server: vero_authority.issue(&["localhost"]),
            customer: customer_authority.issue(&[]),
            receiver: receiver_authority.issue(&["localhost"]),
            vero_authority,
            customer_authority,
            receiver_authority,
        }
    })
}

pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self {
            issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap(),
        }
    }

    pub(super) fn pem(&self) -> String {
        self.issuer.pem()
    }

    pub(super) fn credential(&self) -> Credential {
        Credential {
            certificates_pem: self.pem(),
            key_pem: self.issuer.key().serialize_pem(),
        }
    }

    pub(super) fn issue(&self, names: &[&str]) -> Credential {
        let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let key = KeyPair::generate().unwrap();
        Credential {
            certificates_pem: params.signed_by(&key, &self.issuer).unwrap().pem(),
            key_pem: key.serialize_pem(),
        }
    }

    /// Why a client certificate of now is not one of this authority's.
    pub(super) fn objection(&self, certificate: &CertificateDer<'_>) -> Option<webpki::Error> {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        self.objection_at(certificate, since_1970.unwrap())
    }

    /// The same at another time, counted from the beginning of 1970.
    pub(super) fn objection_at(
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
}

impl Credential {
    /// What is in it.
    pub(super) fn identity(&self) -> Identity {
        let (chain, key) = (self.certificates_pem.as_str(), self.key_pem.as_str());
        Identity::read((chain, "chain"), (key, "key")).unwrap()
    }
}
