// SPDX-License-Identifier: Apache-2.0
//! What the simulators read from certificates.

use std::time::SystemTime;

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::business_id::BusinessId;

/// The parts of a certificate that decide about a message.
pub(crate) struct Certificate {
    der: CertificateDer<'static>,
    pub(crate) key: PublicKey,
    /// The Business ID in the subject's `serialNumber`, when there is exactly one such attribute
    /// and it holds a well-formed id.
    pub(crate) business_id: Option<BusinessId>,
    may_sign: bool,
}

/// A public key in the form that `aws-lc-rs` takes.
pub(crate) struct PublicKey {
    pub(crate) kind: KeyKind,
    pub(crate) bytes: Vec<u8>,
}

/// Key types that signature algorithms are matched with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum KeyKind {
    Rsa,
    P256,
    P384,
    P521,
    Other,
}

/// Why a certificate is not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CertificateError {
    #[error("the certificate cannot be read")]
    Unreadable,
    #[error("the certificate's key usage does not include digitalSignature")]
    KeyUsage,
    #[error("the certificate does not chain to an accepted issuer: {0}")]
    Chain(webpki::Error),
}

impl Certificate {
    pub(crate) fn read(der: &[u8]) -> Result<Self, CertificateError> {
        let (rest, parsed) =
            X509Certificate::from_der(der).map_err(|_| CertificateError::Unreadable)?;
        if !rest.is_empty() {
            return Err(CertificateError::Unreadable);
        }
        let may_sign = match parsed.key_usage() {
            Ok(Some(usage)) => usage.value.digital_signature(),
            Ok(None) => true,
            Err(_) => return Err(CertificateError::Unreadable),
        };
        Ok(Self {
            der: CertificateDer::from(der.to_vec()),
            key: public_key(&parsed),
            business_id: business_id(&parsed),
            may_sign,
        })
    }

    /// Whether the certificate may sign messages now, as someone the `anchors` vouch for.
    /// `intermediates` are untrusted help for building the path. Revocation is not checked.
    pub(crate) fn check_signer(
        &self,
        anchors: &[TrustAnchor<'_>],
        intermediates: &[CertificateDer<'_>],
    ) -> Result<(), CertificateError> {
        if !self.may_sign {
            return Err(CertificateError::KeyUsage);
        }
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        EndEntityCert::try_from(&self.der)
            .map_err(CertificateError::Chain)?
            .verify_for_usage(
                provider.signature_verification_algorithms.all,
                anchors,
                intermediates,
                now(),
                AnyPurpose,
                None,
                None,
            )
            .map_err(CertificateError::Chain)?;
        Ok(())
    }
}

/// Message signing has no purpose of its own in the extended key usage list, and certificates for
/// it carry various ones, so none is asked for.
struct AnyPurpose;

impl ExtendedKeyUsageValidator for AnyPurpose {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        purposes
            .into_iter()
            .try_for_each(|purpose| purpose.map(drop))
    }
}

fn now() -> UnixTime {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    UnixTime::since_unix_epoch(since_epoch.unwrap_or_default())
}

fn business_id(certificate: &X509Certificate<'_>) -> Option<BusinessId> {
    let mut serials = certificate
        .subject()
        .iter_by_oid(&x509_parser::oid_registry::OID_X509_SERIALNUMBER);
    let only = serials.next()?;
    if serials.next().is_some() {
        return None;
    }
    BusinessId::from_certificate_serial(only.as_str().ok()?)
}

fn public_key(certificate: &X509Certificate<'_>) -> PublicKey {
    let info = certificate.public_key();
    let curve = info
        .algorithm
        .parameters
        .as_ref()
        .and_then(|parameters| parameters.as_oid().ok())
        .map(|oid| oid.to_id_string());
    let kind = match (
        info.algorithm.algorithm.to_id_string().as_str(),
        curve.as_deref(),
    ) {
        ("1.2.840.113549.1.1.1", _) => KeyKind::Rsa,
        ("1.2.840.10045.2.1", Some("1.2.840.10045.3.1.7")) => KeyKind::P256,
        ("1.2.840.10045.2.1", Some("1.3.132.0.34")) => KeyKind::P384,
        ("1.2.840.10045.2.1", Some("1.3.132.0.35")) => KeyKind::P521,
        _ => KeyKind::Other,
    };
    PublicKey {
        kind,
        bytes: info.subject_public_key.data.to_vec(),
    }
}
