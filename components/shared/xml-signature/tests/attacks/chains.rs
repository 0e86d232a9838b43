//! Authorities that issue certificates, and an operator who trusts some of them, with the path building that the host has.

use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer,
    KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, RevokedCertParams, SerialNumber,
    SubjectPublicKeyInfo, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, Error, ExpirationPolicy, KeyUsage, OwnedCertRevocationList,
    RevocationOptionsBuilder,
};
use xml_signature::SignerRefusal;
use xml_testkit::{Key, Native};

/// The beginning of February 2026, in seconds. Everything is valid from 2025 to 2027 unless a test says otherwise.
pub(crate) const NOW: u64 = 1_770_000_000;

/// The serial number of every certificate that is issued to a signer.
pub(crate) const SERIAL: u64 = 7;

/// Issues certificates.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) certificate: Vec<u8>,
}

impl Authority {
    /// One at the top.
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let params = authority(name);
        let certificate = params.self_signed(&key).unwrap().der().to_vec();
        Self {
            issuer: Issuer::new(params, key),
            certificate,
        }
    }

    /// One below this one.
    pub(crate) fn subordinate(
        &self,
        name: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Self {
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
    pub(crate) fn certify(
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
    pub(crate) fn revoking(&self, serial: u64) -> Vec<u8> {
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

/// Trusts what leads to its anchors, at a time, unless revoked.
pub(crate) struct Operator {
    pub(crate) anchors: Vec<Vec<u8>>,
    pub(crate) lists: Vec<Vec<u8>>,
    pub(crate) at: u64,
    pins: Vec<Vec<u8>>,
}

impl Operator {
    /// One that trusts these authorities.
    pub(crate) fn trusting(anchors: &[&Authority]) -> Self {
        Self {
            anchors: anchors
                .iter()
                .map(|anchor| anchor.certificate.clone())
                .collect(),
            lists: Vec::new(),
            at: NOW,
            pins: Vec::new(),
        }
    }

    /// The same at another time.
    pub(crate) fn at(self, at: u64) -> Self {
        Self { at, ..self }
    }

    /// The same with a revocation list.
    pub(crate) fn with_list(mut self, list: Vec<u8>) -> Self {
        self.lists.push(list);
        self
    }

    /// The same with pinned keys.
    pub(crate) fn pinning(self, pins: &[&[u8]]) -> Self {
        Self {
            pins: pins.iter().map(|pin| pin.to_vec()).collect(),
            ..self
        }
    }

    /// What verifies for this operator.
    pub(crate) fn backend(self) -> Native {
        let pins = self.pins.clone();
        Native {
            pins,
            path: Some(Box::new(move |chain| {
                self.find_path(chain).map_err(refusal)
            })),
            ..Native::default()
        }
    }

    fn find_path(&self, chain: &[&[u8]]) -> Result<(), Error> {
        let anchors: Vec<_> = self
            .anchors
            .iter()
            .map(|der| CertificateDer::from(der.as_slice()))
            .collect();
        let anchors: Vec<TrustAnchor<'_>> = anchors
            .iter()
            .map(|der| webpki::anchor_from_trusted_cert(der).unwrap())
            .collect();
        let chain: Vec<_> = chain.iter().map(|der| CertificateDer::from(*der)).collect();
        let lists: Vec<CertRevocationList<'_>> = self
            .lists
            .iter()
            .map(|der| OwnedCertRevocationList::from_der(der).unwrap().into())
            .collect();
        let lists: Vec<_> = lists.iter().collect();
        let revocation = RevocationOptionsBuilder::new(&lists).ok();
        let revocation = revocation.map(|options| {
            options
                .with_expiration_policy(ExpirationPolicy::Enforce)
                .build()
        });
        EndEntityCert::try_from(&chain[0])?
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &anchors,
                &chain[1..],
                UnixTime::since_unix_epoch(Duration::from_secs(self.at)),
                KeyUsage::client_auth(),
                revocation,
                None,
            )
            .map(drop)
    }
}

fn refusal(error: Error) -> SignerRefusal {
    match error {
        Error::BadDer | Error::BadDerTime | Error::TrailingData(_) | Error::MalformedExtensions => {
            SignerRefusal::Unreadable
        }
        Error::CertExpired { .. } => SignerRefusal::Expired,
        Error::CertNotValidYet { .. } => SignerRefusal::NotYetValid,
        Error::CertRevoked => SignerRefusal::Revoked,
        Error::UnknownRevocationStatus | Error::CrlExpired { .. } => {
            SignerRefusal::RevocationUnknown(error.to_string())
        }
        Error::RequiredEkuNotFoundContext(_)
        | Error::CaUsedAsEndEntity
        | Error::EndEntityUsedAsCa => SignerRefusal::WrongUsage,
        Error::UnknownIssuer | Error::InvalidSignatureForPublicKey => SignerRefusal::Untrusted,
        error => SignerRefusal::NotAcceptable(error.to_string()),
    }
}
