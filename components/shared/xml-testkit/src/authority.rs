// SPDX-License-Identifier: Apache-2.0
//! Authorities that issue certificates and revoke them.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer,
    KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, RevokedCertParams, SerialNumber,
    SubjectPublicKeyInfo, date_time_ymd,
};

use super::key::Key;

/// The beginning of February 2026, in seconds. Everything is valid from 2025 to 2027 unless a test says otherwise.
pub const NOW: u64 = 1_770_000_000;

/// The serial number of every certificate that is issued to a signer.
pub const SERIAL: u64 = 7;

/// Issues certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// In DER.
    pub certificate: Vec<u8>,
}

impl Authority {
    /// One at the top.
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let params = authority(name);
        let certificate = params.self_signed(&key).unwrap().der().to_vec();
        Self {
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    /// One below this one.
    pub fn subordinate(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let mut params = authority(name);
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().to_vec();
        Self {
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    /// A certificate for a key.
    pub fn certify(
        &self,
        key: &Key,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Vec<u8> {
        let mut params = params(name);
        change(&mut params);
        let public = SubjectPublicKeyInfo::from_der(&key.public).unwrap();
        params
            .signed_by(&public, &self.issuer)
            .unwrap()
            .der()
            .to_vec()
    }

    /// A list of this authority that revokes one serial number, from June 2025 to June 2026.
    pub fn revoking(&self, serial: u64) -> Vec<u8> {
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(2025, 6, 1),
            next_update: date_time_ymd(2026, 6, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from(serial),
                revocation_time: date_time_ymd(2025, 6, 1),
                reason_code: None,
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap().der().to_vec()
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params.serial_number = Some(SerialNumber::from(SERIAL));
    params.use_authority_key_identifier_extension = true;
    params
}
