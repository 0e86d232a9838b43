// SPDX-License-Identifier: Apache-2.0
//! Throwaway keys and certificates.

use std::sync::OnceLock;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256,
    PKCS_RSA_SHA256, SignatureAlgorithm,
};
use silta::RoleKey;

/// PEM of a private key and of its certificate.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) certificate: String,
}

impl Pair {
    /// The pair as the host takes it.
    pub(crate) fn role_key(&self) -> RoleKey {
        RoleKey::from_pem(self.key.as_bytes(), self.certificate.as_bytes()).unwrap()
    }
}

/// An ECDSA P-256 pair, valid for a thousand years. Quick to make, but each call makes a new one.
pub(crate) fn ecdsa() -> Pair {
    pair(&PKCS_ECDSA_P256_SHA256, (2000, 3000))
}

/// An ECDSA P-256 pair that is valid from the start of one year to the start of another.
pub(crate) fn ecdsa_valid(years: (i32, i32)) -> Pair {
    pair(&PKCS_ECDSA_P256_SHA256, years)
}

/// The RSA pair of the process: making one takes a while.
pub(crate) fn rsa() -> &'static Pair {
    static RSA: OnceLock<Pair> = OnceLock::new();
    RSA.get_or_init(|| pair(&PKCS_RSA_SHA256, (2000, 3000)))
}

/// PEM of the certificate of an authority, valid for a thousand years.
pub(crate) fn authority() -> String {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut certificate = CertificateParams::new(Vec::new()).unwrap();
    certificate
        .distinguished_name
        .push(DnType::CommonName, "Test authority");
    certificate.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    certificate.self_signed(&key).unwrap().pem()
}

fn pair(algorithm: &'static SignatureAlgorithm, (from, to): (i32, i32)) -> Pair {
    let key = KeyPair::generate_for(algorithm).unwrap();
    let mut certificate = CertificateParams::new(Vec::new()).unwrap();
    certificate
        .distinguished_name
        .push(DnType::CommonName, "Test Oy");
    certificate.not_before = rcgen::date_time_ymd(from, 1, 1);
    certificate.not_after = rcgen::date_time_ymd(to, 1, 1);
    Pair {
        certificate: certificate.self_signed(&key).unwrap().pem(),
        key: key.serialize_pem(),
    }
}
