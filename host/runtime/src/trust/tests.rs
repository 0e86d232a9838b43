// SPDX-License-Identifier: Apache-2.0
use std::time::Duration;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, RevokedCertParams, SerialNumber, date_time_ymd,
};

use std::time::SystemTime;

use super::*;

mod algorithms;
mod arms;
mod fuzzing;
mod kinds_of_lists;
mod lists;
mod paths;
mod pins;
mod purposes;
mod samples;
mod signatures;
mod suites;
mod wycheproof;

const IN_2026: u64 = 1_770_000_000;

const CLIENT: Purpose = Purpose::TlsClient;

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: Vec<u8>,
}

impl Authority {
    fn new() -> Self {
        Self::with(|_| ())
    }

    /// One that vouches for itself.
    fn with(change: impl FnOnce(&mut CertificateParams)) -> Self {
        let (params, key) = Self::params("Test authority", change);
        let certificate = params.self_signed(&key).unwrap();
        Self::of(params, key, &certificate)
    }

    /// One below this.
    fn below(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let (params, key) = Self::params(name, change);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Self::of(params, key, &certificate)
    }

    fn params(
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> (CertificateParams, KeyPair) {
        let mut params = params(name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        change(&mut params);
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        (params, key)
    }

    fn of(params: CertificateParams, key: KeyPair, certificate: &Certificate) -> Self {
        Self {
            issuer: Issuer::new(params, key),
            pem: certificate.pem(),
            der: certificate.der().to_vec(),
        }
    }

    fn certify(&self, change: impl FnOnce(&mut CertificateParams)) -> Certificate {
        let mut params = params("Test signer");
        change(&mut params);
        params
            .signed_by(
                &KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap(),
                &self.issuer,
            )
            .unwrap()
    }

    fn anchors(&self) -> AnchorSet {
        AnchorSet::from_pem(self.pem.as_bytes()).unwrap()
    }

    /// PEM of a list that revokes these serial numbers, from June 2025 to June 2026.
    fn revocation_list(&self, serials: &[SerialNumber]) -> String {
        self.revocation_list_with(serials, |_| ())
    }

    fn revocation_list_with(
        &self,
        serials: &[SerialNumber],
        change: impl FnOnce(&mut CertificateRevocationListParams),
    ) -> String {
        let revoked = serials.iter().map(|serial| RevokedCertParams {
            serial_number: serial.clone(),
            revocation_time: date_time_ymd(2025, 6, 1),
            reason_code: None,
            invalidity_date: None,
        });
        let mut params = CertificateRevocationListParams {
            this_update: date_time_ymd(2025, 6, 1),
            next_update: date_time_ymd(2026, 6, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: revoked.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        change(&mut params);
        params.signed_by(&self.issuer).unwrap().pem().unwrap()
    }
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params.serial_number = Some(SerialNumber::from(7_u64));
    params.use_authority_key_identifier_extension = true;
    params
}

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn identify(set: &AnchorSet, certificate: &Certificate) -> Result<Identity, IdentifyError> {
    set.identify(&[certificate.der().to_vec()], CLIENT, at(IN_2026))
}

#[test]
fn names_whom_the_certificate_speaks_for() {
    let authority = Authority::new();
    let certificate = authority.certify(|params| {
        params
            .distinguished_name
            .push(DnType::CustomDnType(vec![2, 5, 4, 5]), "0245442-8")
    });
    let identity = identify(&authority.anchors(), &certificate).unwrap();
    assert_eq!(
        (
            identity.common_name.as_str(),
            identity.serial_number.as_str()
        ),
        ("Test signer", "0245442-8")
    );
    assert!(identity.issuer.contains("Test authority"));
}

#[test]
fn a_certificate_that_vouches_for_itself_is_no_path() {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let mut params = params("Its own authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let own = params.self_signed(&key).unwrap();
    assert_eq!(
        identify(&Authority::new().anchors(), &own),
        Err(IdentifyError::NoPath)
    );
    assert_eq!(
        identify(&AnchorSet::new(), &own),
        Err(IdentifyError::NoPath)
    );
}

#[test]
fn another_authority_is_no_path() {
    let certificate = Authority::new().certify(|_| ());
    assert_eq!(
        identify(&Authority::new().anchors(), &certificate),
        Err(IdentifyError::NoPath)
    );
}

#[test]
fn validity_and_usage_count() {
    let authority = Authority::new();
    let set = authority.anchors();
    let expired = authority.certify(|params| params.not_after = date_time_ymd(2026, 1, 1));
    let early = authority.certify(|params| params.not_before = date_time_ymd(2026, 12, 1));
    let server = authority
        .certify(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]);
    let encrypts =
        authority.certify(|params| params.key_usages = vec![KeyUsagePurpose::KeyEncipherment]);
    assert_eq!(identify(&set, &expired), Err(IdentifyError::Expired));
    assert_eq!(identify(&set, &early), Err(IdentifyError::NotYetValid));
    for wrong in [&server, &encrypts] {
        let told = identify(&set, wrong);
        assert!(
            matches!(told, Err(IdentifyError::WrongUsage(_))),
            "{told:?}"
        );
    }
    assert_eq!(
        set.identify(&[], CLIENT, at(IN_2026)),
        Err(IdentifyError::CertificateUnreadable(0))
    );
    assert_eq!(
        set.identify(&[b"no certificate".to_vec()], CLIENT, at(IN_2026)),
        Err(IdentifyError::CertificateUnreadable(1))
    );
}

#[test]
fn revoked_certificates_are_refused() {
    let authority = Authority::new();
    let certificate = authority.certify(|_| ());
    let with = |serial: u64| {
        let list = authority.revocation_list(&[SerialNumber::from(serial)]);
        let set = authority.anchors();
        set.with_revocation_lists(list.as_bytes()).unwrap()
    };
    assert_eq!(
        identify(&with(7), &certificate),
        Err(IdentifyError::Revoked)
    );
    assert!(identify(&with(8), &certificate).is_ok());
    // The list has run out, so that nobody knows.
    assert_eq!(
        with(8).identify(&[certificate.der().to_vec()], CLIENT, at(1_785_000_000)),
        Err(IdentifyError::RevocationUnknown(
            "the revocation list of the issuer ran out on 2026-06-01 00:00:00 UTC; renew it"
                .to_owned()
        ))
    );
}
