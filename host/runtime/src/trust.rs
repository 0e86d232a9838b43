//! Certificates and signatures of others, judged against what the operator trusts.

use std::{collections::BTreeMap, sync::Arc, time::SystemTime};

use aws_lc_rs::{digest, signature};
use rustls_pki_types::{
    CertificateDer, CertificateRevocationListDer, TrustAnchor, UnixTime, pem::PemObject,
};
use webpki::{
    BorrowedCertRevocationList, CertRevocationList, EndEntityCert, ExpirationPolicy, KeyUsage,
    RevocationOptionsBuilder,
};
use x509_parser::{
    certificate::X509Certificate,
    oid_registry::{OID_X509_COMMON_NAME, OID_X509_SERIALNUMBER, Oid},
    prelude::FromDer,
    x509::X509Name,
};

use crate::{
    keys::{KeyError, SignatureAlgorithm, read_certificates},
    time,
};

/// Why an anchor set cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// The certificates cannot be read.
    #[error(transparent)]
    Certificates(#[from] KeyError),
    /// A certificate cannot be an anchor.
    #[error("certificate number {0} cannot serve as a trust anchor")]
    NotAnAnchor(usize),
    /// A revocation list cannot be read.
    #[error("revocation list number {0} is not readable; expected PEM with `BEGIN X509 CRL`")]
    UnreadableRevocationList(usize),
}

/// Certificates that others' certificates have to lead to, and what has been revoked below them.
#[derive(Debug)]
pub struct AnchorSet {
    anchors: Vec<TrustAnchor<'static>>,
    revocation_lists: Vec<CertRevocationList<'static>>,
}

impl AnchorSet {
    /// Reads the anchors from PEM.
    ///
    /// # Errors
    /// No certificate, or one that cannot be an anchor.
    pub fn from_pem(certificates: &[u8]) -> Result<Self, TrustError> {
        let mut anchors = Vec::new();
        for (index, der) in read_certificates(certificates)?.into_iter().enumerate() {
            let der = CertificateDer::from(der);
            let anchor = webpki::anchor_from_trusted_cert(&der)
                .map_err(|_| TrustError::NotAnAnchor(index + 1))?;
            anchors.push(anchor.to_owned());
        }
        Ok(Self {
            anchors,
            revocation_lists: Vec::new(),
        })
    }

    /// Adds revocation lists from PEM. With at least one list, a certificate whose status none of them tells is refused.
    ///
    /// # Errors
    /// A list that cannot be read.
    pub fn with_revocation_lists(mut self, pem: &[u8]) -> Result<Self, TrustError> {
        for (index, list) in CertificateRevocationListDer::pem_slice_iter(pem).enumerate() {
            let unreadable = TrustError::UnreadableRevocationList(index + 1);
            let Ok(list) = list.map_err(drop).and_then(|der| {
                BorrowedCertRevocationList::from_der(&der)
                    .and_then(|list| list.to_owned())
                    .map_err(drop)
            }) else {
                return Err(unreadable);
            };
            self.revocation_lists.push(list.into());
        }
        // Without a list nothing would be checked, and nobody would notice.
        if self.revocation_lists.is_empty() {
            return Err(TrustError::UnreadableRevocationList(1));
        }
        Ok(self)
    }

    /// Judges a chain (DER, the end certificate first) at a time.
    pub(crate) fn identify(
        &self,
        chain: &[Vec<u8>],
        at: SystemTime,
    ) -> Result<Identity, IdentifyError> {
        let mut chain = chain.iter().map(|der| CertificateDer::from(der.as_slice()));
        let end = chain.next().ok_or(IdentifyError::CertificateUnreadable)?;
        let intermediates: Vec<_> = chain.collect();
        let identity = Identity::read(&end).ok_or(IdentifyError::CertificateUnreadable)?;
        let certificate = EndEntityCert::try_from(&end).map_err(identify_error)?;
        let since = at
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_err(|_| IdentifyError::NotYetValid)?;
        let lists: Vec<&CertRevocationList<'_>> = self.revocation_lists.iter().collect();
        let revocation = RevocationOptionsBuilder::new(&lists).ok().map(|options| {
            options
                .with_expiration_policy(ExpirationPolicy::Enforce)
                .build()
        });
        certificate
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &self.anchors,
                &intermediates,
                UnixTime::since_unix_epoch(since),
                KeyUsage::client_auth(),
                revocation,
                None,
            )
            .map_err(identify_error)?;
        if identity.may_sign {
            Ok(identity)
        } else {
            Err(IdentifyError::WrongUsage)
        }
    }
}

/// The anchor sets of one agency by name.
#[derive(Debug, Clone, Default)]
pub struct TrustStore {
    sets: BTreeMap<String, Arc<AnchorSet>>,
    sha1: bool,
}

impl TrustStore {
    /// Trusts nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an anchor set, or replaces that of the name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, set: AnchorSet) -> Self {
        self.sets.insert(name.into(), Arc::new(set));
        self
    }

    /// Lets signatures with SHA-1 verify. Off unless an agency still makes them: SHA-1 collisions can be bought.
    #[must_use]
    pub fn with_sha1(mut self, allowed: bool) -> Self {
        self.sha1 = allowed;
        self
    }

    /// Names of the anchor sets.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sets.keys().map(String::as_str)
    }

    pub(crate) fn set(&self, name: &str) -> Option<&AnchorSet> {
        self.sets.get(name).map(Arc::as_ref)
    }

    /// Checks a signature with the public key of a certificate, trusted or not.
    pub(crate) fn verify(
        &self,
        algorithm: SignatureAlgorithm,
        certificate: &[u8],
        bytes: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        let (_, certificate) = X509Certificate::from_der(certificate)
            .map_err(|_| VerifyError::CertificateUnreadable)?;
        if algorithm == SignatureAlgorithm::RsaSha1 && !self.sha1 {
            return Err(VerifyError::AlgorithmNotAllowed);
        }
        let (verifier, key_oids) = verifier(algorithm);
        let key = certificate.public_key();
        let curve = key
            .algorithm
            .parameters
            .as_ref()
            .and_then(|parameters| parameters.as_oid().ok());
        let oids = (
            key.algorithm.algorithm.to_id_string(),
            curve.map(|curve| curve.to_id_string()),
        );
        if oids.0 != key_oids.0 || key_oids.1.is_some() && oids.1.as_deref() != key_oids.1 {
            return Err(VerifyError::KeyUnsuitable);
        }
        let public =
            signature::UnparsedPublicKey::new(verifier, key.subject_public_key.data.as_ref());
        public
            .verify(bytes, signature)
            .map_err(|_| VerifyError::Mismatch)
    }
}

/// Who a certificate speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) subject: String,
    pub(crate) serial_number: String,
    pub(crate) common_name: String,
    pub(crate) issuer: String,
    pub(crate) not_before: SystemTime,
    pub(crate) not_after: SystemTime,
    pub(crate) fingerprint: Vec<u8>,
    may_sign: bool,
}

impl Identity {
    fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        // RFC 5280 §4.2.1.3: without the extension a key may be used for anything.
        let usage = certificate.key_usage().ok()?;
        Some(Self {
            subject: certificate.subject().to_string(),
            serial_number: attribute(certificate.subject(), &OID_X509_SERIALNUMBER),
            common_name: attribute(certificate.subject(), &OID_X509_COMMON_NAME),
            issuer: certificate.issuer().to_string(),
            not_before: time::from_asn1(certificate.validity().not_before),
            not_after: time::from_asn1(certificate.validity().not_after),
            fingerprint: digest::digest(&digest::SHA256, der).as_ref().to_vec(),
            may_sign: usage.is_none_or(|usage| {
                usage.value.digital_signature() || usage.value.non_repudiation()
            }),
        })
    }
}

/// Why a certificate was not accepted, as in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdentifyError {
    CertificateUnreadable,
    NoPath,
    NotYetValid,
    Expired,
    Revoked,
    RevocationUnknown,
    WrongUsage,
    NotAcceptable,
}

/// Why a signature did not verify, as in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VerifyError {
    Mismatch,
    KeyUnsuitable,
    CertificateUnreadable,
    AlgorithmNotAllowed,
}

fn attribute(name: &X509Name<'_>, oid: &Oid<'_>) -> String {
    name.iter_by_oid(oid)
        .next()
        .and_then(|attribute| attribute.as_str().ok())
        .unwrap_or_default()
        .to_owned()
}

fn identify_error(error: webpki::Error) -> IdentifyError {
    use webpki::Error as E;
    match error {
        E::BadDer | E::BadDerTime | E::TrailingData(_) | E::MalformedExtensions => {
            IdentifyError::CertificateUnreadable
        }
        E::CertExpired { .. } => IdentifyError::Expired,
        E::CertNotValidYet { .. } => IdentifyError::NotYetValid,
        E::CertRevoked => IdentifyError::Revoked,
        E::UnknownRevocationStatus | E::CrlExpired { .. } | E::InvalidCrlSignatureForPublicKey => {
            IdentifyError::RevocationUnknown
        }
        E::RequiredEkuNotFoundContext(_) | E::CaUsedAsEndEntity | E::EndEntityUsedAsCa => {
            IdentifyError::WrongUsage
        }
        E::UnknownIssuer | E::InvalidSignatureForPublicKey => IdentifyError::NoPath,
        _ => IdentifyError::NotAcceptable,
    }
}

const RSA: (&str, Option<&str>) = ("1.2.840.113549.1.1.1", None);
const P256: (&str, Option<&str>) = ("1.2.840.10045.2.1", Some("1.2.840.10045.3.1.7"));
const P384: (&str, Option<&str>) = ("1.2.840.10045.2.1", Some("1.3.132.0.34"));

/// What verifies an algorithm, and the object identifiers of the key it is for.
fn verifier(
    algorithm: SignatureAlgorithm,
) -> (
    &'static dyn signature::VerificationAlgorithm,
    (&'static str, Option<&'static str>),
) {
    match algorithm {
        SignatureAlgorithm::RsaSha1 => (
            &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
            RSA,
        ),
        SignatureAlgorithm::RsaSha256 => (&signature::RSA_PKCS1_2048_8192_SHA256, RSA),
        SignatureAlgorithm::RsaSha384 => (&signature::RSA_PKCS1_2048_8192_SHA384, RSA),
        SignatureAlgorithm::RsaSha512 => (&signature::RSA_PKCS1_2048_8192_SHA512, RSA),
        SignatureAlgorithm::RsaPssSha256 => (&signature::RSA_PSS_2048_8192_SHA256, RSA),
        SignatureAlgorithm::RsaPssSha384 => (&signature::RSA_PSS_2048_8192_SHA384, RSA),
        SignatureAlgorithm::RsaPssSha512 => (&signature::RSA_PSS_2048_8192_SHA512, RSA),
        SignatureAlgorithm::EcdsaP256Sha256 => (&signature::ECDSA_P256_SHA256_FIXED, P256),
        SignatureAlgorithm::EcdsaP384Sha384 => (&signature::ECDSA_P384_SHA384_FIXED, P384),
    }
}

#[cfg(test)]
mod tests;
